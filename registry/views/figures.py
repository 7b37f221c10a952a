"""The numbers of the desk: from few aggregate queries to what the components draw."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q

from greenmfg import periods, rulebook
from greenmfg.rulebook import Category
from registry.models import Batch, Case, Objection, PoolApplication, Publicity, Registration, Roster, User
from registry.roles import CHIEF, DISTRICT, OFFICER
from registry.views import present
from registry.views.drawing import Band, histogram, tile_levels

LIST = "/applications/"
# States by how far an application has come; the first is the enterprise's filing.
WITH_DISTRICT = {"with_district", "returned_by_district"}
RETURNED = {"returned_by_district", "returned_by_bureau"}
ON_NOTICE = {"on_notice", "admitted", "pool_left"}
DECIDED = {"cleared", "refused", *ON_NOTICE}
WITH_BUREAU = {"examining", "rechecking", "returned_by_bureau", *DECIDED}
FILED = {"district_declined", *WITH_DISTRICT, *WITH_BUREAU}

Rows = list[Any]  # dictionaries, as values() gives them


def near(today: date, *, calendar: periods.Calendar) -> date:
    """The last day that is still amber: the one before the first day that is green."""
    return periods.add_working_days(today, present.AMBER_DAYS + 1, calendar=calendar).on - timedelta(days=1)


def lights(today: date, *, amber_until: date) -> dict[str, Count]:
    """Aggregates n, red, amber over cases by their due date."""
    return {
        "n": Count("pk"),
        "red": Count("pk", filter=Q(due_on__lt=today)),
        "amber": Count("pk", filter=Q(due_on__gte=today, due_on__lte=amber_until)),
    }


def summed(rows: Rows, *states: str) -> dict[str, int]:
    """n, red and amber over the rows of these states."""
    chosen = [row for row in rows if row["state"] in states]
    return {key: sum(row[key] for row in chosen) for key in ("n", "red", "amber")}


def by_state(user: User, *, today: date, amber_until: date) -> Rows:
    """Open and closed applications that this person sees: per state n, red and amber."""
    seen = PoolApplication.objects.visible_to(user).order_by()
    return list(seen.values("state").annotate(**lights(today, amber_until=amber_until)))


def tile(
    label: str, icon: str, sums: dict[str, int], *, url: str, red_word: str = "逾期", unit: str = "件"
) -> dict[str, Any]:
    """One tile with its bar of lights and the words under it."""
    green = sums["n"] - sums["red"] - sums["amber"]
    words = [
        {"light": light, "text": f"{word} {count}"}
        for light, word, count in [
            ("red", red_word, sums["red"]),
            ("amber", f"{present.AMBER_DAYS}日内", sums["amber"]),
            ("green", "正常", green),
        ]
        if count
    ]
    return {
        "label": label,
        "icon": icon,
        "value": sums["n"],
        "unit": unit,
        "url": url,
        "red": sums["red"],
        "amber": sums["amber"],
        "green": green,
        "words": words or [{"text": "暂无"}],
    }


def tiles(
    user: User, *, mine: dict[str, int], states: Rows, notices: Rows, objections: int, today: date
) -> list[dict[str, Any]]:
    """The tiles of a district's, officer's or chief's desk."""
    first = {DISTRICT.code: "待我推荐", CHIEF.code: "待我签发"}.get(user.role, "待我办理")
    returned = summed(states, *RETURNED)
    found = [
        tile(first, "inbox", mine, url="/desk/todo/"),
        tile("退回待补正", "arrow-back-up", returned, url=f"{LIST}?tab=returned", red_word="超期未补"),
        _on_notice(states, notices, objections, today=today),
    ]
    examining = tile("待市级审核", "clock", summed(states, "examining"), url=f"{LIST}?tab=examining")
    cleared = {"n": summed(states, "cleared")["n"], "red": 0, "amber": 0}
    waiting = tile("拟入库", "checklist", cleared, url=f"{LIST}?tab=cleared")
    waiting["words"] = [{"text": "等待拟公示" if cleared["n"] else "暂无"}]
    with_district = tile("待区级推荐", "send", summed(states, "with_district"), url=f"{LIST}?tab=district")
    if user.role == OFFICER.code:
        return [*found, with_district, waiting]
    if user.role == CHIEF.code:
        return [*found, examining, waiting]
    admitted = {"n": summed(states, "admitted")["n"], "red": 0, "amber": 0}
    in_pool = tile("本区已入库", "leaf", admitted, url=f"{LIST}?tab=admitted", unit="家")
    in_pool["words"] = [{"text": "经公示无异议入库" if admitted["n"] else "暂无"}]
    return [*found, examining, in_pool]


