"""The pages of one evaluation: the evaluator declares, scores and submits; the bureau reads and decides."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from evaluation.forms import ConclusionForm, DeclarationForm, RecusalForm, RevisionForm, ScoringForm
from evaluation.models import Evaluation, Scored
from evaluation.views import outcome, sheets
from greenmfg import clock
from greenmfg.rulebook import Material
from registry.acts import Act
from registry.casework import new_op
from registry.forms import ActForm, form_for
from registry.models import Case, Document, PoolApplication
from registry.models.editions import edition_on
from registry.roles import CHIEF, EVALUATOR, OFFICER, Role
from registry.views import present
from registry.views.applications import filed_facts
from registry.views.cases import ActView
from registry.views.drafting import DraftPage
from registry.views.files import FileAside, FilesView, card, material, upload_limits

WHO = (EVALUATOR, OFFICER, CHIEF)
RELATED = ("unit__entity", "unit__district", "district", "handler", "agency", "target")
STEPS = ("委托评价", "利益冲突声明", "评价", "市局确认")
REACHED = {"assigned": 1, "scoring": 2, "concluded": 3, "confirmed": len(STEPS)}


def taken(names: Sequence[str], reached: int | None) -> list[dict[str, Any]]:
    """How far a case has come, as `steps.html` shows it; nothing for one that was broken off."""
    if reached is None:
        return []
    return [
        {"label": name, "state": "done" if n < reached else "now" if n == reached else "todo"}
        for n, name in enumerate(names)
    ]


class ScoredHome(DraftPage):
    """What a scored case asks of this person now: to declare, to score, or to read. POST keeps the conclusion."""

    roles = WHO
    related = RELATED
    list_name = "第三方评价"

    def get(self, request: HttpRequest, no: str) -> HttpResponse:
        case = self.get_case()
        if EVALUATOR.may(case, self.user) and case.state == "assigned":
            return render(request, "evaluation/declare.html", self.declaring(case))
        if case.may_edit(self.user):
            return self.score(case, self.form(case))
        return self.read(case)

    def post(self, request: HttpRequest, no: str) -> HttpResponse:
        case = self.get_case()
        if not self.author.may(case, self.user):
            words = "评价结论由所委托的评价机构填写"
            return render(request, "403.html", {"exception": words}, status=403)
        return self.keep(case, self.form(case, request.POST))

    @property
    def author(self) -> Role:
        """Whose words the page keeps."""
        return EVALUATOR

    def form(self, case: Any, data: Any = None) -> Any:
        """The agency's: by the scheme where there is one, else with a typed score."""
        if case.scheme_id is None:
            return ConclusionForm(data, instance=case)
        return ScoringForm(data, case=case, documents=self.material(case))

    def material(self, case: Scored) -> list[Document]:
        """What this person may look at while scoring, in the order in which evidence names it."""
        return list(case.evidence_documents())

    def fields_of(self, case: Any, form: Any) -> dict[str, Any]:
        found: dict[str, Any] = form.kept(case)
        return found

    def told(self, saved: Any, form: Any) -> HttpResponse:
        if saved.scheme_id is None:
            return super().told(saved, form)
        result = saved.result(form.answers)
        return sheets.told(saved.category, form, result, edition=edition_on(clock.today()))

    def kept(self, saved: Scored) -> HttpResponse:
        if self.request.POST.get("then") == "conclude":
            return redirect(f"{saved.get_absolute_url()}conclude/")
        messages.success(self.request, "已保存，尚未提交")
        return redirect(saved.get_absolute_url())

    def again(self, case: Scored, form: Any, *, errors: list[dict[str, str]], status: int) -> HttpResponse:
        fresh = self.get_case()
        if fresh.may_edit(self.user):
            return self.score(fresh, form, errors=errors, status=status)
        row = self.model.acts()["conclude"]
        return self.read(fresh, errors=errors, form=form, row=row, status=status)

    # --- what each of the three shows

    def shell(self, case: Any) -> dict[str, Any]:
        """What all three show."""
        history = list(self.history(case))
        sent_back = next((event for event in history if event.act in {"send_back", "conclude"}), None)
        return {
            "case": case,
            "tag": present.tag(case),
            "due": self.due(case),
            "steps": self.steps(case),
            "list_url": f"/{case.URL}/",
            "list_name": self.list_name,
            "events": present.timeline(history),
            "sent_back": sent_back.reason if sent_back and sent_back.act == "send_back" else "",
        }

    def steps(self, case: Scored) -> list[dict[str, Any]]:
        return taken(STEPS, REACHED.get(case.state))

    def declaring(self, case: Scored) -> dict[str, Any]:
        now, acts = clock.now(), case.acts()
        return self.shell(case) | {
            "op": new_op(),
            "declaration": DeclarationForm(case=case, row=acts["begin"], at=now),
            "recusal": RecusalForm(case=case, row=acts["recuse"], at=now),
        }

    def score(self, case: Scored, form: Any, *, errors: Any = None, status: int = 200) -> HttpResponse:
        documents = self.material(case)
        base = case.get_absolute_url()
        reports = case.documents.current().filter(kind=Material.EVALUATION_REPORT)
        context = self.shell(case) | {
            **material(documents, asked=self.request.GET.get("doc", "")),
            **upload_limits(),
            "form": form,
            "errors": errors,
            "slot": Material.EVALUATION_REPORT,
            "reports": [card(d) | {"remove": f"{base}files/{d.pk}/aside/"} for d in reports],
            "upload_fields": [{"name": "next", "value": base}],
        }
        if case.scheme_id is not None:
            context |= self.sheet(case, form, beside=case.own_answers)
        return render(self.request, "evaluation/task.html", context, status=status)

    def sheet(self, case: Scored, form: Any, *, beside: Any = None) -> dict[str, Any]:
        """The rows of the sheet and the running total."""
        result = case.result(form.answers)
        return {
            "scheme": case.scheme,
            "sections": sheets.rows(form, result, beside=beside),
            "standing": sheets.standing(result, category=case.category, edition=edition_on(clock.today())),
            "beside": bool(beside),
            "numbered": [f"{n}. {d.title}" for n, d in enumerate(form.documents, start=1)],
        }

    def read(self, case: Scored, *, status: int = 200, **extra: Any) -> HttpResponse:
        documents = self.shown_documents(case)
        context = self.shell(case) | {
            **material(documents, asked=self.request.GET.get("doc", "")),
            **outcome.page(case, user=self.user, edition=edition_on(clock.today())),
            "files_url": f"{case.get_absolute_url()}files/",
            "buttons": self.buttons(case),
        }
        return render(self.request, "evaluation/evaluation.html", context | extra, status=status)

    def shown_documents(self, case: Scored) -> list[Document]:
        """For a reader: the report as last submitted, then the material that its answers point to."""
        reports = list(case.documents.filter(pk__in=outcome.filed(case).get("documents", [])))
        if case.scheme_id is None or not self.user.sees_internal:
            return reports
        return [*reports, *(d for d in self.material(case) if d not in reports)]


