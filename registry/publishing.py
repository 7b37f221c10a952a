"""From a list in the database to the paper that goes out: PDF, workbook and CSV, made once (Article 14)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Count, QuerySet

from greenmfg import rulebook
from greenmfg.rulebook import Category, Level
from registry import intake
from registry.casework import record
from registry.models import Case, Roster, RosterFile
from registry.models.editions import edition_on
from registry.models.log import canonical, digest
from registry.printing import Column, Sheet, list_csv, list_pdf, list_xlsx

ISSUER = "北京市经济和信息化局"
WIDTH_MM = 156  # of the table on the paper
FORMATS = {"pdf": list_pdf, "xlsx": list_xlsx, "csv": list_csv}
EVENT = "生成名单文件"


def waiting() -> QuerySet[Roster]:
    """Published lists that still lack a file, oldest first."""
    short = Roster.objects.filter(state="published").annotate(made=Count("files"))
    return short.filter(made__lt=len(FORMATS)).order_by("pk")


def rows(roster: Roster) -> list[list[str]]:
    """The lines of a list as they are printed: 序号, 单位名称, 所在区, 类型 (only if it varies), 行业, and
    级别 (only if some line has one).

    No credit codes: published lists carry none, and a name with its district tells a unit apart.
    """
    labels = dict(Category.choices())
    found = []
    lines = list(roster.lines.values_list("n", "name", "district", "category", "industry", "grade"))
    graded = any(line[-1] for line in lines)
    for n, name, district, category, industry, grade in lines:
        kind = [] if roster.category else [str(labels.get(category, category))]
        found.append([str(n), name, district, *kind, industry, *([grade] if graded else [])])
    return found


def check_value(lines: list[list[str]]) -> str:
    """SHA-256 (hex) of the lines: stands on the paper and on the page, so that both can be compared."""
    return digest("sha256", canonical(lines))


def annex_title(roster: Roster) -> str:
    """The words over the table."""
    what = Category(roster.category) if roster.category else None
    name = dict(Category.choices())[what] if what else "绿色制造单位"
    if roster.level == Level.POOL:
        return f"北京市{name}培育库名单"
    return f"北京市{dict(Level.choices())[roster.level]}{name}名单"


def _columns(*, by_category: bool, graded: bool) -> list[tuple[str, int, str]]:
    """Heading, width in mm and alignment of what `rows` gives; the name takes what the others leave."""
    others: list[tuple[str, int, str]] = [("所在区", 20, "center"), ("行业", 38, "left")]
    if by_category:
        others = [("所在区", 17, "center"), ("类型", 37, "left"), ("行业", 30, "left")]
    if graded:
        others = [*others[:-1], ("行业", 24, "left"), ("级别", 26, "left")]
    rest = WIDTH_MM - 14 - sum(width for _, width, _ in others)
    return [("序号", 14, "center"), ("单位名称", rest, "left"), *others]


def sheet(roster: Roster) -> Sheet:
    """The list as an official document with its lines as annex. Unless published it bears the draft mark.

    Raises ValueError for an imported list: it is somebody else's paper, and only its source is shown.
    """
    if roster.state == "imported":
        raise ValueError(f"{roster.no} was published elsewhere")
    lines = rows(roster)
    columns = _columns(by_category=not roster.category, graded=roster.is_graded)
    body = [text.strip() for text in roster.text.splitlines() if text.strip()]
    day = roster.dated or roster.as_of
    assert day is not None
    edition = edition_on(day)
    return Sheet(
        title=roster.title,
        columns=[Column(heading=heading, width_mm=width, align=align) for heading, width, align in columns],
        rows=lines,
        dated=roster.dated,
        issuer=ISSUER,
        doc_no=roster.doc_no,
        # A notice (通知) is sent to somebody; an announcement is not (GB/T 9704-2012).
        addressee="各有关单位" if "通知" in roster.title else "",
        body=body or [f"依据《{edition.title}》{rulebook.cite(14)}，现将{annex_title(roster)}予以公布。"],
        annex=annex_title(roster),
        as_of=roster.as_of,
        check=f"编号：{roster.no}　内容校验值：{check_value(lines)}",
        draft=roster.state != "published",
        grouped_by=2 if roster.category else 3,
    )


def render(roster: Roster, *, at: datetime) -> list[RosterFile]:
    """Make the files of a published list, once; returns its files, in the order of FORMATS.

    All or nothing, under the lock of the list's row: a second worker waits and then finds them made. One event
    holds their hashes. Files of a run that was killed are swept later; no row ever points at them.
    Raises ValueError unless the list is published.
    """
    with transaction.atomic():
        Case.objects.select_for_update(no_key=True).get(pk=roster.pk)
        roster = Roster.objects.get(pk=roster.pk)
        if roster.state != "published":
            raise ValueError(f"{roster.no} is not published")
        made = {file.format: file for file in roster.files.all()}
        missing = [name for name in FORMATS if name not in made]
        if missing:
            paper = sheet(roster)
            for name in missing:
                content = FORMATS[name](paper)
                path, sha256 = intake.keep(content)
                made[name] = RosterFile.objects.create(
                    roster=roster, format=name, path=path, sha256=sha256, size=len(content), made_at=at
                )
            files = {name: {"sha256": made[name].sha256, "size": made[name].size} for name in missing}
            record(roster, EVENT, by=None, at=at, changes={}, files=files, lines=check_value(rows(roster)))
    return [made[name] for name in FORMATS]
