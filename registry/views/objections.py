"""异议核查: received from the public or by letter, checked, decided. Each holds only its unit (Article 6)."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import messages
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from greenmfg import clock, periods
from greenmfg.rulebook import Finding
from registry import intake, names
from registry.acts import Act, Refused
from registry.enclosures import KINDS, enclose
from registry.forms import ActForm
from registry.models import Case, Objection, Setting, Wording
from registry.roles import CHIEF, OFFICER
from registry.views import present
from registry.views.case_lists import NAME, STATE, CaseList
from registry.views.cases import ActView, CaseDetail
from registry.views.exports import Shown
from registry.views.files import card, pictures
from registry.views.gazette import FromNotice
from registry.views.wordings import answers_to

BUREAU = (OFFICER, CHIEF)


class ObjectionList(CaseList):
    """异议核查."""

    roles = BUREAU
    model = Objection
    path = "/objections/"
    title = "异议核查"
    columns = ("received_on", "publicity__no", "publicity__title", "target__no")
    shown: ClassVar[Any] = (
        Shown(heading="所涉单位 / 编号", parts=(*NAME.parts, ("所涉申请", "target__no", 34))),
        STATE,
        Shown(heading="所属公示", parts=(("所属公示", "publicity__title", 50),)),
        Shown(heading="收到日期", parts=(("收到日期", "received_day", 30),)),
        Shown(heading="核查时限", parts=(("核查时限", "due_day", 30),)),
    )
    tab_states: ClassVar[Any] = (
        ("received", "待受理", ("received",)),
        ("checking", "核查中", ("checking",)),
        ("decided", "已办结", ("upheld", "dismissed", "turned_away")),
    )

    def filtered(self) -> QuerySet[Any]:
        rows, get = self.base(), self.request.GET
        if needle := get.get("q", "").strip():
            unit = Q(unit__entity__search__contains=names.fold(needle))
            case = Q(no__iexact=needle) | Q(target__no__iexact=needle) | Q(publicity__no__iexact=needle)
            rows = rows.filter(unit | case)
        return rows.filter(district_id=get["district"]) if get.get("district") else rows

    def ordering(self) -> tuple[Any, ...]:
        return (F("due_on").asc(nulls_last=True), "-pk")

    def row(self, row: dict[str, Any], *, today: Any, calendar: Any) -> dict[str, Any]:
        found = super().row(row, today=today, calendar=calendar)
        return found | {
            "received": present.short_date(row["received_on"], today=today),
            "received_day": periods.chinese_date(row["received_on"]),
        }

    def page(self) -> dict[str, Any]:
        return super().page() | {
            "row_template": "registry/gazette/objection_row.html",
            "empty_title": "没有异议",
            "empty_text": "公众在公示页面提出的异议列在这里；收到书面异议后，在公示中的公示页面登记",
        }


class NewObjection(FromNotice):
    """登记异议, from the page of its notice."""

    model = Objection
    act = "receive"

    def new_case(self) -> Objection:
        """With the case it is about, for the rule asks whether the notice names it."""
        asked = self.request.POST.get("target", "")
        key = int(asked) if asked.isdecimal() and len(asked) < 16 else 0
        named = Case.objects.filter(notice_lines__publicity=self.notice, pk=key).first()
        return Objection(publicity=self.notice, target=named)

    def against(self, case: Any, row: Act) -> list[Finding]:
        # The notice alone can be judged before a unit is chosen.
        return [] if self.notice.state == "running" else case.findings(row.name, clock.now())


class ObjectionDetail(CaseDetail):
    """One objection: who says what about whom, and what came of it."""

    roles = BUREAU
    model = Objection
    related = (*CaseDetail.related, "publicity", "target")
    template_name = "registry/gazette/objection.html"

    def facts(self, case: Objection) -> list[dict[str, Any]]:
        return [
            {"label": "所涉单位", "value": case.unit.name if case.unit else ""},
            {
                "label": "所涉事项",
                "value": f"{case.target.no}（{case.target.state_label}）",
                "url": f"{case.target.get_absolute_url()}review/",
            },
            {"label": "所属公示", "value": case.publicity.title, "url": case.publicity.get_absolute_url()},
            {"label": "公示截止", "value": periods.chinese_date(case.publicity.open_until), "article": 6},
            {"label": "提出方式", "value": "公众在公示页面提出" if case.code_digest else "来信登记"},
            {"label": "反映人（保密）", "value": f"{case.objector}（{case.get_capacity_display()}）"},
            {"label": "联系电话（保密）", "value": case.phone},
            {"label": "收到日期", "value": periods.chinese_date(case.received_on)},
            {"label": "反映的事实", "value": case.facts},
            *([{"label": "不予受理的原因", "value": case.get_because_display()}] if case.because else []),
            *([{"label": "给反映人的答复", "value": case.answer}] if case.answer else []),
        ]

    def page(self, case: Objection, **extra: Any) -> dict[str, Any]:
        documents = list(case.documents.order_by("pk"))
        asked = self.request.GET.get("doc", "")
        shown = next((d for d in documents if str(d.pk) == asked), documents[0] if documents else None)
        open_to = not case.is_closed and self.user.plays(OFFICER)
        return super().page(case) | {
            "list_title": "异议核查",
            "documents": [card(d) | {"tab": f"?doc={d.pk}", "current": d is shown} for d in documents],
            "shown": shown and {**card(shown), "count": shown.pages, "pages": pictures(shown)},
            "kinds": [{"value": str(kind), "label": kind.label} for kind in KINDS] if open_to else [],
            "limits": f"PDF、OFD 或 JPG；单个文件最大 {Setting.number('upload_mb', on=clock.today())} MB",
            **extra,
        }


class ObjectionFiles(ObjectionDetail):
    """添加材料: an officer puts the letter or a record of checking with the objection."""

    http_method_names = ["post"]
    roles = (OFFICER,)

    def post(self, request: HttpRequest, no: str) -> HttpResponse:
        case = self.get_case()
        kind = next((kind for kind in KINDS if str(kind) == request.POST.get("kind")), None)
        upload = request.FILES.get("file")
        if kind is None or upload is None:
            words = "请选择要上传的文件" if kind else "请选择材料种类"
            return self.fail(case, words, 422)
        try:
            received = intake.receive(
                upload, max_bytes=Setting.number("upload_mb", on=clock.today()) * 1024 * 1024
            )
        except intake.Rejected as rejected:
            return self.fail(case, rejected.message, rejected.status)
        try:
            document = enclose(case, by=self.user, at=clock.now(), kind=kind, received=received)
        except Refused as refusal:
            intake.discard(received.path)
            return self.fail(self.get_case(), refusal.message, refusal.status)
        if document.path != received.path:
            intake.discard(received.path)
        messages.success(request, f"已添加{kind.label}“{document.name}”，检查通过")
        return redirect(f"{case.get_absolute_url()}?doc={document.pk}")

    def fail(self, case: Objection, words: str, status: int) -> HttpResponse:
        context = self.page(case, errors=[{"text": words}])
        return render(self.request, self.template_name, context, status=status)


class ObjectionAct(ActView):
    """One act of an objection."""

    roles = BUREAU
    model = Objection

    def page(self, case: Any, row: Act | None, form: ActForm | None) -> dict[str, Any]:
        """With the ready words of an answer, where the act decides on it."""
        found = super().page(case, row, form)
        if row is not None and row.name in {"uphold", "dismiss"}:
            found["words"] = Wording.offered("answer", values=answers_to(case))["answer"]
        return found


__all__ = ["NewObjection", "ObjectionAct", "ObjectionDetail", "ObjectionFiles", "ObjectionList"]
