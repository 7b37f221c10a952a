"""Who may do what with a case: each role is declared once and read in three ways.

A role is a label and the pairs of fields that must agree between a user and a case. From that one
declaration come `may` (in memory), `cases` (which cases does this user have) and `of` (which users
does this case have). A test holds that the three agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Q, QuerySet


def _follow(thing: Any, path: str) -> Any:
    """The value at a double-underscore path, None as soon as a link is missing."""
    for name in path.split("__"):
        if thing is None:
            return None
        thing = getattr(thing, name)
    return thing


@dataclass(frozen=True)
class Role:
    """One role. `agree` holds (user field, case path) pairs that must be equal and not empty."""

    code: str
    label: str
    agree: tuple[tuple[str, str], ...] = ()
    casework: bool = True

    def held_by(self, user: Any) -> bool:
        """Does this user hold the role at all? False for anonymous and disabled users."""
        return bool(getattr(user, "is_active", False)) and getattr(user, "role", None) == self.code

    def may(self, case: Any, user: Any) -> bool:
        """Does this user stand in this role towards this case?"""
        if not (self.casework and self.held_by(user)):
            return False
        for user_field, case_path in self.agree:
            mine = getattr(user, user_field)
            if mine is None or mine != _follow(case, case_path):
                return False
        return True

    def cases(self, user: Any) -> Q:
        """The cases towards which this user stands in this role, as a condition on Case."""
        nothing = Q(pk__in=[])
        if not (self.casework and self.held_by(user)):
            return nothing
        where = ~nothing  # and not Q(), which is no condition at all and vanishes from an "or"
        for user_field, case_path in self.agree:
            mine = getattr(user, user_field)
            if mine is None:
                return nothing
            where &= Q(**{case_path: mine})
        return where

    def of(self, case: Any) -> QuerySet[Any]:
        """The active users who stand in this role towards this case."""
        users: QuerySet[Any] = apps.get_model("registry", "User")._default_manager.all()
        if not self.casework:
            return users.none()
        where: dict[str, Any] = {"role": self.code, "is_active": True}
        for user_field, case_path in self.agree:
            theirs = _follow(case, case_path)
            if theirs is None:
                return users.none()
            where[user_field] = theirs
        return users.filter(**where)

    def __str__(self) -> str:
        return self.label


class Anybody(Role):
    """社会公众: whoever acts without an account, as nobody in particular. Granted to no user, so it finds none."""

    def held_by(self, user: Any) -> bool:
        return user is None

    def cases(self, user: Any) -> Q:
        return Q(pk__in=[])

    def of(self, case: Any) -> QuerySet[Any]:
        users: QuerySet[Any] = apps.get_model("registry", "User")._default_manager.none()
        return users


UNIT = Role("unit", "企业经办", (("entity_id", "unit__entity_id"),))
REGISTRANT = Role("registrant", "注册待核验", (("id", "opened_by_id"),))
DISTRICT = Role("district", "区级经办", (("district_id", "district_id"),))
EVALUATOR = Role("evaluator", "第三方评价人员", (("agency_id", "agency_id"),))
OFFICER = Role("officer", "市局经办")
CHIEF = Role("chief", "市局负责人")

# Apart from casework, and three different people in a system under graded protection.
ADMIN = Role("admin", "系统管理员", casework=False)
SECURITY = Role("security", "安全管理员", casework=False)
AUDITOR = Role("auditor", "审计管理员", casework=False)

PUBLIC = Anybody("public", "社会公众")

ROLES: tuple[Role, ...] = (UNIT, REGISTRANT, DISTRICT, EVALUATOR, OFFICER, CHIEF, ADMIN, SECURITY, AUDITOR)
BY_CODE: dict[str, Role] = {role.code: role for role in ROLES}
