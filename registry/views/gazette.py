"""入库公示 for the bureau: drawing up, signing, closing, admitting."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.contrib import messages
from django.db.models import Count, Max, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import cached_property
from django.utils.timezone import localdate

from greenmfg import clock, periods, rulebook
from greenmfg.rulebook import Category, Finding
from registry import names
from registry.acts import Act
from registry.casework import new_op, perform_each
from registry.closing import closing_record
from registry.forms import ActForm, form_for
from registry.models import (
    Batch,
    Case,
    Correction,
    Event,
    Holiday,
    NoticeLine,
    Objection,
    PoolApplication,
    Publicity,
    Setting,
)
from registry.models.editions import edition_on
from registry.models.terms import Term
from registry.roles import CHIEF, OFFICER
from registry.views import present
from registry.views.case_lists import DUE, STATE, CaseList
from registry.views.cases import ActView, CaseDetail, CasePage, OpenView
from registry.views.exports import Shown
from registry.views.notices import correction_row, lines_of, paper, period_words
from registry.views.wordings import notice_text

BUREAU = (OFFICER, CHIEF)
CATEGORIES = {str(code): label for code, label in Category.choices()}


class NoticeList(CaseList):
    """入库公示."""

    roles = BUREAU
    model = Publicity
    template_name = "registry/gazette/list.html"
    path = "/publicity/"
    title = "入库公示"
    columns = ("title", "starts_on", "ends_on", "extended_to", "days", "lines_n")
    shown: ClassVar[Any] = (
        Shown(
            heading="标题 / 编号", look="main", sort="no", parts=(("标题", "title", 70), ("编号", "no", 34))
        ),
        STATE,
        Shown(heading="公示期", key="period", parts=(("起", "starts_day", 30), ("止", "ends_day", 30))),
        Shown(heading="单位数", key="lines_n", look="num", width=16),
        DUE,
    )
    tab_states: ClassVar[Any] = (
        ("drafted", "待签发", ("drafted", "sent_back")),
        ("running", "公示中", ("running",)),
        ("closed", "已结束", ("closed",)),
    )

    def filtered(self) -> QuerySet[Any]:
        rows = self.base()
        if needle := self.request.GET.get("q", "").strip():
            named = NoticeLine.objects.filter(name__contains=names.tidy(needle)).values("publicity")
            rows = rows.filter(Q(no__iexact=needle) | Q(title__contains=needle) | Q(pk__in=named))
        return rows

    def in_tab(self, rows: QuerySet[Any], tab: str) -> QuerySet[Any]:
        found: QuerySet[Any] = super().in_tab(rows, tab).annotate(lines_n=Count("lines"))
        return found

    def ordering(self) -> tuple[str, ...]:
        return ("-starts_on", "-pk")

    def selects(self) -> list[dict[str, Any]]:
        return []

    def filters(self, tab: str) -> dict[str, Any]:
        return super().filters(tab) | {"placeholder": "标题、编号、单位名称"}

    def row(self, row: dict[str, Any], *, today: Any, calendar: Any) -> dict[str, Any]:
        period = f"{present.short_date(row['starts_on'], today=today)}至"
        period += present.short_date(row["extended_to"] or row["ends_on"], today=today)
        found = super().row(row, today=today, calendar=calendar)
        return found | {
            "title": row["title"],
            "sub": row["no"],
            "period": period,
            "starts_day": periods.chinese_date(row["starts_on"]),
            "ends_day": periods.chinese_date(row["ends_on"]),
        }

    def page(self) -> dict[str, Any]:
        return super().page() | {
            "may_open": self.user.plays(OFFICER),
            "empty_icon": "speakerphone",
            "empty_title": "这里没有公示",
            "empty_text": "有拟入库的申请后，由市局经办拟公示",
        }


class NewNotice(OpenView):
    """拟公示: the text of the contract, the cleared applications, and a sum of the days before it is posted."""

    roles = (OFFICER,)
    model = Publicity
    act = "draw_up"
    template_name = "registry/gazette/new.html"

    def post(self, request: HttpRequest, act: str = "", **kwargs: Any) -> HttpResponse:
        if "preview" not in request.POST:
            return super().post(request, act, **kwargs)
        case, row = self.start(self.act)
        form = form_for(case, row, at=clock.now(), data=request.POST)
        return self.show(case, row, form, status=200 if form.is_valid() else 422, previewed=True)

    def initial(self, case: Any, row: Act) -> dict[str, Any]:
        today = clock.today()
        batch = Batch.objects.filter(applications__state="cleared").order_by("-opens_on").first()
        calendar = Holiday.calendar_around(today)
        return {
            "title": f"关于{batch.name if batch else f'{today.year}年'}北京市绿色制造培育库拟入库单位的公示",
            "text": notice_text(edition_on(today)),
            "starts_on": periods.add_working_days(today, 1, calendar=calendar).on,
            "days": Setting.number("notice_days", on=today),
        }

    def page(self, case: Any, row: Act, form: ActForm | None) -> dict[str, Any]:
        assert form is not None
        chosen = set(self.request.POST.getlist("cases")) if form.is_bound else None
        queryset = form.fields["cases"].queryset  # type: ignore[attr-defined]
        choices = [
            {
                "pk": choice.pk,
                "no": choice.no,
                "name": choice.unit.name,
                "category": CATEGORIES[choice.unit.category],
                "district": choice.unit.district.short if choice.unit.district else "",
                "score": choice.score,
                "checked": chosen is None or str(choice.pk) in chosen,
            }
            for choice in queryset
        ]
        term = Setting.term("notice_days", on=clock.today())
        form.fields["days"].help_text = term_words(term)
        heads = [form[name] for name in ("title", "text", "starts_on", "days")]
        on_it = [choice for choice in choices if choice["checked"]]
        return super().page(case, row, form) | {
            "choices": choices,
            "heads": heads,
            "cases_errors": form.errors.get("cases", []),
            "period": self.period(form),
            "paper": self.preview(form, on_it),
        }

    def preview(self, form: ActForm, on_it: list[dict[str, Any]]) -> dict[str, Any]:
        """As the public will read it, once both dates can be read; empty before."""
        period = self.period(form)
        if not period:
            return {}
        words = {name: str(form[name].value() or "") for name in ("title", "text")}
        notice = Publicity(**words, **period["dates"])
        return paper(notice, [choice | {"n": n} for n, choice in enumerate(on_it, start=1)])

    def period(self, form: ActForm) -> dict[str, Any]:
        """First and last day with the sum, as far as both fields can be read."""
        starts_on, days = form.initial.get("starts_on"), form.initial.get("days")
        if form.is_bound:
            form.is_valid()
            starts_on, days = form.cleaned_data.get("starts_on"), form.cleaned_data.get("days")
        if not starts_on or not days:
            return {}
        due = Publicity.last_day(starts_on, days=days)
        return {
            "words": period_words(starts_on, due.on, days=days),
            "why": due.explanation,
            "dates": {"starts_on": starts_on, "days": days, "ends_on": due.on},
        }


class NoticePage(CasePage):
    """What every page about one notice may need."""

    roles: ClassVar[Any] = BUREAU
    model = Publicity

    def lines(self, notice: Publicity) -> list[dict[str, Any]]:
        """The lines as they are public, with where each case stands now and whether it may be admitted."""
        rows: list[Any] = list(
            notice.lines.values(
                "n", "name", "category", "district", "case_id", "case__no", "case__state", "case__version"
            )
        )
        keys = [row["case_id"] for row in rows]
        waiting = dict(
            Objection.objects.filter(target__in=keys, closed_at__isnull=True)
            .values_list("target")
            .annotate(n=Count("pk"))
        )
        # A case that was taken back and announced anew belongs to its latest notice.
        latest = dict(
            NoticeLine.objects.filter(case__in=keys).values_list("case").annotate(at=Max("publicity"))
        )
        scores = dict(PoolApplication.objects.filter(pk__in=keys).values_list("pk", "score"))
        excepted = exceptions(keys)
        today = clock.today()
        for row in rows:
            findings = rulebook.pool_admission(
                notice_closed=notice.state == "closed",
                notice_ends_on=notice.open_until,
                on=today,
                open_objections=waiting.get(row["case_id"], 0),
            )
            here = row["case__state"] == "on_notice" and latest[row["case_id"]] == notice.pk
            row |= {
                "category": CATEGORIES.get(row["category"], row["category"]),
                "district": row["district"] or "待定区",
                "state": str(dict(PoolApplication.State.choices).get(row["case__state"], "")),
                "tone": PoolApplication.TONES.get(row["case__state"], "grey"),
                "url": f"/applications/{row['case__no']}/review/",
                "objections": waiting.get(row["case_id"], 0),
                "score": scores.get(row["case_id"]),
                "exception": excepted.get(row["case_id"], ""),
                "waits": here,
                "admissible": here and not findings,
                "why_not": "；".join(finding.message for finding in findings) if here else "",
            }
        return rows


def exceptions(cases: Any) -> dict[int, str]:
    """Case id → the reason written when it was cleared against a 原则上 (Article 8).

    Whoever signs a notice must see which of its units are exceptions, and why.
    """
    cleared = (
        Event.objects.filter(case__in=cases, act="clear").order_by("seq").values_list("case_id", "reason")
    )
    return {case: reason for case, reason in dict(cleared).items() if case is not None and reason}


class NoticeDetail(NoticePage, CaseDetail):
    """One notice: the text as the public reads it, its lines, objections, acts."""

    template_name = "registry/gazette/notice.html"

    def page(self, case: Publicity) -> dict[str, Any]:
        lines = self.lines(case)
        raised = Objection.objects.visible_to(self.user).filter(publicity=case).order_by("-pk")
        ready = [line for line in lines if line["admissible"]]
        corrections = list(
            Correction.objects.filter(publicity=case).select_related("line", "publicity").order_by("-pk")
        )
        published = [correction_row(one) for one in reversed(corrections) if one.state == "published"]
        return super().page(case) | {
            "lines": lines,
            "paper": paper(case, lines_of(case), corrections=published),
            "period": {"words": period_words(case.starts_on, case.ends_on, days=case.days)},
            "term": term_words(Setting.term("notice_days", on=self.drawn_on(case))),
            "extended_to": case.extended_to and periods.chinese_date(case.extended_to),
            "corrections": [
                {
                    "no": correction.no,
                    "place": correction.get_place_display(),
                    "state": correction.state_label,
                    "tone": correction.tone,
                }
                for correction in corrections
            ],
            "may_correct": case.state in case.PUBLIC and self.user.plays(OFFICER),
            "objections": [
                {
                    "no": objection.no,
                    "name": objection.unit.name if objection.unit else "",
                    "state": objection.state_label,
                    "tone": objection.tone,
                    "received": present.short_date(objection.received_on, today=clock.today()),
                }
                for objection in raised.select_related("unit__entity")
            ],
            "may_receive": case.state == "running" and self.user.plays(OFFICER),
            "may_admit": bool(ready) and self.user.plays(OFFICER),
            "ready": len(ready),
            "op": new_op(),
        }

    def drawn_on(self, case: Publicity) -> date:
        """The day on which it was last drawn up: the length set for that day explains it."""
        at = case.events.filter(act__in=("draw_up", "redraw")).order_by("seq").values_list("at", flat=True)
        return localdate(at.last())


class NoticeAct(ActView):
    """One act of a notice. 重新拟定 begins with what had been written."""

    roles = BUREAU
    model = Publicity

    def initial(self, case: Any, row: Act) -> dict[str, Any]:
        written = {name: getattr(case, name) for name in ("title", "text", "starts_on", "days")}
        return written if row.name == "redraw" else super().initial(case, row)

    def consequences(self, case: Any, row: Act) -> list[dict[str, str]]:
        """With what the paper says, so that nobody signs a number."""
        paper = [
            {"label": "标题", "value": case.title},
            {"label": "公示期", "value": period_words(case.starts_on, case.ends_on, days=case.days)},
            {"label": "单位数", "value": f"{case.lines.count()} 家"},
        ]
        excepted = exceptions(case.lines.values("case")) if row.name == "sign" else {}
        if excepted:
            names = case.lines.filter(case__in=excepted).values_list("name", flat=True)
            words = f"{len(excepted)} 家（{'、'.join(names)}），理由见公示页"
            paper.append({"label": "例外同意入库", "value": words})
        return [*paper, *super().consequences(case, row)]


class FromNotice(OpenView):
    """Opening what belongs to a notice, from its page: an objection to it, a correction of it."""

    roles: ClassVar[Any] = (OFFICER,)

    @cached_property
    def notice(self) -> Publicity:
        seen = Publicity.objects.visible_to(self.user)
        found: Publicity = get_object_or_404(seen, no=self.kwargs["no"])
        return found

    def against(self, case: Any, row: Act) -> list[Finding]:
        """What the measure says against it before anything is typed."""
        raise NotImplementedError

    def show(self, case: Any, row: Act, form: ActForm, **extra: Any) -> HttpResponse:
        findings = self.against(case, row)
        return super().show(case, row, form, findings=findings, blocked=bool(findings), **extra)

    def page(self, case: Any, row: Act | None, form: ActForm | None) -> dict[str, Any]:
        found = super().page(case, row, form)
        found["after"] = [{"label": "所属公示", "value": self.notice.title}, *found["after"]]
        return found | {"back": self.notice.get_absolute_url()}


class AdmitMany(NoticePage):
    """入库 after a notice: each application in its own transaction, and a list of what was left out and why."""

    roles = (OFFICER,)

    def get(self, request: HttpRequest, no: str) -> HttpResponse:
        return redirect(self.get_case().get_absolute_url())

    def post(self, request: HttpRequest, no: str) -> HttpResponse:
        notice = self.get_case()
        seen = dict(pair for value in request.POST.getlist("case") if (pair := _pair(value)))
        of_notice = PoolApplication.objects.filter(notice_lines__publicity=notice, pk__in=seen)
        cases = [(case, seen[case.pk]) for case in of_notice.select_related("unit__entity").order_by("pk")]
        if not cases:
            messages.error(request, "请至少选择一家单位")
            return redirect(notice.get_absolute_url())
        op = request.POST.get("op", "")[:40] or new_op()
        done, left = perform_each(cases, "admit", by=self.user, at=clock.now(), op=op)
        named = {case.pk: case.unit.name for case, _ in cases if case.unit}

        def shown(case: Case, why: str = "") -> dict[str, Any]:
            url = f"{case.get_absolute_url()}review/"
            return {"name": named[case.pk], "no": case.no, "url": url, "why": why}

        # Those that could not even be chosen are named too, with what holds them.
        held = [
            {"name": line["name"], "no": line["case__no"], "url": line["url"], "why": line["why_not"]}
            for line in self.lines(notice)
            if line["why_not"] and line["case_id"] not in seen
        ]
        context = {
            "notice": notice,
            "done": [shown(case) for case in done],
            "left": [*(shown(out.case, out.refusal.message) for out in left), *held],
        }
        return render(request, "registry/gazette/admitted.html", context)


class ClosingRecord(NoticePage):
    """The record of a closed notice as PDF."""

    def get(self, request: HttpRequest, no: str) -> HttpResponse:
        notice = self.get_case()
        if notice.state != "closed":
            raise Http404(no)
        answer = HttpResponse(closing_record(notice), content_type="application/pdf")
        answer["Content-Disposition"] = f'inline; filename="{notice.no}-record.pdf"'
        return answer


def term_words(term: Term) -> str:
    """设定为 5 个工作日（自2023年9月11日起），依据：……."""
    return f"设定为 {term.words}（自{periods.chinese_date(term.since)}起），依据：{term.basis}"


def _pair(value: str) -> tuple[int, int] | None:
    """Case id and version seen, from `id:version`."""
    key, _, version = value.partition(":")
    fits = key.isdecimal() and version.isdecimal() and len(value) < 30
    return (int(key), int(version)) if fits else None


__all__ = ["AdmitMany", "ClosingRecord", "FromNotice", "NewNotice", "NoticeAct", "NoticeDetail", "NoticeList"]
