"""Fill an empty portal: people, about 120 units in all 17 districts, and cases in every state."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from itertools import cycle
from typing import Any

from django.apps import apps
from django.utils.module_loading import module_has_submodule

from greenmfg.periods import chinese_date
from greenmfg.rulebook import Category, Level, Material
from registry.casework import new_op, perform, perform_each, record
from registry.demo import accounts, diagnoses, objections
from registry.demo.calls import show_calls
from registry.demo.imports import past_import
from registry.demo.manage import system_settings
from registry.demo.register import Register
from registry.drafts import open_draft, save_draft
from registry.models import (
    Batch,
    Document,
    Ledger,
    Message,
    PoolApplication,
    Publicity,
    Roster,
    RosterLine,
    Unit,
    User,
)

Say = Callable[[str], None]

DEMANDS = [
    {"where": "第 2 项 绿色诊断评估报告", "text": "诊断评估报告缺少诊断机构盖章页，请补充", "article": 5},
    {"where": "第 3 项 年度能源资源数据", "text": "综合能源消费量未计入外购热力，请核对", "article": 6},
]

# Where the applications of the running call have come to, and how many days ago they were filed.
RUNNING = [
    ("draft", 3), ("with_district", 4), ("with_district", 9), ("returned_by_district", 12),
    ("district_declined", 15), ("examining", 6), ("examining", 12), ("examining", 18), ("examining", 2),
    ("returned_by_bureau", 14), ("lapsed", 24), ("cleared", 16), ("cleared", 15), ("on_notice", 20),
    ("refused", 18), ("withdrawn", 11), ("examining", 16), ("examining", 13),
]  # fmt: skip
# Points of the typed scores, in turn.
SCORES = "72.50 91.00 66.00 58.20 84.20 77.80 81.40 63.30 70.90 88.60 61.50 93.40"


class Seeder(Register):
    """One filling of the portal at one moment, told step by step through `say`."""

    def __init__(self, now: datetime, say: Say) -> None:
        super().__init__(now)
        self.say = say
        self.scores = cycle(Decimal(score) for score in SCORES.split())

    def ago(self, days: int, hour: int = 10) -> datetime:
        """A working hour so many days ago."""
        return (self.now - timedelta(days=days)).replace(hour=hour, minute=20, second=0, microsecond=0)

    def fill(self) -> None:
        self.say("演示人员")
        self.people()
        self.say("示例单位")
        self.units()
        self.say("示例材料")
        self.papers()
        self.batches()
        self.say("上一批：入库、公示、名单")
        self.earlier_call()
        self.say("本批：各环节的申请")
        self.running_call()
        self.say("公示、异议、名单各状态")
        self.other_papers()
        show_calls(self)
        system_settings(self)
        self.say("企业注册、待定区、合并")
        accounts.fill(self)
        self.say("绿色诊断")
        diagnoses.fill(self)
        past_import(self.ago(20, hour=15))
        for (
            app
        ) in apps.get_app_configs():  # the rooms above bring theirs: `fill` in a module `demo` of their own
            if app.name not in {"greenmfg", "registry"} and module_has_submodule(app.module, "demo"):
                import_module(f"{app.name}.demo").fill(self)
        # What is a week old has been read.
        old = Message.objects.filter(visible_from__lt=self.now - timedelta(days=7))
        old.update(read_at=self.now, sent_at=self.now)

    # --- applications

    def act(self, case: Any, name: str, by: User, at: datetime, **data: Any) -> Any:
        fresh = type(case).objects.get(pk=case.pk)
        return perform(fresh, name, by=by, at=at, seen=fresh.version, op=new_op(), **data)

    def district_of(self, unit: Unit) -> User:
        return User.objects.filter(role="district", district_id=unit.district_id).order_by("pk").first()  # type: ignore[return-value]

    def draft(self, unit: Unit, batch: Batch, at: datetime, clerk: User) -> PoolApplication:
        draft = open_draft(PoolApplication(unit=unit, district=unit.district, batch=batch), by=clerk, at=at)
        supply = unit.category == Category.GREEN_SUPPLY_CHAIN
        for kind in (Material.EVALUATION_DOSSIER if supply else Material.DIAGNOSIS_REPORT, Material.EVIDENCE):
            Document.objects.create(
                case_id=draft.pk, kind=kind, uploaded_by=clerk, uploaded_at=at, **self.files[kind]
            )
        score = next(self.scores) + Decimal("3.50")
        return save_draft(
            draft,
            by=clerk,
            seen=draft.version,
            unit_confirmed=True,
            contact=unit.contact,
            phone=unit.phone,
            address=unit.address,
            industry=unit.industry,
            data_year=self.today.year - 1,
            output_value=Decimal(8000 + 137 * (unit.pk % 90)),
            energy_tce=Decimal("3180.50") + unit.pk,
            water_m3=Decimal(52600 - 11 * unit.pk),
            report_year=None if supply else self.today.year - 1,
            report_agency="" if supply else "示例诊断机构",
            report_date=None if supply else date(self.today.year - 1, 12, 1),
            self_score=min(score, Decimal(98)) if unit.category == Category.GREEN_FACTORY else None,
        )

    def filed(
        self, case: PoolApplication, at: datetime, clerk: User, *, by_district: bool
    ) -> PoolApplication:
        """The case at the bureau, on its own or through its district."""
        if not by_district:
            return self.act(case, "nominate_self", clerk, at)  # type: ignore[no-any-return]
        case = self.act(case, "ask_district", clerk, at)
        return self.act(  # type: ignore[no-any-return]
            case,
            "recommend",
            self.district_of(case.unit),
            at + timedelta(days=1),
            reason="材料齐全，同意推荐。",
        )

    def scored(self, case: PoolApplication, at: datetime) -> PoolApplication:
        if case.category is not Category.GREEN_FACTORY:
            return case
        data = {
            "score": next(self.scores),
            "score_source": "第三方评价报告（示例）第41页",
            "meets_requirements": True,
        }
        return self.act(case, "type_score", self.officer, at, **data)  # type: ignore[no-any-return]

    def cleared(self, case: PoolApplication, at: datetime) -> PoolApplication:
        case = self.scored(case, at)
        low = case.score is not None and case.score < 60
        words = "企业正在实施绿色化改造，预计年内达到 60 分，同意入库。" if low else ""
        return self.act(case, "clear", self.officer, at, reason=words)  # type: ignore[no-any-return]

    def notice(self, cases: list[PoolApplication], at: datetime, *, batch: Batch) -> Publicity:
        starts_on = (at + timedelta(days=1)).date()
        return perform(
            Publicity(),
            "draw_up",
            by=self.officer,
            at=at,
            seen=0,
            op=new_op(),
            cases=[case.pk for case in cases],
            title=f"关于{batch.name}北京市绿色制造培育库拟入库单位的公示（示例）",
            text=f"根据《北京市绿色制造单位管理暂行办法》第六条，经审核，现将{batch.name}拟入库单位予以公示。"
            "公示期内如有异议，请以书面形式实名反映，写明事实并附证明材料；单位加盖公章，个人手写签名。匿名不予受理，反映人信息保密。",
            starts_on=starts_on,
            days=5,
        )

    def earlier_call(self) -> None:
        """The call before: 42 units went through, two of them have left the pool since."""
        units, self.rest = self.made[:42], self.made[42:]
        cases = []
        for n, unit in enumerate(units):
            clerk, at = self.clerk[unit.pk], self.ago(130 - n % 12)
            supply = unit.category == Category.GREEN_SUPPLY_CHAIN
            case = self.filed(
                self.draft(unit, self.earlier, at, clerk), at, clerk, by_district=supply or n % 3 > 0
            )
            cases.append(self.cleared(case, self.ago(112)))
        notice = self.act(
            self.notice(cases, self.ago(108), batch=self.earlier), "sign", self.chief, self.ago(107)
        )
        self.act(notice, "close", self.officer, self.ago(95))
        fresh = PoolApplication.objects.filter(pk__in=[c.pk for c in cases]).order_by("pk")
        done, left = perform_each(
            [(c, c.version) for c in fresh], "admit", by=self.officer, at=self.ago(94), op=new_op()
        )
        assert not left, left
        self.list_of(self.ago(90), "京经信示例〔{}〕1号")
        for case in done[:2]:
            self.act(case, "leave_pool", self.officer, self.ago(40), reason="企业搬迁出本市（示例）")

    def list_of(self, at: datetime, number: str, *, publish: bool = True) -> Roster:
        roster = perform(
            Roster(),
            "draw_up",
            by=self.officer,
            at=at,
            seen=0,
            op=new_op(),
            level=Level.POOL,
            category="",
            title="北京市绿色制造名单培育库入库单位名单（示例）",
            text=f"根据《北京市绿色制造单位管理暂行办法》，现将截至{chinese_date(at.date())}的绿色制造名单培育库入库单位予以公布。",
            doc_no=number.format(at.year),
            as_of=at.date(),
        )
        return self.act(roster, "publish", self.chief, at + timedelta(hours=2)) if publish else roster

    def running_call(self) -> None:
        """The call that is open: an application in every state, most at the bureau."""
        self.on_notice: list[PoolApplication] = []
        for n, unit in enumerate(self.rest):
            state, days = RUNNING[n % len(RUNNING)]
            self.bring(
                unit, state, self.ago(days, hour=9 + n % 8), self.clerk[unit.pk], by_district=n % 2 == 0
            )
        # 陈晨 has corrections to make; 刘洋 has not begun.
        chen = User.objects.get(username="qiye")
        self.bring(
            Unit.objects.get(entity=chen.entity), "returned_by_bureau", self.ago(4), chen, by_district=True
        )
        ready = self.notice(self.on_notice, self.ago(5), batch=self.running)
        self.public = self.act(ready, "sign", self.chief, self.ago(4).replace(hour=8) - timedelta(hours=1))

    def bring(
        self,
        unit: Unit,
        state: str,
        at: datetime,
        clerk: User,
        *,
        by_district: bool,
        batch: Batch | None = None,
    ) -> None:
        case = self.draft(unit, batch or self.running, at, clerk)
        district = self.district_of(unit)
        later = at + timedelta(days=1, hours=3)
        given = (later + timedelta(days=7)).date()
        if state == "draft":
            return
        if state in {"with_district", "returned_by_district", "district_declined"}:
            case = self.act(case, "ask_district", clerk, at)
            if state == "returned_by_district":
                self.act(case, "return_by_district", district, later, demands=DEMANDS[:1], due_on=given)
            elif state == "district_declined":
                self.act(case, "decline", district, later, reason="企业近期停产，暂不推荐。")
            return
        supply = unit.category == Category.GREEN_SUPPLY_CHAIN
        case = self.filed(case, at, clerk, by_district=by_district or supply)
        later += timedelta(hours=4)
        if state in {"returned_by_bureau", "lapsed"}:
            case = self.act(case, "return_by_bureau", self.officer, later, demands=DEMANDS, due_on=given)
            if state == "lapsed":
                self.act(case, "lapse", self.officer, later + timedelta(days=17))
        elif state == "refused":
            self.act(case, "refuse", self.officer, later, reason="不属于本市工业企业（第一条、第二条）。")
        elif state == "withdrawn":
            self.act(case, "withdraw", clerk, later)
        elif state in {"cleared", "on_notice"}:
            case = self.cleared(case, later)
            if state == "on_notice":
                self.on_notice.append(case)
        elif case.pk % 3:
            self.scored(case, later)

    # --- the other papers

    def other_papers(self) -> None:
        objections.objections(self)
        objections.corrections(self)
        # The exceptions of Article 8 first, so that the notice that waits for its signature holds one.
        spare = list(PoolApplication.objects.filter(state="cleared").order_by("score", "pk"))
        third = max(1, len(spare) // 4)
        drafted = self.notice(spare[:third], self.ago(1), batch=self.running)
        back = self.notice(spare[third : 2 * third], self.ago(2), batch=self.running)
        self.act(back, "send_back", self.chief, self.ago(1), reason="请补充联系电话后再报。")
        void = self.notice(spare[2 * third : 3 * third], self.ago(3), batch=self.running)
        self.act(void, "void", self.officer, self.ago(2), reason="拟定有误，另行拟定。")
        assert drafted.state == "drafted"
        self.list_of(self.ago(1), "京经信示例〔{}〕2号", publish=False)
        back_list = self.list_of(self.ago(3), "京经信示例〔{}〕3号", publish=False)
        self.act(back_list, "send_back", self.chief, self.ago(2), reason="截至日期请改为月末。")
        void_list = self.list_of(self.ago(6), "京经信示例〔{}〕4号", publish=False)
        self.act(void_list, "void", self.officer, self.ago(5), reason="重复拟定。")
        self.brought_in()

    def brought_in(self) -> None:
        roster = perform(
            Roster(),
            "bring_in",
            by=self.officer,
            at=self.ago(60),
            seen=0,
            op=new_op(),
            level=Level.NATIONAL,
            category=Category.GREEN_FACTORY,
            title="国家级绿色工厂名单（示例，非真实名单）",
            batch="示例批次",
            dated=self.ago(200).date(),
        )
        RosterLine.objects.bulk_create(
            RosterLine(
                roster=roster, n=n, name=unit.entity.name, category=unit.category, region="北京", unit=unit
            )
            for n, unit in enumerate(self.made[:12], start=1)
        )


class Unfinished(Exception):
    """An earlier filling was cut off in the middle."""


def seed(now: datetime, say: Say) -> bool:
    """Fill an empty portal at that moment. False, and nothing done, when that was done before.

    Raises Unfinished when there are people but no mark of a finished filling.
    """
    mark = Ledger(pk="demo")
    if Ledger.objects.filter(pk=mark.pk).exists():
        return False
    if User.objects.exists():
        raise Unfinished
    Seeder(now, say).fill()
    record(mark, "装入演示数据", by=None, at=now, changes={})
    return True
