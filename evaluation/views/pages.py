"""The pages of one evaluation: the evaluator declares, scores and submits; the bureau reads and decides."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, ClassVar

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from evaluation.forms import ConclusionForm, DeclarationForm, RecusalForm
from evaluation.models import Evaluation
from greenmfg import clock
from greenmfg.rulebook import Material
from registry.acts import Act
from registry.casework import new_op
from registry.forms import ActForm, form_for
from registry.models import Case, Document, PoolApplication
from registry.models.editions import edition_on
from registry.roles import CHIEF, EVALUATOR, OFFICER
from registry.views import checks, present
from registry.views.applications import filed_facts
from registry.views.cases import ActView
from registry.views.drafting import DraftPage
from registry.views.files import FileAside, FilesView, card, material, upload_limits

WHO = (EVALUATOR, OFFICER, CHIEF)
RELATED = ("unit__entity", "unit__district", "district", "handler", "agency", "target")
STEPS = ("委托评价", "利益冲突声明", "评价", "市局确认")
REACHED = {"assigned": 1, "scoring": 2, "concluded": 3, "confirmed": len(STEPS)}


def steps(case: Evaluation) -> list[dict[str, Any]]:
    """How far the evaluation has come; nothing for one that was broken off."""
    reached = REACHED.get(case.state)
    if reached is None:
        return []
    return [
        {"label": name, "state": "done" if n < reached else "now" if n == reached else "todo"}
        for n, name in enumerate(STEPS)
    ]


def filed(case: Evaluation) -> dict[str, Any]:
    """The conclusion as last submitted, frozen: score, verdict, conclusion, when, its documents; empty before that."""
    submission = case.submissions.order_by("-n").first()
    if submission is None:
        return {}
    payload = json.loads(submission.payload)
    score = payload["score"]
    return {
        "n": submission.n,
        "when": present.moment(submission.at),
        "score": None if score is None else Decimal(score),
        "meets": payload["meets_requirements"] == "True",
        "verdict": Evaluation.VERDICTS[payload["meets_requirements"] == "True"],
        "conclusion": payload["conclusion"],
        "documents": [one["id"] for one in payload["documents"]],
    }


class EvaluationHome(DraftPage):
    """What an evaluation asks of this person now: to declare, to score, or to read. POST keeps the conclusion."""

    roles = WHO
    model = Evaluation
    related = RELATED

    def get(self, request: HttpRequest, no: str) -> HttpResponse:
        case = self.get_case()
        if EVALUATOR.may(case, self.user) and case.state == "assigned":
            return render(request, "evaluation/declare.html", self.declaring(case))
        if case.may_edit(self.user):
            return self.score(case, ConclusionForm(instance=case))
        return self.read(case)

    def post(self, request: HttpRequest, no: str) -> HttpResponse:
        case = self.get_case()
        if not EVALUATOR.may(case, self.user):
            words = "评价结论由所委托的评价机构填写"
            return render(request, "403.html", {"exception": words}, status=403)
        return self.keep(case, ConclusionForm(request.POST, instance=case))

    def kept(self, saved: Evaluation) -> HttpResponse:
        if self.request.POST.get("then") == "conclude":
            return redirect(f"{saved.get_absolute_url()}conclude/")
        messages.success(self.request, "已保存评价结论，尚未提交")
        return redirect(saved.get_absolute_url())

    def again(
        self, case: Evaluation, form: Any, *, errors: list[dict[str, str]], status: int
    ) -> HttpResponse:
        fresh = self.get_case()
        if fresh.may_edit(self.user):
            return self.score(fresh, form, errors=errors, status=status)
        return self.read(fresh, errors=errors, form=form, row=Evaluation.acts()["conclude"], status=status)

    # --- what each of the three shows

    def shell(self, case: Evaluation) -> dict[str, Any]:
        """What all three show, and the application as far as this person sees it now."""
        seen = PoolApplication.objects.visible_to(self.user).filter(pk=case.target_id)
        history = list(self.history(case))
        sent_back = next((event for event in history if event.act in {"send_back", "conclude"}), None)
        return {
            "case": case,
            "tag": present.tag(case),
            "due": self.due(case),
            "steps": steps(case),
            "application": seen.select_related("unit__entity", "batch", "district").first(),
            "events": present.timeline(history),
            "sent_back": sent_back.reason if sent_back and sent_back.act == "send_back" else "",
        }

    def declaring(self, case: Evaluation) -> dict[str, Any]:
        now, acts = clock.now(), case.acts()
        return self.shell(case) | {
            "op": new_op(),
            "declaration": DeclarationForm(case=case, row=acts["begin"], at=now),
            "recusal": RecusalForm(case=case, row=acts["recuse"], at=now),
        }

    def score(
        self, case: Evaluation, form: ConclusionForm, *, errors: Any = None, status: int = 200
    ) -> HttpResponse:
        shell = self.shell(case)
        application = shell["application"]
        documents = list(application.documents.current()) if application else []
        base = case.get_absolute_url()
        reports = case.documents.current().filter(kind=Material.EVALUATION_REPORT)
        context = shell | {
            **material(documents, asked=self.request.GET.get("doc", "")),
            **upload_limits(),
            "form": form,
            "errors": errors,
            "facts": filed_facts(application) if application else [],
            "slot": Material.EVALUATION_REPORT,
            "reports": [card(d) | {"remove": f"{base}files/{d.pk}/aside/"} for d in reports],
            "upload_fields": [{"name": "next", "value": base}],
        }
        return render(self.request, "evaluation/task.html", context, status=status)

    def read(self, case: Evaluation, *, status: int = 200, **extra: Any) -> HttpResponse:
        shell, found = self.shell(case), filed(case)
        documents = list(case.documents.filter(pk__in=found.get("documents", [])))
        edition = edition_on(clock.today())
        ruler = None
        if found and found["score"] is not None:
            ruler = checks.ruler_at(found["score"], meets_requirements=found["meets"], edition=edition)
        context = shell | {
            **material(documents, asked=self.request.GET.get("doc", "")),
            "filed": found,
            "ruler": ruler,
            "scores": self.scores(case, shell["application"], found),
            "buttons": self.buttons(case),
        }
        return render(self.request, "evaluation/evaluation.html", context | extra, status=status)

    def scores(
        self, case: Evaluation, application: PoolApplication | None, found: dict[str, Any]
    ) -> dict[str, Any]:
        """自评, 第三方 and 市局 side by side for the bureau, which has all three."""
        if application is None or not case.is_scored or not self.user.sees_internal:
            return {}
        own, theirs = application.self_score, found.get("score")
        gap = theirs - own if theirs is not None and own is not None else None
        return {
            "own": own,
            "theirs": theirs,
            "ours": application.score,
            "gap": gap,
            "minus": bool(gap and gap < 0),
        }


class EvaluationFiles(FilesView):
    """第三方评价报告: every version for the agency; for the bureau those that were submitted."""

    roles = WHO
    model = Evaluation
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


class EvaluationAct(ActView):
    """One act of one evaluation."""

    roles = WHO
    model = Evaluation
    related = RELATED
    TEMPLATES: ClassVar[dict[str, str]] = {"conclude": "evaluation/conclude.html"}

    @property
    def template_name(self) -> str:  # type: ignore[override]
        return self.TEMPLATES.get(self.kwargs["act"], "registry/act.html")

    def page(self, case: Evaluation, row: Act | None, form: ActForm | None) -> dict[str, Any]:
        found = super().page(case, row, form)
        if row is not None and row.name == "conclude":
            found["reports"] = [card(d) for d in case.documents.current()]
            if form is None and case.state in row.sources:
                found["form"] = form_for(case, row, at=clock.now())
        return found

    def consequences(self, case: Case, row: Act) -> list[dict[str, str]]:
        assert isinstance(case, Evaluation)
        facts = super().consequences(case, row)
        back = {"label": "入库申请", "value": f"{case.target.no} 退回市级审核，评价机构不再可见"}
        if row.name in {"recuse", "void"}:
            return [*facts, back]
        if row.name == "confirm":
            points = f"综合得分 {case.score}，" if case.score is not None else ""
            words = f"{points}{case.verdict}评价要求；来源：{case.source_words}"
            return [*facts, {"label": "写入申请", "value": words}, back]
        return facts

    def next_url(self, done: Case, row: Act) -> str:
        if row.name in {"confirm", "void"}:
            assert isinstance(done, Evaluation)
            return f"{done.target.get_absolute_url()}review/"
        return super().next_url(done, row)
