"""What a cell of a published list may hold: one widget per kind of cell, each refusal with a way out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from import_export.widgets import Widget
from rapidfuzz import fuzz, process

from registry.names import fold
from registry.printing.tables import FORMULA

FIRST_YEAR = 2016  # the ministry's call for green manufacturing lists
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
    """A text. `most` is in characters; line breaks inside, an artefact of PDF tables, are dropped."""

    def __init__(self, *, most: int, required: bool = False, fewest: int = 1) -> None:
        super().__init__()
        self.most, self.required, self.fewest = most, required, fewest

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        text = _BREAK.sub("", str(value or "")).strip()
        if not text:
            if self.required:
                raise CellError("未填写", value="", suggestion="请按公布的名单补填")
            return self.empty()
        if len(text) > self.most:
            raise CellError(
                f"共 {len(text)} 字，超过 {self.most} 字",
                value=text,
                suggestion="请核对是否错列或者合并了单元格",
            )
        if len(text) < self.fewest:
            raise CellError(f"少于 {self.fewest} 个字", value=text, suggestion="请填写全称，并核对是否错列")
        if any(unicodedata.category(sign) in {"Cc", "Co", "Cn"} or sign == "\ufffd" for sign in text):
            raise CellError("含有无法识别的字符", value=text, suggestion="请对照原名单重新录入")
        if FORMULA.match(text):
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
        self, words: Mapping[str, str], *, required: bool = True, also: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(most=60, required=required)
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
        super().__init__({name: name for name in names}, also=more)

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
    """年度, checked and not kept: two lists came out in 2018, so a year is no key."""

    def read(self, text: str) -> int:
        plain = unicodedata.normalize("NFKC", text).removesuffix("年").removesuffix("年度").strip()
        if not re.fullmatch(r"[0-9]{4}", plain) or not FIRST_YEAR <= int(plain) <= 2099:
            raise CellError("不是有效年度", value=text, suggestion=f"请填写四位年份，不早于 {FIRST_YEAR} 年")
        return int(plain)


class Day(Cell):
    """公布日期, or nothing; not after `today`, which the resource sets."""

    today: date = date.max

    def __init__(self) -> None:
        super().__init__(most=20)

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
