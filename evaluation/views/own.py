"""按指标自评: an applicant answers the scheme item by item; the total becomes its own score (Articles 5, 8)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from evaluation.forms import SheetForm
from evaluation.models import SchemeVersion, schemes_on
from evaluation.scoring import Answer, Result, answers_from, plain_answers, score
from evaluation.views import sheets
from greenmfg import clock
from registry.models import Document, PoolApplication, User
from registry.models.editions import edition_on
from registry.roles import UNIT
from registry.views import present
from registry.views.drafting import DraftPage


def scheme_for(case: PoolApplication) -> SchemeVersion | None:
    """The scheme that an application answers: the one it has begun with, else the one in force for its category."""
    begun = case.self_sheet.get("scheme")
    known = SchemeVersion.objects.filter(code=begun).first() if begun else None
    return known or next(iter(schemes_on(clock.today(), category=case.category)), None)


def url_for(case: PoolApplication, user: User) -> str:
    """Where this person answers it item by item; empty where there is nothing to answer."""
    if not (UNIT.may(case, user) and case.may_edit(user) and scheme_for(case)):
        return ""
    return f"{case.get_absolute_url()}own/"


class ApplicantForm(SheetForm):
    """The sheet of an application."""

    self_agency = forms.CharField(
        label="自评协助机构",
        max_length=100,
        required=False,
        help_text="委托机构协助开展自评的，填写机构全称；该机构不再承担本单位的第三方评价",
    )

    def __init__(
        self, data: Any = None, *, case: PoolApplication, version: SchemeVersion, **kwargs: Any
    ) -> None:
        answers: dict[str, Answer] = answers_from(case.self_sheet.get("answers", {}))
        initial = {"self_agency": case.self_agency}
        super().__init__(data, scheme=version.loaded(), answers=answers, initial=initial, **kwargs)
        self.version = version

    def result(self) -> Result:
        return score(self.scheme, self.answers)

    def kept(self) -> dict[str, Any]:
        """The fields of the application to write; without an answer the score may be typed again."""
        result = self.result()
        begun = any(line.points is not None for line in result.lines)
        sheet = {"scheme": self.version.code, "answers": plain_answers(self.answers)}
        found: dict[str, Any] = {
            "self_sheet": sheet if sheet["answers"] else {},
            "self_score": result.total if begun else None,
        }
        if "self_agency" in self.cleaned_data:
            found["self_agency"] = self.cleaned_data["self_agency"]
        return found


class OwnSheet(DraftPage):
    """The applicant's page; it keeps itself."""

    roles = (UNIT,)
    model = PoolApplication

    def start(self) -> tuple[PoolApplication, SchemeVersion]:
        case: PoolApplication = self.get_case()
        version = scheme_for(case)
        if version is None:
            raise Http404(case.no)
        return case, version

    def form(self, case: PoolApplication, version: SchemeVersion, data: Any = None) -> ApplicantForm:
        return ApplicantForm(data, case=case, version=version, documents=self.documents(case))

    def documents(self, case: PoolApplication) -> list[Document]:
        return [d for d in Document.objects.current().of(case, self.user) if not d.is_internal]

    def get(self, request: HttpRequest, no: str) -> HttpResponse:
        case, version = self.start()
        if not case.may_edit(self.user):
            return redirect(case.get_absolute_url())
        return self.show(case, self.form(case, version))

    def post(self, request: HttpRequest, no: str) -> HttpResponse:
        case, version = self.start()
        return self.keep(case, self.form(case, version, request.POST))

    def fields_of(self, case: Any, form: Any) -> dict[str, Any]:
        found: dict[str, Any] = form.kept()
        return found

    def told(self, saved: PoolApplication, form: Any) -> HttpResponse:
        return sheets.told(saved.category, form, form.result(), edition=edition_on(clock.today()))

    def kept(self, saved: PoolApplication) -> HttpResponse:
        messages.success(self.request, f"已保存自评，合计 {sheets.points(saved.self_score)} 分")
        return redirect(saved.get_absolute_url())

    def again(self, case: Any, form: Any, *, errors: list[dict[str, str]], status: int) -> HttpResponse:
        return self.show(self.get_case(), form, errors=errors, status=status)

    def show(
        self, case: PoolApplication, form: ApplicantForm, *, errors: Any = None, status: int = 200
    ) -> HttpResponse:
        result = form.result()
        context = {
            "case": case,
            "tag": present.tag(case),
            "form": form,
            "errors": errors,
            "scheme": form.version,
            "sections": sheets.rows(form, result),
            "standing": sheets.standing(result, category=case.category, edition=edition_on(clock.today())),
            "numbered": [f"{n}. {d.title}" for n, d in enumerate(form.documents, start=1)],
        }
        return render(self.request, "evaluation/applicant.html", context, status=status)
