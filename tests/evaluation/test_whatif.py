"""试算: who would change grade under another scheme or edition, and who cannot be compared; nothing is written."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from evaluation.models import GradingRound, ScoreLine
from evaluation.scheme import Scheme
from evaluation.scoring import Answer
from evaluation.whatif import CannotBeTried, carried, trial
from greenmfg import clock
from greenmfg.rulebook import DRAFT_2023
from registry.models import Event, Grade, Unit
from registry.models.editions import editions
from tests.evaluation.gradings import SECTIONS, a_document_of, a_grading, a_listed_factory, a_scheme
from tests.factories import NOW, an_edition
from tests.people import cast
from tests.registry.pages import as_, plain, see

pytestmark = pytest.mark.django_db
PAGE = "/grading/whatif/"


@pytest.fixture
def people():
    with clock.fixed(NOW):
        yield cast()


def changed(of: str = "", **changes) -> Scheme:
    sections = [
        one | {"items": [item | changes if item["code"] == of else item for item in one["items"]]}
        for one in SECTIONS
    ]
    return Scheme.load(a_document_of("factory-next", sections=sections))


def tried(scheme=None, edition=DRAFT_2023):
    return trial(Unit.objects.all(), scheme=scheme, edition=edition, known=editions())


def test_the_same_scheme_changes_nothing(people):
    a_grading(people, "graded")
    found = tried(changed())
    (one,) = found.compared
    assert (one.score_before, one.score_after, one.moves) == (Decimal("45.00"), Decimal("45.00"), False)
    assert (found.left, found.moves) == ((), [])


def test_easier_values_lift_a_unit_to_the_next_grade(people):
    a_grading(people, "graded")
    easier = [{"name": "可再生能源利用率", "unit": "%", "base": "0", "lead": "8"}]
    before = ScoreLine.objects.count(), Grade.objects.count(), Event.objects.count()
    found = tried(changed("N2", gauges=easier))
    (one,) = found.moved
    # 7 of 8 % earns 26.25 where 7 of 30 % earned 7.00.
    assert (one.score_after, one.change, one.move) == (Decimal("64.25"), Decimal("19.25"), "达标→优质")
    assert found.moves == [("达标→优质", 1)]
    assert (ScoreLine.objects.count(), Grade.objects.count(), Event.objects.count()) == before


def test_an_item_that_was_not_asked_leaves_the_unit_apart(people):
    a_grading(people, "graded")
    for scheme, item in (
        (changed("G1", code="G9"), "G9 管理体系"),
        (changed("G1", name="绿色管理"), "G1 绿色管理"),
        (changed("N2", gauges=[{"name": "可再生能源利用率", "unit": "tce", "base": "0", "lead": "9"}]),
         "N2 可再生能源利用率"),
        (changed("N2", gauges=[{"name": "可再生能源利用率", "unit": "%"}]), "N2 可再生能源利用率"),
    ):  # fmt: skip
        found = tried(scheme)
        assert found.compared == ()
        assert [one.items for one in found.left] == [(item,)]


def test_a_judgement_keeps_its_share_of_other_points():
    old, new = changed().by_code["G1"], changed("G1", points="30", step="1").by_code["G1"]
    moved = carried(Answer(value=Decimal("12.5")), old, new)
    assert moved is not None
    assert moved.value == 19  # 18.75 in whole points


def test_another_edition_moves_by_its_bounds_and_one_without_cannot_be_tried(people):
    a_grading(people, "graded")
    row = an_edition(people, lowers=(0, 40, 80, 90))
    assert tried(edition=row.loaded()).moves == [("达标→优质", 1)]
    open_one = an_edition(people, "2026-02", lowers=(0, None, 80, 90))
    with pytest.raises(CannotBeTried, match="级别界限尚未确定"):
        tried(edition=open_one.loaded())
    page = as_(people.he).get(f"{PAGE}?edition=2026-02")
    assert page.status_code == 422
    assert "版本 2026-02 的级别界限尚未确定" in page.content.decode()


def test_points_that_are_not_a_hundred_cannot_be_tried(people):
    a_scheme(people, since=None, code="factory-odd", sections=SECTIONS[:2])
    page = as_(people.zhou).get(f"{PAGE}?scheme=factory-odd")
    assert page.status_code == 422
    assert "满分尚未平衡" in page.content.decode()


def test_the_page_tells_who_moves_and_the_file_says_the_same(people):
    a_grading(people, "graded")
    a_scheme(people, since=None, code="factory-next", sections=changed("G1", points="20").dump()["sections"])
    an_edition(people, lowers=(0, 40, 80, 90))
    url = f"{PAGE}?scheme=factory-next&edition=2026-01"
    shown = plain(see(people.zhou, url))
    assert "共1家有已确认的级别，其中级别变化1家、不变0家、不能比较0家" in shown
    assert "达标→优质1" in shown
    file = as_(people.zhou).get(f"{url}&export=csv").content.decode("utf-8-sig")
    rows = [row for row in csv.reader(io.StringIO(file)) if row]
    assert rows[-1][1] == "京华示例机电有限公司"
    assert rows[-1][3:] == ["昌平", "2026", "45.00", "达标", "45.00", "优质", "0.00"]
    assert "没有这样的单位" in see(people.zhou, f"{url}&tab=left")
    see(people.zhou, f"{PAGE}?scheme=nothing", 404)
    see(people.zhou, f"{PAGE}?edition=nothing", 404)


def test_more_units_cost_no_more_queries(people):
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            tried(changed())
        return len(queries)

    a_grading(people, "graded")
    tried(changed())
    one = asked()
    round = GradingRound.objects.get()
    other = replace(people, chen=people.liu)
    a_grading(other, "graded", unit=a_listed_factory(other), round=round)
    assert len(tried(changed()).compared) == 2
    assert asked() == one <= 5
