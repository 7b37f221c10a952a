"""The cast: the people that tests speak of by name.

`cast()` makes them in the database; `unsaved()` gives the same people in memory for tests without one.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.hashers import make_password

from registry.models import District, EvaluatorAgency, LegalEntity, User

PASSWORD = "Demo-2026-green"


@dataclass
class Cast:
    """陈晨 (entity A), 刘洋 (entity B), 赵敏 (district 1), 孙莉 (district 2), and the bureau's people."""

    chen: User
    liu: User
    zhao: User
    sun: User
    zhou: User
    he: User
    wu: User
    gao: User
    shen: User
    shi: User

    def everybody(self) -> dict[str, User]:
        return dict(vars(self))


def _people(entity_a, entity_b, district_1, district_2, agency) -> Cast:
    def person(username: str, name: str, role: str, **body) -> User:
        return User(username=username, name=name, role=role, email=f"{username}@example.org", **body)

    return Cast(
        chen=person("qiye", "陈晨", "unit", entity=entity_a),
        liu=person("qiye2", "刘洋", "unit", entity=entity_b),
        zhao=person("quju", "赵敏", "district", district=district_1),
        sun=person("quju2", "孙莉", "district", district=district_2),
        zhou=person("shiju", "周宁", "officer"),
        he=person("fuze", "何静", "chief"),
        wu=person("pingjia", "吴迪", "evaluator", agency=agency),
        gao=person("guanli", "高远", "admin"),
        shen=person("anquan", "沈安", "security"),
        shi=person("shenji", "石坚", "auditor"),
    )


def unsaved() -> Cast:
    """The cast in memory, with ids, for tests that need no database."""
    entity_a, entity_b = LegalEntity(id=1), LegalEntity(id=2)
    entity_a.call("京华示例机电有限公司")
    entity_b.call("燕山示例新材料有限公司")
    people = _people(
        entity_a,
        entity_b,
        District(code="110114", name="昌平区", short="昌平"),
        District(code="110115", name="大兴区", short="大兴"),
        EvaluatorAgency(id=1, name="示例评价中心"),
    )
    for number, user in enumerate(vars(people).values(), start=1):
        user.id = number
    return people


def cast() -> Cast:
    """The cast in the database. 陈晨's entity is in 昌平 (赵敏), 刘洋's in 大兴 (孙莉)."""
    entities = []
    for name, code in [
        ("京华示例机电有限公司", "91110114MA00000012"),
        ("燕山示例新材料有限公司", "91110115MA00000020"),
    ]:
        entity = LegalEntity(credit_code=code, is_example=True)
        entity.call(name)
        entity.save()
        entities.append(entity)
    people = _people(
        *entities,
        District.objects.get(pk="110114"),
        District.objects.get(pk="110115"),
        EvaluatorAgency.objects.create(name="示例评价中心"),
    )
    password = make_password(PASSWORD)
    for user in vars(people).values():
        user.password = password
        user.save()
    return people
