"""The register of the demo: people, about 120 units over all 17 districts, files and calls."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password

from greenmfg.rulebook import Category, Material
from registry import calls
from registry import names as entity_names
from registry.demo import names
from registry.demo.papers import paper
from registry.models import District, EvaluatorAgency, LegalEntity, Unit, User

PER_DISTRICT = 7


class Register:
    """Who is on the books of the demo, made at one moment."""

    def __init__(self, now: datetime) -> None:
        self.now, self.today = now, now.date()

    def people(self) -> None:
        entities = [
            self.entity("京延示例光学仪器有限公司", "110114", 90001),
            self.entity("兴南示例新能源材料有限公司", "110115", 90002),
        ]
        district = {code: District.objects.get(pk=code) for code in ("110114", "110115")}
        agency = EvaluatorAgency.objects.create(name="示例绿色评价中心", legal_representative="示例人")
        rows: list[tuple[str, str, str, dict[str, Any]]] = [
            ("qiye", "陈晨", "unit", {"entity": entities[0]}),
            ("qiye2", "刘洋", "unit", {"entity": entities[1]}),
            ("quju", "赵敏", "district", {"district": district["110114"]}),
            ("quju2", "孙莉", "district", {"district": district["110115"]}),
            ("shiju", "周宁", "officer", {}),
            ("fuze", "何静", "chief", {}),
            ("pingjia", "吴迪", "evaluator", {"agency": agency}),
            ("guanli", "高远", "admin", {"is_staff": True}),
            ("anquan", "沈安", "security", {"is_staff": True}),
            ("shenji", "石坚", "auditor", {}),
        ]
        password = make_password(settings.DEMO_PASSWORD)
        for username, name, role, body in rows:
            user = User(username=username, name=name, role=role, email=f"{username}@example.org", **body)
            user.password = password
            user.save()
        # The other districts and enterprises act too, but nobody signs in as them.
        for district_row in District.objects.exclude(pk__in=district):
            User.objects.create(
                username=f"quju-{district_row.pk.lower()}",
                name=f"{district_row.short}经办",
                role="district",
                district=district_row,
                password="!",
            )
        self.officer = User.objects.get(username="shiju")
        self.chief = User.objects.get(username="fuze")
        for username in ("qiye", "qiye2"):
            user = User.objects.get(username=username)
            code = "110114" if username == "qiye" else "110115"
            self.unit(user.entity, Category.GREEN_FACTORY, code, "仪器仪表制造业", contact=user.name)

    def entity(self, name: str, district: str, number: int) -> LegalEntity:
        first = f"91{district if district != 'BDA' else '110115'}MA00{number:05d}"
        entity = LegalEntity(credit_code=first + entity_names.check_sign(first), is_example=True)
        entity.call(name)
        entity.save()
        return entity

    def unit(
        self, entity: LegalEntity, category: Category, district: str, industry: str, *, contact: str
    ) -> Unit:
        return Unit.objects.create(
            entity=entity,
            category=category,
            district_id=district,
            industry=industry,
            address=f"示例路{entity.pk}号",
            contact=contact,
            phone="010-00000000",
        )

    def units(self) -> None:
        codes = [d.pk for d in District.objects.all()]
        self.made: list[Unit] = []
        self.clerk: dict[int, User] = {}
        supply = islice(names.units(), PER_DISTRICT * len(codes))
        for number, (name, industry, category) in enumerate(supply, start=1):
            code = codes[number % len(codes)]
            unit = self.unit(self.entity(name, code, number), category, code, industry, contact="示例联系人")
            self.made.append(unit)
            self.clerk[unit.pk] = User.objects.create(
                username=f"unit-{number:03d}", name="示例经办", role="unit", entity=unit.entity, password="!"
            )

    def papers(self) -> None:
        dated = date(self.today.year - 1, 12, 1)
        titles = {
            Material.DIAGNOSIS_REPORT: f"{self.today.year - 1}年度绿色诊断评估报告（示例）",
            Material.EVALUATION_DOSSIER: "绿色供应链管理评价材料（示例）",
            Material.EVIDENCE: "能源结算凭证（示例）",
        }
        self.files = {kind: paper(title, dated=dated) for kind, title in titles.items()}

    def batches(self) -> None:
        """The call that is over and the one that is open; it was planned shorter and then extended."""
        year, start = self.today.year, self.today
        plan = {"at": self.now - timedelta(days=200), "by": self.officer, "places": {}}
        self.earlier = calls.plan(
            **plan,
            fields={
                "name": f"{year}年第一批",
                "opens_on": start - timedelta(days=160),
                "closes_on": start - timedelta(days=110),
            },
        )
        self.running = calls.plan(
            **plan,
            fields={
                "name": f"{year}年第二批",
                "opens_on": start - timedelta(days=30),
                "opens_time": time(9),
                "closes_on": start + timedelta(days=20),
                "closes_time": time(17),
                "materials": [{"name": "能源管理体系认证证书", "required": False}],
                "text": "请各单位对照《北京市绿色制造单位管理暂行办法》第五条准备材料，按时在线提交，无需报送纸质材料（示例）。",
            },
        )