def task_tiles(user: User, *, mine: dict[str, int], today: date, amber_until: date) -> list[dict[str, Any]]:
    """The tiles of an evaluator's desk: all that waits, then what this person sees open, kind by kind and state by state."""
    seen = Case.objects.visible_to(user).filter(kind__in=worked_on(user), closed_at__isnull=True)
    rows = seen.order_by().values("kind", "state").annotate(**lights(today, amber_until=amber_until))
    counted = {(row["kind"], row["state"]): row for row in rows}
    nothing = {"n": 0, "red": 0, "amber": 0}
    found = [tile("待我办理", "inbox", mine, url="/desk/todo/")]
    for code in worked_on(user):
        kind = Case.kinds[code]
        for state, label in kind.State.choices:
            if state not in kind.CLOSED:
                sums = counted.get((code, state), nothing)
                found.append(tile(str(label), "clock", sums, url=f"/{kind.URL}/?tab={state}"))
    return found


def worked_on(user: User) -> list[str]:
    """The kinds of case in which this person has something to do."""
    return [
        kind.KIND
        for kind in Case.kinds.values()
        if any(role.held_by(user) for row in kind.acts().values() for role in row.by)
    ]


def _on_notice(states: Rows, notices: Rows, objections: int, *, today: date) -> dict[str, Any]:
    number = summed(states, "on_notice")["n"]
    over = sum(1 for notice in notices if notice["ends_on"] < today)
    found = tile(
        "公示中", "speakerphone", {"n": number, "red": 0, "amber": number}, url=f"{LIST}?tab=on_notice"
    )
    found["unit"] = f"家 / {len(notices)} 批" if notices else "家"
    words = []
    if over:
        words.append({"light": "red", "text": f"{over} 批期满待结束"})
    elif notices:
        words.append(
            {"light": "amber", "text": f"{present.short_date(notices[0]['ends_on'], today=today)}截止"}
        )
    if objections:
        words.append({"text": f"异议 {objections} 件待核"})
    found["words"] = words or [{"text": "等待入库" if number else "暂无"}]
    return found


def running_notices(user: User) -> Rows:
    """Notices now before the public, the one that ends first in front, with the number of lines.

    A district is shown those that name its units, and counts only these.
    """
    own = Q(lines__case__district_id=user.district_id) if user.plays(DISTRICT) else Q()
    found = Publicity.objects.filter(own, state="running").order_by("ends_on", "pk")
    return list(found.values("no", "title", "ends_on").annotate(count=Count("lines"))[:20])


def open_objections(user: User) -> int:
    """How many objections are not decided yet, as far as this person sees objections."""
    return Objection.objects.visible_to(user).filter(closed_at__isnull=True).count()


def calls(now: datetime) -> list[Batch]:
    """The calls that have not closed yet, the present one first."""
    return list(Batch.objects.calls().not_over(now).order_by("opens_on", "opens_time", "pk")[:5])


def calendar_entries(
    user: User, *, notices: Rows, batches: list[Batch], due: Rows, today: date, amber_until: date
) -> list[dict[str, Any]]:
    """The next dated things, soonest first: my dues by day, ends of notices, ends of calls."""
    found: list[tuple[date, str, str, str]] = []
    if late := sum(row["n"] for row in due if row["due_on"] < today):
        found.append((today, f"{late} 件待办已逾期", "请优先办理", "/desk/todo/?tab=red"))
    for row in due:
        if row["due_on"] >= today:
            words = "今日到期" if row["due_on"] == today else "到期"
            found.append((row["due_on"], f"{row['n']} 件待办{words}", "按办理时限", "/desk/todo/"))
    is_district = user.role == DISTRICT.code
    for notice in notices:
        url = f"/notices/{notice['no']}/" if is_district else f"/publicity/{notice['no']}/"
        found.append((notice["ends_on"], "公示截止", f"{notice['title']}，{notice['count']} 家", url))
    for batch in batches:
        url = f"{LIST}?tab=all&batch={batch.pk}" if is_district else batch.get_absolute_url()
        if batch.opens_on > today:
            found.append((batch.opens_on, "征集开放", batch.name, url))
        found.append((batch.closes_on, "征集截止", f"{batch.name}，至{batch.law.closing}", url))
    return [
        {
            "month": day.month,
            "day": day.day,
            "title": title,
            "text": text,
            "url": url,
            "light": "red" if day <= today else "amber" if day <= amber_until else "",
        }
        for day, title, text, url in sorted(found)[:6]
    ]


def batch_rows(user: User, batch: Batch | None) -> Rows:
    """The filed applications of a call: n per state and district."""
    if batch is None:
        return []
    seen = PoolApplication.objects.visible_to(user).filter(batch=batch, state__in=FILED).order_by()
    return list(seen.values("state", "district_id").annotate(n=Count("pk")))


