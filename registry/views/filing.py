"""Checking and filing an application, and the receipt."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.timezone import localtime
from django.views.generic import View

from greenmfg import clock
from greenmfg.periods import chinese_date
from greenmfg.rulebook import Finding
from registry import printing
from registry.acts import Act
from registry.forms import ActForm, ResubmitForm, form_for
from registry.models import Document, PoolApplication, Setting
from registry.roles import UNIT
from registry.views import consequences, present
from registry.views.applications import SUBMITS, steps
from registry.views.cases import ActView, CasePage, RoleRequired
from registry.views.files import card
from registry.views.new_application import fate
from registry.views.tasks import ahead, fixes, holder, tasks_of


class CheckView(ActView):
    """核对: every answer with its 修改, what is missing, the pledge, and the ways to file. POST files."""

    model = PoolApplication
    template_name = "registry/my/check.html"
    related = (*ActView.related, "batch")

    def get(self, request: HttpRequest, act: str = "", **kwargs: Any) -> HttpResponse:
        case = self.get_case()
        if not UNIT.may(case, self.user):
            raise Http404
        if case.state not in case.EDITABLE:
            return redirect(case.get_absolute_url())
        return render(request, self.template_name, self.page(case, self._way(case), None))

    def post(self, request: HttpRequest, act: str = "", **kwargs: Any) -> HttpResponse:
        # Each way of filing posts to its own address.
        return super().post(request, act=act, **kwargs) if act else self.http_method_not_allowed(request)  # type: ignore[return-value]

    def _way(self, case: PoolApplication) -> Act:
        return next(a for a in case.acts_open_to(self.user) if a.name in SUBMITS)

    def page(self, case: PoolApplication, row: Act | None, form: ActForm | None) -> dict[str, Any]:
        now = clock.now()
        ways = [a for a in case.acts_open_to(self.user) if a.name in SUBMITS]
        missing = {a.name: case.findings(a.name, now) for a in ways}
        base = case.get_absolute_url()
        form = form or (form_for(case, ways[0], at=now) if ways else None)
        fix = fixes(case)
        answers_ = form.answers() if isinstance(form, ResubmitForm) else []
        return super().page(case, row, form) | {
            "ways": [
                {
                    "value": a.name,
                    "label": a.label,
                    "url": f"{base}{a.name}/",
                    "findings": missing[a.name],
                    "barred": any(f.binding for f in missing[a.name]),
                }
                for a in ways
            ],
            "missing": _common(list(missing.values())),
            "needs_reason": any(not f.binding for found in missing.values() for f in found),
            "form": form,
            "answers": answers(case),
            "documents": (cards := [card(d) for d in Document.objects.current().of(case, self.user)]),
            "filed": {c["kind"] for c in cards},
            "fix": fix,
            "answering": [{"demand": d, "field": f} for d, f in zip(fix, answers_, strict=False)],
            "fate": fate(case, now) if case.state == case.DRAFT else {},
        }

    def next_url(self, done: Any, row: Act) -> str:
        return f"{done.get_absolute_url()}receipt/" if row.submits else str(done.get_absolute_url())

    def remember(self, done: Any, row: Act, now: Any) -> None:
        self.request.session.pop("undo", None)
        words = f"已提交，受理编号 {done.no}" if row.submits else f"已办理“{row.label}”"
        messages.success(self.request, words)


def _common(found: list[list[Finding]]) -> list[Finding]:
    """What stands against every way of filing."""
    return [f for f in found[0] if all(f in other for other in found)] if found else []


def answers(case: PoolApplication) -> list[dict[str, Any]]:
    """What was filled in, by task, for checking."""
    base = case.get_absolute_url()
    groups = []
    for task in tasks_of(case):
        names = task.form._meta.fields if task.form else ()
        facts = []
        for name in names or ():
            field: Any = PoolApplication._meta.get_field(name)
            value = getattr(case, name)
            words = ("是" if value else "否") if isinstance(value, bool) else value
            facts.append(
                {
                    "label": field.verbose_name,
                    "value": chinese_date(words) if hasattr(words, "month") else words,
                }
            )
        groups.append(
            {
                "title": task.label,
                "facts": facts,
                "slot": task.asked or (task.slot.label if task.slot else ""),
                "url": f"{base}tasks/{task.key}/",
            }
        )
    return groups


class WithdrawView(ActView):
    """撤回申请 by the enterprise."""

    model = PoolApplication
    related = (*ActView.related, "batch")

    def consequences(self, case: Any, row: Act) -> list[dict[str, str]]:
        return super().consequences(case, row) + consequences.of(case, row.name, clock.now())


class EnterpriseAct(RoleRequired, View):
    """POST /applications/<no>/<act>/: the page of the person whose act it is answers."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        from registry.views.applications import ApplicationAct

        row = PoolApplication.acts().get(kwargs["act"])
        if row is None or row.follows:
            raise Http404(kwargs["act"])
        view = ApplicationAct if UNIT not in row.by else CheckView if row.submits else WithdrawView
        return view.as_view()(request, *args, **kwargs)


class Receipt(CasePage):
    """受理回执, as a page and as PDF."""

    model = PoolApplication
    related = (*CasePage.related, "batch")

    def get(self, request: HttpRequest, no: str, format: str = "") -> HttpResponse:
        case = self.get_case()
        submission = case.submissions.select_related("by").order_by("-n").first()
        if submission is None:
            raise Http404("尚未提交")
        filed = localtime(submission.at)
        context = {
            "case": case,
            "tag": present.tag(case),
            "issuer": "北京市经济和信息化局",
            "no": case.no,
            "matter": f"绿色制造单位培育库入库申请（{case.category.label}）",
            "unit": case.unit.name,
            "code": case.unit.entity.credit_code or "—",
            "district": case.district.name if case.district else "待定",
            "filed_by": submission.by.name,
            "filed_at": f"{chinese_date(filed.date())} {filed:%H:%M}",
            "version": f"第 {submission.n} 次提交",
            "documents": [
                {"title": d.get_kind_display(), "file": d.name, "pages": d.pages or "", "digest": d.sha256}
                for d in case.documents.current().filed()
            ],
            "next_step": f"{holder(case)}，{chinese_date(case.due_on)}前" if case.due_on else holder(case),
            "contact": Setting.text("notice_phone", on=clock.today()),
            "dated": chinese_date(filed.date()),
            "check": f"提交内容校验值 {submission.hash}",
        }
        if format == "pdf":
            html = render_to_string("print/receipt.html", context)
            answer = HttpResponse(
                printing.html_pdf(html, title="受理回执", dated=filed.date()), content_type="application/pdf"
            )
            answer["Content-Disposition"] = f'attachment; filename="{case.no}.pdf"'
            answer["Cache-Control"] = "private, no-store"
            return answer
        return render(
            request, "registry/my/receipt.html", context | {"ahead": ahead(case), "steps": steps(case)}
        )
