"""Published lists and objections for the tests of this room."""

from __future__ import annotations

from datetime import date

from registry.casework import new_op, perform
from registry.models import Case, Objection, Publicity, Roster
from tests.factories import NOW, an_application, at, do
from tests.people import Cast

HEAD = {
    "level": "pool",
    "category": "",
    "title": "北京市绿色制造名单培育库（2026年第一批）",
    "text": "",
    "doc_no": "京经信函〔2026〕1号",
    "as_of": date(2026, 3, 27),
}
DRAWN = at("2026-03-27")


def a_roster(people: Cast, state: str = "drafted", *, filled: bool = True, **head) -> Roster:
    """A list of the pool with 陈晨's unit on it, drawn and brought to `state` on 27 March 2026."""
    if filled:
        an_application(people, "admitted")
    roster = perform(Roster(), "draw_up", by=people.zhou, at=DRAWN, seen=0, op=new_op(), **HEAD | head)
    if state == "sent_back":
        roster = do(roster, "send_back", people.he, when=DRAWN, reason="改标题")
    if state == "published":
        roster = do(roster, "publish", people.he, when=DRAWN)
    if state == "void":
        roster = do(roster, "void", people.zhou, when=DRAWN, reason="重拟")
    return roster


def an_objection(people: Cast, case: Case, *, when=NOW) -> Objection:
    """An objection against a case that is on notice, as received."""
    notice = Publicity.objects.filter(lines__case=case.pk).latest("pk")
    return perform(
        Objection(publicity=notice, target=Case.objects.get(pk=case.pk)),
        "receive",
        by=people.zhou,
        at=when,
        seen=0,
        op=new_op(),
        objector="王某",
        phone="13800000000",
        received_on=date(2026, 3, 20),
        facts="存在环境违法",
    )