def progress(rows: Rows, *, batch: Batch) -> list[dict[str, Any]]:
    """How far the applications of the call have come, each step as a share of the one before."""
    counts: Counter[str] = Counter()
    for row in rows:
        counts[row["state"]] += row["n"]

    def total(states: set[str]) -> int:
        return sum(counts[state] for state in states)

    steps = [
        ("企业已提交", FILED, "all", f"区级待推荐 {counts['with_district']}"),
        ("已报市局", WITH_BUREAU, "examining", f"市级待审 {counts['examining']}"),
        ("市级已审核", DECIDED, "cleared", f"拟入库 {counts['cleared']}"),
        ("已列入公示", ON_NOTICE, "on_notice", f"公示中 {counts['on_notice']}"),
        ("已入库", {"admitted"}, "admitted", ""),
    ]
    found, before = [], 0
    for tone, (label, states, tab, note) in enumerate(steps):
        value = total(states)
        share = f"{100 * value // before}%" if tone and before else ""
        url = f"{LIST}?batch={batch.pk}&tab={tab}"
        found.append({"label": label, "value": value, "share": share, "note": note, "url": url, "tone": tone})
        before = value
    return found


def by_district(rows: Rows, *, batch: Batch) -> dict[str, dict[str, Any]]:
    """Values of the tile map: per district code number, shade and address."""
    counts: Counter[str] = Counter()
    for row in rows:
        if row["district_id"]:
            counts[row["district_id"]] += row["n"]
    levels = tile_levels(counts)
    return {
        code: {"value": n, "level": levels[code], "url": f"{LIST}?batch={batch.pk}&tab=all&district={code}"}
        for code, n in counts.items()
    }


def bands(edition: rulebook.Edition) -> list[Band]:
    """The grades of the edition in force as the drawings want them: points as plain numbers."""
    lower = [float(band.lower or 0) for band in edition.bands]
    ends = [*lower[1:], 100.0]
    return [
        Band(band.name, start, end, min(tone, 3))
        for tone, (band, start, end) in enumerate(zip(edition.bands, lower, ends, strict=True))
    ]


def scores(user: User, batch: Batch | None, *, edition: rulebook.Edition) -> dict[str, Any]:
    """The histogram of the factories' scores in the call (Article 8 scores factories alone)."""
    if batch is None:
        return {}
    seen = PoolApplication.objects.visible_to(user).filter(
        batch=batch, score__isnull=False, unit__category=Category.GREEN_FACTORY
    )
    points = [float(score) for score in seen.order_by().values_list("score", flat=True)]
    if not points:
        return {}
    start = max(0, min(45, int(min(points) // 5) * 5))
    return {"hist": histogram(points, bands(edition), start=start, step=5), "n": len(points)}


def todo_rows(rows: Rows, *, today: date, calendar: periods.Calendar, edition: rulebook.Edition) -> Rows:
    """Cases of any kind as rows of the to-do table; three queries at most for what the kinds add. `edition` is today's."""
    wanted: dict[str, list[int]] = {}
    for row in rows:
        wanted.setdefault(row["kind"], []).append(row["pk"])
    titles: dict[int, str] = {}
    for kind in (Publicity, Roster):
        if keys := wanted.get(kind.KIND):
            titles |= dict(kind.objects.filter(pk__in=keys).values_list("pk", "title"))
    if keys := wanted.get(Registration.KIND):
        titles |= dict(Registration.objects.filter(pk__in=keys).values_list("pk", "name"))
    scored: dict[int, tuple[Decimal | None, bool | None]] = {}
    if keys := wanted.get(PoolApplication.KIND):
        fields = ("pk", "score", "meets_requirements")
        found = PoolApplication.objects.filter(pk__in=keys).values_list(*fields)
        scored = {pk: (score, meets) for pk, score, meets in found}
    return [
        _todo_row(row, titles.get(row["pk"], ""), *scored.get(row["pk"], (None, None)), edition=edition)
        | present.due(row["due_on"], today=today, calendar=calendar)
        for row in rows
    ]


def _todo_row(
    row: dict[str, Any],
    title: str,
    score: Decimal | None,
    meets: bool | None,
    *,
    edition: rulebook.Edition,
) -> dict[str, Any]:
    kind = Case.kinds[row["kind"]]
    site = row["unit__site"]
    name = title or row["unit__entity__name"] or row["no"]
    is_factory = row["unit__category"] == Category.GREEN_FACTORY
    level = ""
    if score is not None and is_factory:
        band = rulebook.grade(score, meets_requirements=bool(meets), edition=edition)
        # Before a unit is listed a grade is only a comparison (Article 8), never a bare title.
        level = f"参照{band.name}" if band else "未达评价要求"
        if score < edition.pool_threshold:
            level = f"不足{edition.pool_threshold:g}分"
    review = "review/" if kind is PoolApplication else ""
    return {
        "title": f"{name}（{site}）" if site and not title else name,
        "no": row["no"],
        "place": row["district__short"] or "",
        "matter": kind.LABEL,
        "score": score,
        "level": level,
        "note": str(dict(kind.State.choices).get(row["state"], "")),
        "url": f"/{kind.URL}/{row['no']}/{review}",
        "button": "办理",
    }
