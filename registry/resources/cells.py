"""What a cell of an imported table may hold: one widget per kind of cell, each refusal with a way out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from import_export.widgets import Widget
from rapidfuzz import fuzz, process

from registry.names import clean_code, code_problem, fold
from registry.printing.tables import FORMULA

FIRST_YEAR = 2016  # the ministry's call for green manufacturing lists
_UNREADABLE = {"Cc", "Co", "Cn", "Cs"}
_BREAK = re.compile(r"\s*[\r\n]+\s*")
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?: 00:00:00)?")

REGIONS = """
    北京 天津 河北 山西 内蒙古 辽宁 吉林 黑龙江 上海 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 广西 海南
    重庆 四川 贵州 云南 西藏 陕西 甘肃 青海 宁夏 新疆 香港 澳门 台湾 深圳 宁波 青岛 大连 厦门 新疆兵团
"""


class CellError(ValidationError):
    """A cell that cannot be taken: what is wrong (the message), its value, and what to do."""

    def __init__(self, problem: str, *, value: str, suggestion: str) -> None:
        super().__init__(problem, code="invalid")
        self.value, self.suggestion = value, suggestion


class Cell(Widget):  # type: ignore[misc]  # the library has no types
    """A text. `most` is in characters; line breaks inside, an artefact of PDF tables, are dropped.

    `missing` is what to do about a required cell that is empty; `formula` whether it may begin as a formula does.
    """

    lines = False  # are line breaks part of the text?

    def __init__(
        self,
        *,
        most: int,
        required: bool = False,
        fewest: int = 1,
        missing: str = "请补填",
        formula: bool = False,
    ) -> None:
        super().__init__()
        self.most, self.required, self.fewest = most, required, fewest
        self.missing, self.formula = missing, formula

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        text = _BREAK.sub("\n" if self.lines else "", str(value or "")).strip()
        if not text:
            if self.required:
                raise CellError("未填写", value="", suggestion=self.missing)
            return self.empty()
        if len(text) > self.most:
            raise CellError(
                f"共 {len(text)} 字，超过 {self.most} 字",
                value=text,
                suggestion="请核对是否错列或者合并了单元格",
            )
        if len(text) < self.fewest:
            raise CellError(f"少于 {self.fewest} 个字", value=text, suggestion="请填写全称，并核对是否错列")
        if any(
            unicodedata.category(sign) in _UNREADABLE or sign == "\ufffd" for sign in text if sign != "\n"
        ):
            raise CellError("含有无法识别的字符", value=text, suggestion="请对照原名单重新录入")
        if FORMULA.match(text) and not self.formula:
            raise CellError("以公式符号开头", value=text, suggestion="请删除开头的 =、+、-、@ 等符号")
        return self.read(text)

    def empty(self) -> Any:
        return ""

    def read(self, text: str) -> Any:
        """The value of a text that is not empty; raises CellError."""
        return text


class Choice(Cell):
    """One of a few words; stored as its code. `words` maps each accepted word to its code."""

    def __init__(
        self,
        words: Mapping[str, str],
        *,
        required: bool = True,
        also: Mapping[str, str] | None = None,
        missing: str = "请补填",
    ) -> None:
        super().__init__(most=60, required=required, missing=missing)
        self.words = dict(words)
        self.codes = {fold(word): code for word, code in (dict(words) | dict(also or {})).items()}

    def read(self, text: str) -> Any:
        code = self.codes.get(fold(text))
        if code is None:
            near = process.extractOne(text, list(self.words), scorer=fuzz.ratio, score_cutoff=50)
            tip = f"是否为“{near[0]}”" if near else f"请填写：{'、'.join(self.words)}"
            raise CellError("不是可以识别的内容", value=text, suggestion=tip)
        return code


class Region(Choice):
    """地区 of a national list: a province, a city with its own plan, or the corps. Kept as published."""

    def __init__(self) -> None:
        names = re.findall(r"\S+", REGIONS)
        more = {
            "内蒙": "内蒙古",
            "兵团": "新疆兵团",
            "新疆生产建设兵团": "新疆兵团",
            "广西壮族自治区": "广西",
        }
        more |= {"宁夏回族自治区": "宁夏", "新疆维吾尔自治区": "新疆"}
        more |= {name + kind: name for name in names for kind in ("省", "市", "自治区")}
        super().__init__({name: name for name in names}, also=more, missing="请按公布的名单补填")

    def read(self, text: str) -> str:
        super().read(text)
        return text

    def is_beijing(self, text: str) -> bool:
        """Does this cell, which was read before, name Beijing?"""
        return self.codes.get(fold(text)) == "北京"


class Number(Cell):
    """A positive whole number, or nothing."""

    def __init__(self) -> None:
        super().__init__(most=12)

    def empty(self) -> None:
        return None

    def read(self, text: str) -> int:
        plain = unicodedata.normalize("NFKC", text)
        if not re.fullmatch(r"[0-9]{1,6}(\.0+)?", plain) or not float(plain):
            raise CellError("不是正整数", value=text, suggestion="请填写名单中的序号；名单没有序号的留空")
        return int(float(plain))


class Year(Number):
    """A year, or nothing; not after `last`, which the importer sets where it matters."""

    last: int | None = None

    def __init__(self, *, required: bool = False) -> None:
        super().__init__()
        self.required = required

    def read(self, text: str) -> int:
        plain = unicodedata.normalize("NFKC", text).removesuffix("年").removesuffix("年度").strip()
        if not re.fullmatch(r"[0-9]{4}", plain) or not FIRST_YEAR <= int(plain) <= (self.last or 2099):
            end = f"，不晚于 {self.last} 年" if self.last else ""
            raise CellError(
                "不是有效年度", value=text, suggestion=f"请填写四位年份，不早于 {FIRST_YEAR} 年{end}"
            )
        return int(plain)


class Day(Cell):
    """A day, or nothing; not after `today`, which the importer sets, unless it may lie ahead."""

    today: date = date.max

    def __init__(self, *, ahead: bool = False) -> None:
        super().__init__(most=20)
        self.ahead = ahead

    def empty(self) -> None:
        return None

    def read(self, text: str) -> date:
        found = _DAY.fullmatch(unicodedata.normalize("NFKC", text))
        try:
            day = date(*map(int, found.groups())) if found else None
        except ValueError:
            day = None
        if day is None:
            raise CellError("不是有效日期", value=text, suggestion="请按 2018-10-29 的格式填写")
        if self.ahead and FIRST_YEAR <= day.year <= 2099:
            return day
        if self.ahead:
            raise CellError("日期不合理", value=text, suggestion=f"应在 {FIRST_YEAR} 年至 2099 年之间")
        if day.year < FIRST_YEAR or day > self.today:
            raise CellError(
                "日期不合理", value=text, suggestion=f"应在 {FIRST_YEAR} 年以后，且不晚于今天（{self.today}）"
            )
        return day


class Link(Cell):
    """An address on the web, or nothing. It becomes a link on a public page, so only http(s)."""

    def __init__(self) -> None:
        super().__init__(most=500)

    def read(self, text: str) -> str:
        try:
            parts = urlsplit(text)
            sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and not re.search(r"\s", text)
        except ValueError:
            sound = False
        if not sound:
            raise CellError(
                "不是有效网址", value=text, suggestion="请填写以 http:// 或 https:// 开头的完整网址"
            )
        return text


class Text(Cell):
    """A text of several lines."""

    lines = True


class Phone(Cell):
    """联系电话, or nothing: as it is dialled, whatever it begins with."""

    def __init__(self) -> None:
        super().__init__(most=40, formula=True)

    def read(self, text: str) -> str:
        plain = unicodedata.normalize("NFKC", text)
        if not re.fullmatch(r"[0-9+()\-,;/转、；，. #*]{3,}", plain):
            raise CellError(
                "不是电话号码", value=text, suggestion="请只填写号码，分机写作“转 8001”，多个号码用顿号隔开"
            )
        return plain


class EntityName(Cell):
    """The name of a legal entity: it is no number."""

    def read(self, text: str) -> str:
        if not any(sign.isalpha() for sign in text):
            raise CellError("不是单位名称", value=text, suggestion="请填写全称，并核对是否错列")
        return text


class Code(Cell):
    """统一社会信用代码, or nothing; kept clean. `known` are the codes on the books, which stand even where the check
    sign does not fit: somebody wrote down why."""

    known: frozenset[str] = frozenset()

    def __init__(self) -> None:
        super().__init__(most=60)

    def read(self, text: str) -> str:
        code = clean_code(text)
        problem = code_problem(code)
        if problem and code not in self.known:
            tip = "请核对营业执照；登记机关确认无误的，请系统管理员登记并写明佐证"
            if re.fullmatch(r"[0-9.]+[eE]\+?[0-9]+", text):
                tip = "请把该列设为文本格式后重新填写，不要让表格程序当作数字"
            raise CellError(problem, value=text, suggestion=tip)
        return code


class Amount(Cell):
    """A number that is not negative, with two decimals at most, or nothing."""

    def __init__(self, unit: str) -> None:
        super().__init__(most=20)
        self.unit = unit

    def empty(self) -> None:
        return None

    def read(self, text: str) -> Decimal:
        plain = unicodedata.normalize("NFKC", text)
        if not re.fullmatch(r"[0-9]{1,10}(\.[0-9]{1,2}0*)?", plain):
            raise CellError(
                "不是不小于 0 的数字", value=text, suggestion=f"请填写数字，单位{self.unit}，最多 2 位小数"
            )
        return Decimal(plain).quantize(Decimal("0.01"))
