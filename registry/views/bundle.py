"""合并材料: one application with everything filed as one PDF, as it was filed."""

from __future__ import annotations

import json
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.timezone import localtime

from greenmfg.periods import chinese_date
from registry import bundles, intake
from registry.models import Document, PoolApplication, Submission
from registry.models.files import MANY
from registry.models.log import canonical, digest
from registry.views.cases import CasePage, number
from registry.views.filing import answers
from registry.views.tasks import tasks_of

AUTHOR = "北京市绿色制造单位管理平台"


class BundleView(CasePage):
    """GET /applications/<no>/bundle.pdf: the latest submission, `?n=` another one, or the draft before there is any."""

    model = PoolApplication
    related = (*CasePage.related, "batch")

    def get(self, request: HttpRequest, no: str) -> HttpResponseBase:
        case = self.get_case()
        submission = self.submission(case)
        payload = json.loads(submission.payload) if submission else case.payload()
        parts, has_internal = self.parts(case, payload)
        day = localtime(submission.at).date() if submission else None
        version = f"第 {submission.n} 次提交" if submission else "草稿"
        unit = case.unit.name_on(day) if day else case.unit.name
        front = {
            "no": case.no,
            "matter": "绿色制造培育库入库申请材料",
            "category": case.category.label,
            "unit": unit,
            "code": case.unit.entity.credit_code or "未登记",
            "district": case.district.name if case.district else "待定",
            "version": version,
            "filed": filed(submission) if submission else "",
            "payload": submission.hash if submission else digest("sha256", canonical(payload)),
            "note": "含市局内部材料，不得对外提供。" if has_internal else "",
            "groups": [
                {
                    "title": group["title"],
                    "facts": [
                        {"label": fact["label"], "value": "" if fact["value"] is None else str(fact["value"])}
                        for fact in group["facts"]
                    ],
                }
                for group in answers(case.as_filed(payload))
            ],
        }
        title = f"{case.no} {unit} 入库申请材料（{version}）"
        try:
            file = bundles.bundle(front, parts, title=title, author=AUTHOR, dated=day)
        except bundles.NotBundled as refusal:
            context = {"case": case, "message": refusal.message, "back": case.get_absolute_url()}
            return render(request, "registry/applications/no_bundle.html", context, status=422)
        name = f"{case.no}-{version.replace(' ', '')}.pdf"
        return intake.download_open(file, name=name, media_type="application/pdf")

    def submission(self, case: PoolApplication) -> Submission | None:
        asked = self.request.GET.get("n")
        found = case.submissions.select_related("by").order_by("-n")
        if asked is None:
            return found.first()
        chosen = found.filter(n=number(asked)).first()
        if chosen is None:
            raise Http404("没有这次提交")
        return chosen

    def parts(self, case: PoolApplication, payload: dict[str, Any]) -> tuple[list[bundles.Part], bool]:
        """The files in the order of the task list, for the bureau with its internal ones after them."""
        visible = Document.objects.visible_to(self.user).filter(case=case)
        wanted = [row["id"] for row in payload["documents"]]
        filed = list(visible.filter(pk__in=wanted))
        if len(filed) < len(wanted):
            raise Http404("不能查看全部材料")
        order = {str(task.slot): n for n, task in enumerate(tasks_of(case)) if task.slot}
        filed.sort(key=lambda d: (order.get(d.kind, len(order)), d.kind, d.pk))
        internal = [d for d in visible.current().order_by("kind", "pk") if d.is_internal]
        return [part(document) for document in (*filed, *internal)], bool(internal)


def filed(submission: Submission) -> str:
    """Who filed it, and when."""
    at = localtime(submission.at)
    return f"{submission.by.name}，{chinese_date(at.date())} {at:%H:%M}"


def part(document: Document) -> bundles.Part:
    """A document as a part of a bundle."""
    label, many = document.get_kind_display(), document.kind == MANY  # type: ignore[attr-defined]
    return bundles.Part(
        label=label,
        title=f"{label}（内部）" if document.is_internal else f"{label}：{document.name}" if many else label,
        name=document.name,
        path=document.path,
        media_type=document.media_type,
        sha256=document.sha256,
        pages=document.pages,
        version="" if many else f"第 {document.version} 版",
        uploaded=chinese_date(localtime(document.uploaded_at).date()),
    )


__all__ = ["BundleView"]
