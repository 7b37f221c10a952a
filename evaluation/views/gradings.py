"""The pages of one grading: the unit evaluates itself, its agency scores, the bureau confirms the grade."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render

from evaluation.forms import OwnForm
from evaluation.models import Grading, Scored
from evaluation.results import explained
from evaluation.views.pages import RELATED, EvaluationFiles, ScoredAct, ScoredHome, taken
from greenmfg.rulebook import Material
from registry.models import Case, Document
from registry.roles import CHIEF, DISTRICT, EVALUATOR, OFFICER, UNIT, Role
from registry.views.files import FileAside, card, material, upload_limits

WHO = (UNIT, DISTRICT, EVALUATOR, OFFICER, CHIEF)
GRADING = (*(name for name in RELATED if name != "target"), "round__scheme", "scheme")
STEPS = ("纳入评价", "企业自评", "第三方评价", "市局确认级别")
REACHED = {"self_assessing": 1, "assigned": 2, "to_assign": 2, "scoring": 2, "concluded": 3, "graded": 4}


class GradingHome(ScoredHome):
    """What a grading asks of this person now."""

    roles = WHO
    model = Grading
    related = GRADING
    list_name = "分级评价"

    @property
    def author(self) -> Role:
        return UNIT if self.user.plays(UNIT) else EVALUATOR

    def form(self, case: Any, data: Any = None) -> Any:
        if self.user.plays(UNIT):
            return OwnForm(data, case=case, documents=self.material(case))
        return super().form(case, data)

    def steps(self, case: Scored) -> list[dict[str, Any]]:
        return taken(STEPS, REACHED.get(case.state))

    def shell(self, case: Any) -> dict[str, Any]:
        found = super().shell(case)
        if self.user.plays(UNIT):
            found |= {"list_url": "/my/", "list_name": "我的事项"}
        return found

    def kept(self, saved: Scored) -> HttpResponse:
        if self.request.POST.get("then") == "file_own":
            return redirect(f"{saved.get_absolute_url()}file_own/")
        return super().kept(saved)

    def score(self, case: Scored, form: Any, *, errors: Any = None, status: int = 200) -> HttpResponse:
        if not isinstance(form, OwnForm):
            return super().score(case, form, errors=errors, status=status)
        base = case.get_absolute_url()
        documents = self.material(case)
        context = self.shell(case) | {
            **material(documents, asked=self.request.GET.get("doc", "")),
            **upload_limits(),
            **self.sheet(case, form),
            "form": form,
            "errors": errors,
            "slot": Material.EVIDENCE,
            "evidence_files": [card(d) | {"remove": f"{base}files/{d.pk}/aside/"} for d in documents],
            "upload_fields": [{"name": "next", "value": base}],
            "buttons": self.buttons(case),
        }
        return render(self.request, "evaluation/own.html", context, status=status)

    def read(self, case: Scored, *, status: int = 200, **extra: Any) -> HttpResponse:
        if self.user.sees_internal or self.user.plays(EVALUATOR):
            return super().read(case, status=status, **extra)
        # The unit and its district read the outcome once it is one; before, how far it has come.
        graded = case.state == "graded"
        context = self.shell(case) | {
            "lines": explained(list(case.score_lines.all())) if graded and case.scheme_id else {},
            "graded": graded,
            "files_url": f"{case.get_absolute_url()}files/",
            "buttons": self.buttons(case),
        }
        return render(self.request, "evaluation/grading.html", context | extra, status=status)


class GradingFiles(EvaluationFiles):
    """佐证材料 of the unit, 评价报告 of the agency: each puts its own."""

    roles = WHO
    model = Grading
    related = GRADING

    @property
    def owner(self) -> Role:  # type: ignore[override]
        return UNIT if self.user.plays(UNIT) else EVALUATOR

    @property
    def slots(self) -> tuple[Material, ...]:  # type: ignore[override]
        return (Material.EVIDENCE,) if self.user.plays(UNIT) else (Material.EVALUATION_REPORT,)

    def documents(self, case: Case) -> QuerySet[Document]:
        return Document.objects.visible_to(self.user).filter(case=case.pk)


class GradingFileAside(FileAside):
    """Take a file out of its slot; the version stays on record."""

    roles = WHO
    model = Grading

    @property
    def owner(self) -> Role:  # type: ignore[override]
        return UNIT if self.user.plays(UNIT) else EVALUATOR

    @property
    def slots(self) -> tuple[Material, ...]:  # type: ignore[override]
        return (Material.EVIDENCE,) if self.user.plays(UNIT) else (Material.EVALUATION_REPORT,)


class GradingAct(ScoredAct):
    """One act of one grading."""

    roles = WHO
    model = Grading
    related = GRADING
