"""文书用语: words that officers choose from, with their versions; and the words as other pages offer them."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from greenmfg import clock
from greenmfg.periods import chinese_date
from greenmfg.rulebook import Bar, Clock, Edition
from registry.forms import WordingForm
from registry.models import Objection, PoolApplication, Setting, Wording
from registry.models.editions import edition_on
from registry.models.log import canonical, digest, values
from registry.models.terms import PLACEHOLDERS
from registry.roles import OFFICER
from registry.upkeep import wordings
from registry.views.upkeep import KeptPage, history, tried

LABELS = {f.name: str(f.verbose_name) for f in Wording._meta.concrete_fields}


class WordingList(KeptPage):
    """All words, by use."""

    def get(self, request: HttpRequest) -> HttpResponse:
        rows = list(Wording.objects.all())
        groups = [
            {"kind": kind, "title": label, "rows": [row for row in rows if row.kind == kind]}
            for kind, label in Wording.Kind.choices
        ]
        context = {"groups": groups, "may_write": OFFICER.held_by(self.user)}
        return render(request, "registry/manage/wordings.html", context)


class WordingPage(KeptPage):
    """One wording, or a new one: the form, what it says with a sample or a case, its versions. POST saves or previews."""

    def get(self, request: HttpRequest, code: str = "") -> HttpResponse:
        row = self.row(code)
        initial = {"kind": request.GET.get("kind", ""), "order": 100, "active": True}
        form = WordingForm(instance=row, initial={} if row.pk else initial)
        return self.show(row, form, text=row.text)

    def post(self, request: HttpRequest, code: str = "") -> HttpResponse:
        if not OFFICER.held_by(self.user):
            self.refuse_role()
        row = self.row(code)
        before = values(row) if row.pk else {}
        form = WordingForm(request.POST, instance=row)
        if not form.is_valid():
            return self.show(row, form, text=request.POST.get("text", ""), status=422)
        given = {"where": "", **form.cleaned_data}
        if not row.pk:
            row.code, row.kind = given["code"].strip(), given["kind"]
        if "preview" in request.POST:
            return self.show(row, form, text=given["text"])
        # What stood there when the form was opened, by its mark; else somebody else's words would be lost.
        seen = before if request.POST.get("seen", "") == mark(before) else {"": None}
        done, status = tried(
            form, lambda: wordings.write(row, given, seen=seen, by=self.user, at=clock.now())
        )
        if done is None:
            return self.show(row, form, text=given["text"], status=status)
        messages.success(request, f"已保存用语“{done.label}”")
        return redirect(f"/manage/templates/{done.code}/")

    def row(self, code: str) -> Wording:
        return get_object_or_404(Wording, code=code) if code else Wording()

    def show(self, row: Wording, form: WordingForm, *, text: str, status: int = 200) -> HttpResponse:
        kind = row.kind or self.request.POST.get("kind") or self.request.GET.get("kind") or "return"
        known = PLACEHOLDERS.get(kind, {})
        no = (self.request.POST.get("case") or self.request.GET.get("case") or "").strip()
        case = self.case(no)
        given: dict[str, object] = dict(known)
        if case is not None:
            given = values_of(case, edition=edition_on(clock.today()), bars=case.bars())
        filled = Wording(text=text, kind=kind).filled({name: given.get(name) for name in known})
        context = {
            "row": row,
            "form": form,
            "kind": dict(Wording.Kind.choices).get(kind, ""),
            "may_write": OFFICER.held_by(self.user),
            "placeholders": [{"name": f"{{{name}}}", "sample": sample} for name, sample in known.items()],
            "seen": self.request.POST.get("seen") or mark(values(row) if row.pk else {}),
            "preview": filled,
            "case": case,
            "case_no": no,
            "with_case": kind in {"return", "refuse"},
            "history": history(wordings.LEDGER, row.code, labels=LABELS) if row.pk else [],
        }
        return render(self.request, "registry/manage/wording.html", context, status=status)

    def case(self, no: str) -> PoolApplication | None:
        """An application to try the words on, among those this person may see."""
        if not no:
            return None
        seen = PoolApplication.objects.visible_to(self.user).select_related("unit__entity")
        found: PoolApplication | None = seen.filter(no__iexact=no).first()
        return found


def mark(stood: dict[str, str | None]) -> str:
    """A short mark of what stood in a row, to see whether somebody changed it meanwhile."""
    return digest("sha256", canonical(stood))[:16] if stood else ""


def values_of(case: PoolApplication, *, edition: Edition, bars: Iterable[Bar]) -> dict[str, object]:
    """What words about an application may be filled with; a name is missing where it would not be true."""
    assert case.unit is not None
    today = clock.today()
    low = case.score is not None and case.score < edition.pool_threshold
    gap = abs(case.score - case.self_score) if case.score is not None and case.self_score is not None else 0
    until = [bar.until for bar in bars if bar.clock is Clock.CITY and bar.runs_on(today)]
    return {
        "单位名称": case.unit.name,
        "不足得分": case.score if low else None,
        "得分差": gap or None,
        "入库得分": edition.pool_threshold,
        "本年度": today.year,
        "上年度": today.year - 1,
        "限制期至": chinese_date(max(until)) if until else None,
    }


def answers_to(objection: Objection) -> dict[str, object]:
    """What words of an answer to an objection may be filled with."""
    return {
        "单位名称": objection.unit.name if objection.unit else None,
        "反映人": objection.objector,
        "收到日期": chinese_date(objection.received_on),
    }


def notice_text(edition: Edition) -> str:
    """The body of a notice as the office writes it: the first wording of this use, with today's contacts.

    The period is not in it: it stands in its own fields, so that no text can contradict the days counted.
    """
    terms = Setting.terms("notice_phone", "notice_mail", "notice_address", on=clock.today())
    contacts = {"联系电话": "notice_phone", "联系邮箱": "notice_mail", "联系地址": "notice_address"}
    given = {"办法": edition.title} | {name: terms[key].value for name, key in contacts.items()}
    offered = Wording.offered(Wording.Kind.NOTICE, values=given)[Wording.Kind.NOTICE]
    return str(offered[0]["text"]) if offered else ""


__all__ = ["WordingList", "WordingPage", "answers_to", "notice_text", "values_of"]
