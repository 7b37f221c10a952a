"""An example scheme for factories, put in force in the demo alone. Its structure follows GB/T 36132-2025 as far as it is
known; its base and lead values are made up, and everything says so."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from evaluation import upkeep
from evaluation.models import SchemeVersion
from evaluation.scheme import Kind, Scheme
from evaluation.scoring import Answer
from registry.demo.seed import Seeder

NOTE = "示例数据：结构参照 GB/T 36132-2025，基准值、引领值为演示而设，不作为评价依据。"


def _measured(code: str, name: str, points: str, unit: str, limits: str, **more: Any) -> dict[str, Any]:
    """`limits` is "base lead"."""
    base, lead = limits.split()
    better = "higher" if Decimal(lead) > Decimal(base) else "lower"
    gauge = {"code": "a", "name": name, "unit": unit, "better": better, "base": base, "lead": lead}
    return {"code": code, "name": name, "kind": "quantitative", "points": points, "gauges": [gauge], **more}


def _judged(code: str, name: str, points: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "name": name, "kind": "qualitative", "points": points, "step": "0.5", **more}


def _required(code: str, name: str) -> dict[str, Any]:
    return {"code": code, "name": name, "kind": "veto"}


ENERGY = {
    "code": "A1", "name": "能源消耗强度", "kind": "quantitative", "points": "8",
    "evidence": "能源统计报表、结算凭证", "guide": "有强制性能耗限额标准的按单位产品计算，其余按单位产值计算",
    "gauges": [
        {"code": "product", "name": "单位产品综合能耗", "unit": "tce/t", "better": "lower", "base": "0.42",
         "lead": "0.24", "products": 3, "weigh": "产品综合能耗，tce", "formula": "产品综合能耗 ÷ 合格产品产量"},
        {"code": "value", "name": "单位产值综合能耗", "unit": "kgce/万元", "better": "lower", "base": "60",
         "lead": "20", "formula": "综合能源消费量 ÷ 工业总产值"},
    ],
}  # fmt: skip
RENEWABLE = {
    "code": "A3", "name": "可再生能源利用率", "kind": "quantitative", "points": "8", "evidence": "绿电交易凭证、光伏发电记录",
    "gauges": [{
        "code": "a", "name": "可再生能源利用率", "unit": "%", "size": "年综合能耗（tce）",
        "brackets": [{"least": "0", "base": "5", "lead": "30"}, {"least": "3000", "base": "4", "lead": "25"},
                     {"least": "5000", "base": "3", "lead": "20"}, {"least": "10000", "base": "2", "lead": "15"}],
    }],
}  # fmt: skip
TECHNOLOGY = {
    "code": "C1", "name": "先进工艺设备数量", "kind": "stepped", "points": "6", "evidence": "设备台账、目录对照表",
    "gauges": [{"code": "a", "name": "数量", "unit": "项", "steps": [
        {"bound": "1", "points": "2"}, {"bound": "3", "points": "4"}, {"bound": "5", "points": "6"}]}],
}  # fmt: skip
SECTIONS: list[dict[str, Any]] = [
    {"code": "J", "name": "基本要求", "points": "0", "items": [
        _required("J1", "依法设立并正常生产经营"), _required("J2", "近三年无较大及以上安全、环保、质量事故"),
        _required("J3", "设有绿色制造管理机构和专责人员")]},
    {"code": "A", "name": "能源低碳化", "points": "30", "items": [
        ENERGY, _measured("A2", "单位产值碳排放量", "8", "kgCO₂/万元", "160 50"), RENEWABLE,
        _measured("A4", "能碳管理系统功能数量", "6", "项", "2 8")]},
    {"code": "B", "name": "资源高效化", "points": "30", "items": [
        _judged("B1", "节约原材料案例", "8", evidence="案例说明和采购台账"),
        _measured("B2", "单位产值取水量", "8", "m³/万元", "6 2"),
        _measured("B3", "工业用水重复利用率", "8", "%", "70 95"),
        _measured("B4", "一般工业固体废物综合利用率", "6", "%", "60 95", waiver="section")]},
    {"code": "C", "name": "生产洁净化", "points": "16", "items": [
        TECHNOLOGY, _measured("C2", "绿色低碳改造年均项目数", "4", "项", "0 4"),
        _measured("C3", "水污染物低于许可限值", "3", "%", "10 60", waiver="section"),
        _measured("C4", "大气污染物低于许可限值", "3", "%", "10 60", waiver="section")]},
    {"code": "D", "name": "产品绿色化", "points": "16", "items": [
        _judged("D1", "绿色设计案例", "4"), _measured("D2", "完成碳足迹核算的产品种类占比", "8", "%", "0 80"),
        _measured("D3", "绿色产品占比", "4", "%", "0 50", waiver="section")]},
    {"code": "E", "name": "用地集约化", "points": "8", "items": [
        _measured("E1", "单位用地面积产值", "4", "万元/m²", "0.5 2.5"), _measured("E2", "建筑系数", "2", "%", "30 55"),
        _measured("E3", "容积率", "2", "", "0.6 1.6")]},
]  # fmt: skip


def fill(seeder: Seeder) -> SchemeVersion:
    """Drawn up by the officer long ago, put in force by the chief; a later one in preparation beside it."""
    head = {"category": "green_factory", "basis": "示例数据，无真实依据", "note": NOTE, "sections": SECTIONS}
    first = {"code": "factory-demo", "title": "绿色工厂分级评价指标（示例）"} | head
    row = upkeep.draft(Scheme.load(first), by=seeder.officer, at=seeder.ago(420))
    SchemeVersion.objects.filter(pk=row.pk).update(is_example=True)
    row = upkeep.put_in_force(
        row, since=seeder.ago(400).date(), seen=row.version, by=seeder.chief, at=seeder.ago(410)
    )
    later = {"code": "factory-demo-next", "title": "绿色工厂分级评价指标（示例，修订稿）"} | head
    draft = upkeep.draft(Scheme.load(stricter(later)), by=seeder.officer, at=seeder.ago(15), replaces=row)
    SchemeVersion.objects.filter(pk=draft.pk).update(is_example=True)
    return SchemeVersion.objects.get(pk=row.pk)


def stricter(document: dict[str, Any]) -> dict[str, Any]:
    """The same with a harder bound for renewable energy: something to try on what has been scored."""
    harder = [b | {"lead": str(Decimal(b["lead"]) * 2)} for b in RENEWABLE["gauges"][0]["brackets"]]  # type: ignore[index]
    item = RENEWABLE | {"gauges": [RENEWABLE["gauges"][0] | {"brackets": harder}]}  # type: ignore[index]
    sections = [
        section | {"items": [item if one["code"] == "A3" else one for one in section["items"]]}
        for section in document["sections"]
    ]
    return document | {"sections": sections}


def answers(
    scheme: Scheme, quality: Decimal, *, pages: tuple[tuple[int, int], ...] = ()
) -> Mapping[str, Answer]:
    """Answers of about this quality (0 to 1) for every item; some point to a page."""
    found: dict[str, Answer] = {}
    for n, item in enumerate(scheme.items):
        q = min(Decimal(1), max(Decimal(0), quality + Decimal(n % 5 - 2) / 20))
        gauge = item.gauges[-1] if item.gauges else None
        proof = pages[:1] if n % 3 == 1 else ()
        if item.kind is Kind.VETO:
            found[item.code] = Answer(met=True)
        elif item.kind is Kind.QUALITATIVE:
            step = item.step or Decimal(1)
            found[item.code] = Answer(value=(item.points * q / step).quantize(Decimal(1)) * step, pages=proof)
        elif item.kind is Kind.STEPPED:
            found[item.code] = Answer(value=(5 * q).quantize(Decimal(1)), pages=proof)
        elif gauge is not None:
            size = Decimal(3200) if gauge.brackets else None
            base, lead = gauge.bounds(size)
            assert base is not None
            assert lead is not None
            value = (base + (lead - base) * q).quantize(Decimal("0.1"))
            code = gauge.code if len(item.gauges) > 1 else ""
            found[item.code] = Answer(value=value, size=size, gauge=code, pages=proof)
    return found
