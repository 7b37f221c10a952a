"""Names and codes of legal entities: folding, pinyin, and the unified social credit code. Pure."""

from __future__ import annotations

import re
import unicodedata

from pypinyin import Style, lazy_pinyin

# GB 32100-2015: 31 signs, without I O S V Z; weights are powers of 3 modulo 31.
_CODE_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CODE_WEIGHTS = [pow(3, place, 31) for place in range(17)]
_SPACE = re.compile(r"\s+")


def fold(name: str) -> str:
    """A name as a key: NFKC (so full-width brackets and letters become plain), no spaces, lower case.

    Published lists write the same name with inner spaces and either kind of bracket.
    """
    text = _SPACE.sub("", unicodedata.normalize("NFKC", name)).lower().replace("〔", "(").replace("〕", ")")
    return unicodedata.normalize(
        "NFKC", text
    )  # signs that a space kept apart may have met: a key is its own key


def tidy(name: str) -> str:
    """A name as it is shown: outer spaces gone, inner runs of them one, brackets full-width."""
    text = _SPACE.sub(" ", name.strip())
    return text.replace("(", "（").replace(")", "）")


def search_text(*names: str, code: str | None = None) -> str:
    """What a search box looks through with LIKE: folded names, code, pinyin and initials."""
    parts: list[str] = []
    for name in names:
        folded = fold(name)
        parts += [
            folded,
            "".join(lazy_pinyin(folded)),
            "".join(lazy_pinyin(folded, style=Style.FIRST_LETTER)),
        ]
    if code:
        parts.append(code.lower())
    return "|".join(dict.fromkeys(parts))


def clean_code(code: str) -> str:
    """A credit code as it is kept: NFKC, upper case, without spaces and hyphens."""
    return _SPACE.sub("", unicodedata.normalize("NFKC", code)).replace("-", "").upper()


def code_objection(code: str, evidence: str) -> str:
    """Why a cleaned credit code may not be kept, in Chinese; empty if it may.

    What is no code at all never may; one that fails the check may with evidence in words.
    """
    problem = code_problem(code)
    if not problem or not (len(code) == 18 and code.isascii() and code.isalnum()):
        return problem
    return "" if evidence.strip() else f"{problem}；如登记机关确认无误，请在下一栏写明佐证后保存"


def check_sign(first17: str) -> str:
    """The 18th sign that belongs to 17 signs of a credit code (GB 32100-2015)."""
    total = sum(weight * _CODE_SIGNS.index(sign) for weight, sign in zip(_CODE_WEIGHTS, first17, strict=True))
    return _CODE_SIGNS[-total % 31]


def code_problem(code: str) -> str:
    """What is wrong with a cleaned credit code, in Chinese; empty if nothing is.

    A warning, never a wall: codes in use exist that fail the check (domain notes 6.4).
    """
    if len(code) != 18:
        return f"统一社会信用代码应为 18 位，现为 {len(code)} 位"
    for place, sign in enumerate(code, start=1):
        if sign not in _CODE_SIGNS:
            return f"统一社会信用代码应为 18 位，请核对第 {place} 位（不应出现“{sign}”）"
    if check_sign(code[:17]) != code[17]:
        return "统一社会信用代码应为 18 位，请核对第 18 位（校验未通过）"
    return ""
