"""企业注册: where a registration stands, and how its district deals with it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from greenmfg import clock
from greenmfg.rulebook import Category
from registry import names
from registry.acts import Act, Refused
from registry.casework import new_op
from registry.forms import ActForm, RegistrationForm, form_for
from registry.models import Case, Document, Registration, User
from registry.resources.claims import Claimable, claimable
from registry.roles import CHIEF, DISTRICT, OFFICER, REGISTRANT
from registry.views.case_lists import CaseList
from registry.views.cases import ActView, CaseDetail, number
from registry.views.files import card
from registry.views.registering import fields_of, file_case
from registry.views.site import standing_words

STAFF = (DISTRICT, OFFICER, CHIEF)
RETURN_TEMPLATES = [
    {"label": "未盖公章", "text": "授权书未加盖公章，请盖章后重新上传", "where": "授权书", "article": 3},
    {"label": "名称不一致", "text": "企业名称与营业执照不一致，请核对", "where": "企业名称", "article": 3},
    {
        "label": "代码不一致",
        "text": "统一社会信用代码与营业执照不一致，请核对",
        "where": "统一社会信用代码",
        "article": 3,
    },
    {"label": "不属本区", "text": "企业地址不在本区，请重新选择所在区", "where": "所在区", "article": 3},
]


def registrant_desk(request: HttpRequest, user: User) -> HttpResponse:
    """我的事项 of somebody whose enterprise is not confirmed yet: the latest registration, or how to begin."""
    case = Registration.objects.visible_to(user).order_by("-pk").first()
    if case is None:
        return render(request, "registry/accounts/none.html")
    return RegistrationHome.as_view()(request, no=case.no)


class RegistrationList(CaseList):
    """企业注册, for those who deal with it."""

    roles = STAFF
    model = Registration
    path = "/registrations/"
    title = "企业注册"
    columns = ("name", "credit_code", "category")
    tab_states: ClassVar[Any] = (
        ("filed", "待区级核验", ("filed",)),
        ("returned", "退回补正", ("returned",)),
        ("confirmed", "已核验", ("confirmed",)),
        ("ended", "未核验", ("declined", "lapsed", "withdrawn")),
    )

    def filtered(self) -> QuerySet[Any]:
        rows, get = self.base(), self.request.GET
        if needle := get.get("q", "").strip():
            named = Q(name__contains=needle) | Q(name__contains=names.tidy(needle))
            code = Q(credit_code=names.clean_code(needle))
            rows = rows.filter(named | code | Q(no__iexact=needle))
        return rows.filter(district_id=get["district"]) if get.get("district") else rows

    def row(self, row: dict[str, Any], *, today: Any, calendar: Any) -> dict[str, Any]:
        return super().row(row, today=today, calendar=calendar) | {"title": row["name"]}

    def page(self) -> dict[str, Any]:
        found = super().page()
        found["filters"]["placeholder"] = "企业名称、信用代码、编号"
        return found | {"empty_title": "没有企业注册", "empty_text": "企业提交注册后在此列出，由所在区核验"}


class RegistrationHome(CaseDetail):
    """One registration: for its district what to check, for the enterprise where it stands."""

    model = Registration
    related = (*CaseDetail.related, "opened_by")

    @property
    def template_name(self) -> str:  # type: ignore[override]
        name = "registration" if self.user.plays(*STAFF) else "status"
        return f"registry/accounts/{name}.html"

    def facts(self, case: Registration) -> list[dict[str, Any]]:
        code = {"label": "统一社会信用代码", "value": case.credit_code}
        evidence = {"label": "代码校验未通过的佐证说明", "value": case.code_evidence}
        return [
            code,
            *([evidence] if case.code_evidence else []),
            {"label": "类型", "value": Category(case.category).label},
            {"label": "所在区", "value": case.district.name if case.district else ""},
            *([{"label": "厂区", "value": case.site}] if case.site else []),
            {"label": "地址", "value": case.address},
            {"label": "行业", "value": case.industry},
            {"label": "经办人", "value": case.contact},
            {"label": "联系电话", "value": case.phone},
            {"label": "电子邮箱", "value": case.email},
        ]

    def page(self, case: Registration) -> dict[str, Any]:
        documents = list(case.documents.current())
        own = REGISTRANT.may(case, self.user)
        shown = documents[0] if documents else None
        return super().page(case) | {
            "list_title": "企业注册",
            "documents": [card(d) for d in documents],
            "shown": shown and {**card(shown), "count": shown.pages, "pages": pictures(shown)},
            "code_problem": names.code_problem(case.credit_code),
            "holder": holder(case),
            "unit_url": f"/units/{case.unit_id}/" if case.unit_id else "",
            "own": own,
            "fix": self.fix(case, own=own),
            "open_acts": {row.name for row in case.acts_open_to(self.user)},
            "answer": answer_of(case),
        }

    def fix(self, case: Registration, *, own: bool) -> list[dict[str, Any]]:
        """What must be corrected; the way to do it stands with the first, since one page takes it all."""
        found = [dict(demand) for demand in case.demands] if case.state == "returned" else []
        if found and own:
            found[0] |= {"url": f"{case.get_absolute_url()}refile/", "button": "去补正"}
        return found


def pictures(document: Document) -> list[dict[str, Any]]:
    """The pages of a document as the component shows them."""
    return [
        {"n": n, "src": f"/documents/{document.pk}/pages/{n}.webp"}
        for n in range(1, (document.pages or 0) + 1)
    ]


def holder(case: Registration) -> str:
    """Who holds the registration now; empty when it is closed."""
    office = case.district.office or case.district.name if case.district else ""
    return {"filed": office, "returned": "贵单位"}.get(case.state, "")


def answer_of(case: Registration) -> str:
    """The words of the decision that ended it, for the enterprise to read."""
    if case.state != "declined":
        return ""
    return str(case.events.filter(act="decline").values_list("reason", flat=True).last() or "")


class RegistrationAct(ActView):
    """退回补正, 不予核验, 不再受理 by the district; 撤回注册 by the enterprise."""

    model = Registration

    def page(self, case: Any, row: Act | None, form: ActForm | None) -> dict[str, Any]:
        return super().page(case, row, form) | {"chips": RETURN_TEMPLATES}

    def consequences(self, case: Case, row: Act) -> list[dict[str, str]]:
        """As for every act, but whoever registers is told as the enterprise that they speak for."""
        told = {REGISTRANT.label: "注册企业"}
        return [
            fact | {"value": told.get(fact["value"], fact["value"])}
            for fact in super().consequences(case, row)
        ]

    def remember(self, done: Any, row: Act, now: Any) -> None:
        super().remember(done, row, now)
        if not row.undo:
            return
        self.request.session["undo"] |= {"text": f"已办理“{row.label}”：{done.name}"}

    def next_url(self, done: Case, row: Act) -> str:
        return "/my/" if self.user.plays(REGISTRANT) else super().next_url(done, row)


class Refile(RegistrationAct):
    """补正后提交: the whole form again, with a new file or the one that lies there."""

    template_name = "registry/accounts/refile.html"

    def get(self, request: HttpRequest, act: str = "refile", **kwargs: Any) -> HttpResponse:
        return super().get(request, act, **kwargs)

    def post(self, request: HttpRequest, act: str = "refile", **kwargs: Any) -> HttpResponse:
        case, row = self.start(act)
        self._stands(case, row)
        form = RegistrationForm(request.POST, files=request.FILES, case=case, row=row, at=clock.now())
        if not form.is_valid():
            return self.show(case, row, form, status=422)
        seen, op = number(request.POST.get("seen")), request.POST.get("op", "")[:40] or new_op()
        try:
            done, status = file_case(case, act, by=self.user, form=form, seen=seen, op=op)
        except Refused as refusal:
            return self.refuse(case, row, form, refusal)
        if done is None:
            return self.show(case, row, form, status=status)
        messages.success(request, f"已重新提交，受理编号 {done.no}")
        return redirect("/my/")

    def page(self, case: Any, row: Act | None, form: Any) -> dict[str, Any]:
        shown = form or form_for(case, case.acts()["refile"], at=clock.now())
        return super().page(case, row, form) | {
            "groups": fields_of(shown),
            "fix": case.demands if case.state == "returned" else [],
            "due": self.due(case),
            "documents": [card(d) for d in case.documents.current()],
        }


class Confirm(RegistrationAct):
    """确认: beside the registration, who on the books it may be."""

    template_name = "registry/accounts/confirm.html"
    related = (*RegistrationAct.related, "opened_by")

    def get(self, request: HttpRequest, act: str = "confirm", **kwargs: Any) -> HttpResponse:
        return super().get(request, act, **kwargs)

    def post(self, request: HttpRequest, act: str = "confirm", **kwargs: Any) -> HttpResponse:
        return super().post(request, act, **kwargs)

    def page(self, case: Any, row: Act | None, form: Any) -> dict[str, Any]:
        sought = self.request.GET.get("q", "").strip()[:100]
        typed = form.data if form is not None and form.is_bound else {}
        found = claimable(case.credit_code, case.name, also=sought) if case.state == "filed" else []
        sure = found[0] if found and found[0].entity.credit_code == case.credit_code else None
        chosen = typed.get("claim") or (f"{sure.entity.pk}:{sure.people}" if sure else "" if found else "new")
        ticked = set(typed.getlist("units")) if typed else None
        return super().page(case, row, form) | {
            "q": sought,
            "candidates": [self.candidate(case, one, chosen=chosen, ticked=ticked) for one in found],
            "chosen_new": chosen == "new",
            "code_known": sure is not None,
        }

    def candidate(
        self, case: Registration, one: Claimable, *, chosen: str, ticked: set[str] | None
    ) -> dict[str, Any]:
        entity = one.entity
        value = f"{entity.pk}:{one.people}"
        differs = names.fold(case.name) != entity.folded
        keep = f"名册名称仍为“{entity.name}”；更名的，核验后由企业按第十一条办理名称变更"
        return {
            "value": value,
            "checked": chosen.partition(":")[0] == str(entity.pk),
            "name": entity.name,
            "code": entity.credit_code or "未登记代码",
            "why": "、".join(one.why),
            "people": one.people,
            "then": [
                *([] if entity.credit_code else [f"核验后登记统一社会信用代码 {case.credit_code}"]),
                *([keep] if differs else []),
            ],
            "units": [
                {
                    "pk": unit.pk,
                    "category": unit.get_category_display(),
                    "site": unit.site,
                    "district": unit.district.name if unit.district else "",
                    "held": "、".join(
                        f"{words['level']}{'（' + words['batch'] + '）' if words['batch'] else ''}"
                        for words in map(standing_words, unit.standings.all())
                        if not words["over"]
                    ),
                    "ticked": unit.category == case.category if ticked is None else str(unit.pk) in ticked,
                }
                for unit in one.units
            ],
        }


__all__ = ["Confirm", "Refile", "RegistrationAct", "RegistrationHome", "RegistrationList"]
