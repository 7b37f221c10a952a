"""绿色诊断: who was diagnosed, by whom, and what is to be done about it (Articles 4, 13).

Several rows of one unit and year are several measures of one diagnosis. What is on record is filled in where it is empty,
never changed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.timezone import localdate
from rapidfuzz import fuzz, process

from registry.casework import record
from registry.models import Diagnosis, EvaluatorAgency, Measure, Unit
from registry.names import fold
from registry.resources.cells import Amount, Cell, CellError, Day, Text, Year
from registry.resources.importing import CHANGED, NEW, SAME, Column
from registry.resources.register import UNIT, OfUnits, Wrong

FACTS = {"done_on": "完成日期", "summary": "诊断结论"}
MEASURE = {"saving_tce": "预计节能量", "planned_on": "计划完成日期"}


class Agency(Cell):
    """诊断机构: one that is on the books. `know` gives it those."""

    def __init__(self) -> None:
        super().__init__(most=100, required=True)
        self.known: dict[str, EvaluatorAgency] = {}

    def know(self, agencies: Any) -> None:
        self.known = {fold(agency.name): agency for agency in agencies}

    def read(self, text: str) -> EvaluatorAgency:
        if found := self.known.get(fold(text)):
            return found
        names = [agency.name for agency in self.known.values()]
        near = process.extractOne(text, names, scorer=fuzz.ratio, score_cutoff=50)
        tip = f"是否为“{near[0]}”；不是的，" if near else ""
        raise CellError("不是已登记的机构", value=text, suggestion=f"{tip}请系统管理员先登记该机构")


@dataclass
class File:
    """One diagnosis as it will be: on the books or new, the lines that speak of it, what they add."""

    diagnosis: Diagnosis
    is_new: bool
    lines: list[int] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)  # filled in
    measures: dict[tuple[str, str], Measure] = field(default_factory=dict)
    added: list[Measure] = field(default_factory=list)
    filled: list[tuple[Measure, dict[str, Any]]] = field(default_factory=list)
    bare: int = 0  # the line that stands without a measure


class Diagnoses(OfUnits):
    """Diagnoses by unit and year, with their measures."""

    KEY = "diagnoses"
    TITLE = "绿色诊断"
    ABOUT = (
        "登记哪些单位做了绿色诊断、由谁诊断、结论和改造措施（第四条、第十三条）；"
        "名录中没有的单位一并登记。已登记的内容只补空缺，不改动。"
    )
    TITLES = ("单位名称", "诊断年度", "改造措施")
    DONE_AT = "/diagnoses/"
    columns = (
        *UNIT,
        Column(
            heading="诊断年度",
            attribute="year",
            also=("年度", "年份"),
            needed=True,
            cell=Year(required=True),
            example="2025",
            width=12,
            tip="四位年份",
        ),
        Column(
            heading="诊断机构",
            attribute="agency",
            needed=True,
            cell=Agency(),
            example="示例评价中心",
            width=28,
            tip="须为已登记的第三方评价机构",
        ),
        Column(
            heading="完成日期",
            attribute="done_on",
            cell=Day(),
            example="2025-11-30",
            tip="形如 2025-11-30，不晚于今天",
        ),
        Column(
            heading="诊断结论",
            attribute="summary",
            also=("结论",),
            cell=Text(most=2000),
            example="具备绿色工厂创建潜力",
            width=40,
        ),
        Column(
            heading="诊断发现",
            attribute="finding",
            cell=Cell(most=300),
            example="空压系统泄漏率偏高",
            width=32,
            tip="与改造措施同时填写；一项措施一行，同一单位可有多行",
        ),
        Column(
            heading="改造措施",
            attribute="words",
            cell=Cell(most=300),
            example="更换变频空压机并治漏",
            width=32,
        ),
        Column(
            heading="预计节能量",
            attribute="saving_tce",
            also=("预计节能量（吨标准煤）",),
            cell=Amount("吨标准煤"),
            example="120.5",
            tip="吨标准煤，最多 2 位小数",
        ),
        Column(
            heading="计划完成日期",
            attribute="planned_on",
            cell=Day(ahead=True),
            example="2026-09-30",
            tip="形如 2026-09-30",
        ),
    )

    def prepare(self) -> None:
        super().prepare()
        self.files: dict[tuple[int, int], File] = {}
        today = localdate(self.at)
        self.cell("agency").know(EvaluatorAgency.objects.all())
        self.cell("year").last = today.year
        self.cell("done_on").today = today
        units = {unit.pk: unit for unit in self.known.units.values()}
        there: dict[int, File] = {}
        for diagnosis in Diagnosis.objects.select_related("agency").select_for_update(of=("self",)):
            unit = units[diagnosis.unit_id]
            there[diagnosis.pk] = self.files[id(unit), diagnosis.year] = File(diagnosis, is_new=False)
        for measure in Measure.objects.order_by("diagnosis", "n"):
            there[measure.diagnosis_id].measures[_key(measure)] = measure

    # --- what stands against a row

    def judge(self, row: Any, cells: Any) -> dict[str, CellError]:
        if errors := self._half(row) or self._dates(row):
            return errors
        try:
            _, unit = self.known.unit_of(row)
        except Wrong as wrong:
            return {wrong.attribute: wrong.error}
        file = self.files.get((id(unit), row.year)) if unit else None
        return self._against(row, file) if file else {}

    def _half(self, row: Any) -> dict[str, CellError]:
        """A measure has both halves, or the row has none."""
        any_of = row.finding or row.words or row.saving_tce is not None or row.planned_on
        return {
            name: CellError("未填写", value="", suggestion=f"填写措施的，{word}不能为空")
            for name, word in {"finding": "诊断发现", "words": "改造措施"}.items()
            if any_of and not getattr(row, name)
        }

    def _dates(self, row: Any) -> dict[str, CellError]:
        if row.done_on and row.done_on.year < row.year:
            early = CellError("早于诊断年度", value=str(row.done_on), suggestion="请核对诊断年度和完成日期")
            return {"done_on": early}
        return {}

    def _against(self, row: Any, file: File) -> dict[str, CellError]:
        """What is on record, or in an earlier row, otherwise."""
        where = "在册" if not file.is_new and not file.lines else f"第 {file.lines[0]} 行"
        there: Mapping[str, Any] = vars(file.diagnosis) | file.facts
        errors = {
            name: _differs(word, where, there[name])
            for name, word in FACTS.items()
            if getattr(row, name) and there[name] and getattr(row, name) != there[name]
        }
        if row.agency.pk != file.diagnosis.agency_id:
            errors["agency"] = _differs("诊断机构", where, file.diagnosis.agency)
        if not row.words and file.bare:
            twice = CellError(
                f"与第 {file.bare} 行重复", value=row.name, suggestion="同一单位同一年度只保留一行"
            )
            errors["name"] = twice
        return errors | self._measure_against(row, file)

    def _measure_against(self, row: Any, file: File) -> dict[str, CellError]:
        measure = file.measures.get(_key(row)) if row.words else None
        if measure is None:
            return {}
        if measure in file.added:
            return {"words": CellError("与前面的行重复", value=row.words, suggestion="同一项措施只保留一行")}
        return {
            name: _differs(word, "在册", getattr(measure, name))
            for name, word in MEASURE.items()
            if getattr(row, name) is not None
            and getattr(measure, name) is not None
            and getattr(row, name) != getattr(measure, name)
        }

    # --- what a row adds

    def take(self, row: Any, cells: Any) -> tuple[str, str, str]:
        plan = self.known.plan(row, filled=())
        file = self.files.get((id(plan.unit), row.year))
        notes: list[str] = []
        if file is None:
            diagnosis = Diagnosis(
                unit=plan.unit,
                year=row.year,
                agency=row.agency,
                **{name: getattr(row, name) or getattr(Diagnosis(), name) for name in FACTS},
            )
            file = self.files[id(plan.unit), row.year] = File(diagnosis, is_new=True)
            notes.append("新登记单位" if plan.is_new else "")
        first = not file.lines
        file.lines.append(row.line)
        file.bare = file.bare if row.words else row.line
        changed = [] if file.is_new and first else self._fill(row, file)
        if row.words:
            changed += self._measure(row, file)
        if plan.rename_of and first:
            notes.append(f"与在册{plan.rename_of}相近，疑为更名，未合并，请核对")
        note = "；".join(filter(None, [*notes, *changed]))
        if file.is_new and first:
            return NEW, note, plan.rename_of
        return CHANGED if changed else SAME, note, ""

    def _fill(self, row: Any, file: File) -> list[str]:
        filled = {
            name: getattr(row, name)
            for name in FACTS
            if getattr(row, name) and not (file.facts.get(name) or getattr(file.diagnosis, name))
        }
        file.facts |= filled
        return [f"补登{FACTS[name]}" for name in filled]

    def _measure(self, row: Any, file: File) -> list[str]:
        measure = file.measures.get(_key(row))
        if measure is None:
            measure = Measure(
                diagnosis=file.diagnosis,
                finding=row.finding,
                words=row.words,
                saving_tce=row.saving_tce,
                planned_on=row.planned_on,
                n=max((one.n for one in file.measures.values()), default=0) + 1,
            )
            file.measures[_key(row)] = measure
            file.added.append(measure)
            return ["新增改造措施"]
        filled = {
            name: getattr(row, name)
            for name in MEASURE
            if getattr(row, name) is not None and getattr(measure, name) is None
        }
        if filled:
            file.filled.append((measure, filled))
            for name, value in filled.items():
                setattr(measure, name, value)
        return [f"补登{MEASURE[name]}" for name in filled]

    # --- writing

    def write(self) -> None:
        source = {"file": self.name, "sha256": self.sha256}
        self.known.write(by=self.by, at=self.at, **source)
        touched = [file for file in self.files.values() if file.lines and self._moves(file)]
        for file in touched:
            diagnosis = file.diagnosis
            for name, value in file.facts.items():
                setattr(diagnosis, name, value)
            diagnosis.version += 1
            diagnosis.unit = diagnosis.unit  # which has its id now
        Diagnosis.objects.bulk_create(file.diagnosis for file in touched if file.is_new)
        Diagnosis.objects.bulk_update(
            [file.diagnosis for file in touched if not file.is_new], [*FACTS, "version"]
        )
        added = [measure for file in touched for measure in file.added]
        for measure in added:
            measure.diagnosis = measure.diagnosis
        Measure.objects.bulk_create(added)
        filled = [measure for file in touched for measure, _ in file.filled]
        Measure.objects.bulk_update({id(m): m for m in filled}.values(), list(MEASURE))
        for unit, files in self._by_unit(touched).items():
            record(
                unit,
                "导入登记绿色诊断",
                by=self.by,
                at=self.at,
                changes={},
                diagnoses=[self._told(file) for file in files],
                **source,
            )

    @staticmethod
    def _moves(file: File) -> bool:
        return bool(file.is_new or file.facts or file.added or file.filled)

    @staticmethod
    def _by_unit(files: list[File]) -> dict[Unit, list[File]]:
        found: dict[Unit, list[File]] = defaultdict(list)
        for file in files:
            found[file.diagnosis.unit].append(file)
        return found

    @staticmethod
    def _told(file: File) -> dict[str, Any]:
        diagnosis = file.diagnosis
        facts = {"agency": diagnosis.agency.name} | {name: getattr(diagnosis, name) for name in FACTS}
        return {
            "year": diagnosis.year,
            **{name: value for name, value in (facts if file.is_new else file.facts).items() if value},
            "measures": [f"{measure.finding}：{measure.words}" for measure in file.added],
            "filled": [f"{measure.words}：{sorted(what)}" for measure, what in file.filled],
        }

    def made(self) -> dict[str, int]:
        files = [file for file in self.files.values() if file.lines]
        return {
            **self.known.made(),
            "绿色诊断": sum(file.is_new for file in files),
            "改造措施": sum(len(file.added) for file in files),
        }


def _key(thing: Any) -> tuple[str, str]:
    """What tells one measure of a diagnosis from another."""
    return fold(thing.finding), fold(thing.words)


def _differs(word: str, where: str, there: Any) -> CellError:
    return CellError(
        f"与{where}的{word}不同",
        value="",
        suggestion=f"{where}为“{there}”；确需更正的，请在诊断页面办理，或者清空本格",
    )
