"""A page whose form keeps itself: saving a draft, by hand or by the page's own script."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from registry.acts import NotNow
from registry.drafts import save_draft
from registry.models import Case
from registry.views.cases import CasePage, number


class DraftPage(CasePage):
    """`keep` saves a form of the case's fields; with X-Autosave it answers 204 and the version in X-Version."""

    def keep(self, case: Case, form: Any) -> HttpResponse:
        """Save what is in good shape. A refusal shows the page again with what was typed."""
        quiet = "X-Autosave" in self.request.headers
        good = form.is_valid()
        if not (good or quiet):
            errors = [
                {"text": str(e), "url": f"#id_{name}"} for name, found in form.errors.items() for e in found
            ]
            return self.again(case, form, errors=errors, status=422)
        stored = type(case).objects.get(pk=case.pk)  # the form has written into `case` itself
        fields = self.fields_of(stored, form)
        try:
            saved = save_draft(stored, by=self.user, seen=number(self.request.POST.get("seen")), **fields)
        except NotNow as refusal:
            if quiet:
                return HttpResponse(refusal.message, status=409, content_type="text/plain; charset=utf-8")
            return self.again(case, form, errors=[{"text": refusal.message}], status=409)
        if quiet:
            answer = self.told(saved, form)
            answer.status_code = answer.status_code if good else 422
            answer["X-Version"] = str(saved.version)
            return answer
        return self.kept(saved)

    def fields_of(self, case: Any, form: Any) -> dict[str, Any]:
        """What of the form is kept in the case: what is in good shape, even when a neighbour is not."""
        return {name: form.cleaned_data[name] for name in form.cleaned_data if name in form.fields}

    def told(self, saved: Any, form: Any) -> HttpResponse:
        """The answer to the page's own script: nothing, or as JSON what follows from what was kept."""
        return HttpResponse(status=204)

    def again(self, case: Any, form: Any, *, errors: list[dict[str, str]], status: int) -> HttpResponse:
        """The page once more, with the form as it was typed."""
        raise NotImplementedError

    def kept(self, saved: Any) -> HttpResponse:
        """The answer to a person who pressed the button."""
        raise NotImplementedError