class EvaluationHome(ScoredHome):
    """An evaluation of an application."""

    model = Evaluation

    def shell(self, case: Evaluation) -> dict[str, Any]:
        """With the application, as far as this person sees it now."""
        seen = PoolApplication.objects.visible_to(self.user).filter(pk=case.target_id)
        application = seen.select_related("unit__entity", "batch", "district").first()
        found = super().shell(case)
        if application and self.user.sees_internal:
            found["application_url"] = f"{application.get_absolute_url()}review/"
        facts = filed_facts(application) if application and case.may_edit(self.user) else []
        return found | {"application": application, "facts": facts}

    def material(self, case: Scored) -> list[Document]:
        assert isinstance(case, Evaluation)
        application = PoolApplication.objects.visible_to(self.user).filter(pk=case.target_id).first()
        return list(application.documents.current().filed()) if application else []


class EvaluationFiles(FilesView):
    """第三方评价报告: every version for the agency; for the bureau those that were submitted."""

    roles = WHO
    model: type[Case] = Evaluation
    related = RELATED
    slots = (Material.EVALUATION_REPORT,)
    owner = EVALUATOR
    owner_words = "所委托的评价机构"

    def documents(self, case: Case) -> QuerySet[Document]:
        if EVALUATOR.may(case, self.user):
            return super().documents(case)
        payloads = case.submissions.values_list("payload", flat=True)
        handed_in = {one["id"] for payload in payloads for one in json.loads(payload)["documents"]}
        return super().documents(case).filter(pk__in=handed_in)


class EvaluationFileAside(FileAside):
    """Take the report out of its slot; the version stays on record."""

    roles = WHO
    model = Evaluation
    slots = (Material.EVALUATION_REPORT,)
    owner = EVALUATOR
    owner_words = "所委托的评价机构"


class ScoredAct(ActView):
    """One act of a scored case."""

    roles = WHO
    related = RELATED
    TEMPLATES: ClassVar[dict[str, str]] = {
        "conclude": "evaluation/conclude.html",
        "revise": "evaluation/revise.html",
    }

    @property
    def template_name(self) -> str:  # type: ignore[override]
        return self.TEMPLATES.get(self.kwargs["act"], "registry/act.html")

    def page(self, case: Scored, row: Act | None, form: ActForm | None) -> dict[str, Any]:
        found = super().page(case, row, form)
        if row is not None and row.name == "conclude":
            found["reports"] = [
                card(d) for d in case.documents.current().filter(kind=Material.EVALUATION_REPORT)
            ]
            if form is None and case.state in row.sources:
                found["form"] = form_for(case, row, at=clock.now())
        if isinstance(form, RevisionForm):
            found |= outcome.revising(case, form)
        return found

    def consequences(self, case: Case, row: Act) -> list[dict[str, str]]:
        assert isinstance(case, Scored)
        facts = super().consequences(case, row)
        if row.name in {"confirm", "award"}:
            facts += outcome.consequences(case, edition=edition_on(clock.today()))
        return facts


class EvaluationAct(ScoredAct):
    """One act of one evaluation."""

    model = Evaluation

    def consequences(self, case: Case, row: Act) -> list[dict[str, str]]:
        assert isinstance(case, Evaluation)
        facts = super().consequences(case, row)
        if row.name == "confirm":
            facts.append({"label": "得分来源", "value": case.source_words})
        if row.name in {"recuse", "void", "confirm"}:
            words = f"{case.target.no} 退回市级审核，评价机构不再可见"
            facts.append({"label": "入库申请", "value": words})
        return facts

    def next_url(self, done: Case, row: Act) -> str:
        if row.name in {"confirm", "void"}:
            assert isinstance(done, Evaluation)
            return f"{done.target.get_absolute_url()}review/"
        return super().next_url(done, row)
