"""The migration to settings by date: each value of before holds since the day of its change, or since the first day."""

from __future__ import annotations

from datetime import date
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps

from registry.casework import record
from registry.models import Ledger, Setting, Wording
from tests.factories import at
from tests.people import cast

MIGRATION = import_module("registry.migrations.0010_manage_words")


class Before:
    """The apps as that migration sees them, with a table of settings that had no day."""

    def __init__(self, *rows: SimpleNamespace) -> None:
        self.undated = SimpleNamespace(objects=SimpleNamespace(all=lambda: rows))

    def get_model(self, app: str, name: str):
        return self.undated if name == "UndatedSetting" else apps.get_model(app, name)


@pytest.mark.django_db
def test_a_value_of_before_keeps_its_basis_and_gets_the_day_of_its_change():
    people = cast()
    for moment, value in (("2025-05-06", "6"), ("2026-01-20 23:30", "7")):
        record(
            Ledger(name="setting"),
            "修改设置",
            by=people.gao,
            at=at(moment),
            changes={},
            item="公示期",
            key="notice_days",
            fields={"value": [None, value]},
        )
    rows = (
        SimpleNamespace(key="notice_days", value="7", basis="2026年通知"),
        SimpleNamespace(key="bureau_days", value="12", basis=""),
    )
    words = Wording.objects.count()
    MIGRATION.carry_over(Before(*rows), None)
    found = Setting.objects.order_by("key").values_list("key", "value", "basis", "in_force_from")
    assert list(found) == [
        ("bureau_days", "12", "原设置", date(2023, 9, 11)),
        ("notice_days", "7", "2026年通知", date(2026, 1, 20)),
    ]
    assert Wording.objects.count() == words  # those that are there already stay
