"""Documents over the web: received into a case, handed out, shown page by page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.generic import View

from greenmfg import clock
from greenmfg.rulebook import Material
from registry import drafts, intake
from registry.acts import NotNow
from registry.models import Case, Document, PoolApplication, Setting
from registry.roles import OFFICER, UNIT, Role
from registry.views import present
from registry.views.cases import CasePage, RoleRequired
from registry.views.tasks import tasks_of

SLOTS = (Material.DIAGNOSIS_REPORT, Material.EVALUATION_DOSSIER, Material.EVIDENCE)
LIMITS = "PDF、OFD 或 JPG；单个文件最大 {} MB"


def receive(upload: Any, *, allowed: tuple[str, ...] = ("pdf", "ofd", "jpg")) -> intake.Received:
    """Check and store an uploaded file under the limit in force. Raises as `intake.receive`."""
    return intake.receive(
        upload, allowed=allowed, max_bytes=Setting.number("upload_mb", on=clock.today()) * 1024 * 1024
    )


def card(document: Document) -> dict[str, Any]:
    """A document as the file card shows it."""
    pages = f"{document.pages} 页 · " if document.pages else ""
    return {
        "pk": document.pk,
        "kind": document.title,
        "name": document.name,
        "url": f"/documents/{document.pk}/",
        "checked": f"{pages}可正常打开 · 未加密" if document.pages else "已存档",
        "size": present.megabytes(document.size),
        "state": "已通过检查",
        "version": document.version,
        "sha256": document.sha256,
        "when": present.moment(document.uploaded_at),
        "old": document.superseded_at is not None,
        "internal": document.is_internal,
    }


def pictures(document: Document) -> list[dict[str, Any]]:
    """The pages of a document as components/pages.html shows them."""
    pages = range(1, (document.pages or 0) + 1)
    return [{"n": n, "src": f"/documents/{document.pk}/pages/{n}.webp"} for n in pages]


def material(
    documents: list[Document], *, asked: str, demands: Sequence[dict[str, Any]] = ()
) -> dict[str, Any]:
    """`documents` and `shown` as registry/material.html wants them: the one asked for (its id), else the first.

    `demands` are located corrections; those that name a page of the shown document lead there.
    """
    shown = next((d for d in documents if str(d.pk) == asked), documents[0] if documents else None)
    jumps = [
        {"label": f"第 {demand['page']} 页", "n": demand["page"]}
        for demand in demands
        if shown and demand["page"] and demand["document"] == shown.pk
    ]
    return {
        "documents": [card(d) | {"current": d is shown, "tab": f"?doc={d.pk}"} for d in documents],
        "shown": shown and card(shown) | {"count": shown.pages, "pages": pictures(shown), "jumps": jumps},
    }


def upload_limits() -> dict[str, Any]:
    """What `uploader.html` says and checks of a file before it travels."""
    limit = Setting.number("upload_mb", on=clock.today())
    return {"limits": LIMITS.format(limit), "max_bytes": limit * 1024 * 1024}


class FilesView(CasePage):
    """材料: GET lists every version; POST puts a file into a slot of an editable case."""

    model: type[Case] = PoolApplication
    slots: ClassVar[tuple[Material, ...]] = SLOTS
    owner: ClassVar[Role] = UNIT  # whose files they are
    owner_words = "申请单位"

    def get(self, request: HttpRequest, no: str) -> HttpResponse:
        case = self.get_case()
        return render(request, "registry/applications/files.html", self.page(case))

    def page(self, case: Case, **extra: Any) -> dict[str, Any]:
        cards = [card(d) for d in self.documents(case).order_by("kind", "-version")]
        return {"case": case, "tag": present.tag(case), "cards": cards, **extra}

    def documents(self, case: Case) -> QuerySet[Document]:
        """The versions that this person is shown."""
        return Document.objects.visible_to(self.user).filter(case=case.pk)

    def names(self, case: Any) -> set[str]:
        """The materials that the call asks for by name, besides the slots."""
        return {task.asked for task in tasks_of(case)}

    def post(self, request: HttpRequest, no: str) -> HttpResponse:
        case = self.get_case()
        if not self.owner.may(case, self.user):
            words = f"只有{self.owner_words}可以上传材料"
            return render(request, "403.html", {"exception": words}, status=403)
        back = _back(request, case)
        kind = request.POST.get("kind", "")
        upload = request.FILES.get("file")
        asked = request.POST.get("asked", "")
        if kind not in self.slots or (asked and asked not in self.names(case)):
            return self.fail(case, "请从材料栏目中上传文件", 422, back)
        if upload is None:
            return self.fail(case, "请选择要上传的文件", 422, back)
        material = Material(kind)
        earlier = case.documents.current().filter(kind=material, asked=asked).first()
        try:
            received = receive(upload)
        except intake.Rejected as rejected:
            return self.fail(case, rejected.message, rejected.status, back)
        try:
            drafts.attach(case, by=self.user, at=clock.now(), kind=material, asked=asked, **vars(received))
        except NotNow as refusal:
            intake.discard(received.path)
            return self.fail(case, refusal.message, refusal.status, back)
        if earlier and earlier.sha256 == received.sha256:
            messages.warning(request, f"“{received.name}”与上次提交的文件完全相同，未作修改，请确认")
        else:
            messages.success(request, f"已上传“{received.name}”，检查通过")
        return redirect(back)

    def fail(self, case: Case, words: str, status: int, back: str) -> HttpResponse:
        context = self.page(case, errors=[{"text": words}], back=back)
        return render(self.request, "registry/applications/files.html", context, status=status)


class CheckRecordView(CasePage):
    """登记核查记录: an officer puts what was found on a check to an application that was filed. Seen inside the bureau."""

    model = PoolApplication
    roles = (OFFICER,)

    def get(self, request: HttpRequest, no: str) -> HttpResponse:
        return self.show(self.get_case())

    def show(self, case: PoolApplication, *, errors: Any = None, status: int = 200) -> HttpResponse:
        records = case.documents.visible_to(self.user).filter(kind=Material.CHECK_RECORD).order_by("-version")
        limit = Setting.number("upload_mb", on=clock.today())
        context = {
            "case": case,
            "tag": present.tag(case),
            "errors": errors,
            "cards": [card(d) for d in records],
            "limits": f"PDF、OFD 或 JPG；单个文件最大 {limit} MB",
            "max_bytes": limit * 1024 * 1024,
            "back": f"{case.get_absolute_url()}review/",
        }
        return render(self.request, "registry/applications/check_record.html", context, status=status)

    def post(self, request: HttpRequest, no: str) -> HttpResponse:
        case = self.get_case()
        upload = request.FILES.get("file")
        if upload is None:
            return self.show(case, errors=[{"text": "请选择要上传的文件"}], status=422)
        try:
            received = receive(upload)
        except intake.Rejected as rejected:
            return self.show(case, errors=[{"text": rejected.message}], status=rejected.status)
        try:
            drafts.put_check_record(case, by=self.user, at=clock.now(), **vars(received))
        except NotNow as refusal:
            intake.discard(received.path)
            return self.show(case, errors=[{"text": refusal.message}], status=refusal.status)
        messages.success(request, f"已登记核查记录“{received.name}”，仅市局内部可见")
        return redirect(f"{case.get_absolute_url()}review/")


class FileAside(CasePage):
    """Take a file out of its slot; the version stays on record."""

    model: type[Case] = PoolApplication
    slots: ClassVar[tuple[Material, ...]] = SLOTS
    owner: ClassVar[Role] = UNIT
    owner_words = "申请单位"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, no: str, pk: int) -> HttpResponse:
        case = self.get_case()
        if not self.owner.may(case, self.user):
            words = f"只有{self.owner_words}可以移除材料"
            return render(request, "403.html", {"exception": words}, status=403)
        document = get_object_or_404(case.documents.current().filter(kind__in=self.slots), pk=pk)
        try:
            drafts.set_aside(document, case=case, by=self.user, at=clock.now())
        except NotNow as refusal:
            context = {"refusal": refusal, "case": case, "back": case.get_absolute_url()}
            return render(request, "409.html", context, status=409)
        messages.success(request, f"已移除“{document.name}”，历史版本仍保留")
        return redirect(_back(request, case))


class DocumentView(RoleRequired, View):
    """The file itself: through visible_to, as a download, never as a page of ours."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        document = get_object_or_404(Document.objects.visible_to(self.user), pk=pk)
        try:
            return intake.download(document.path, name=document.name, media_type=document.media_type)
        except (FileNotFoundError, OSError) as error:
            raise Http404("文件不在存储中") from error


class PageImage(RoleRequired, View):
    """One page of a document as a picture."""

    def get(self, request: HttpRequest, pk: int, page: int) -> HttpResponse:
        document = get_object_or_404(Document.objects.visible_to(self.user), pk=pk)
        try:
            picture = intake.page_image(document.path, page)
        except (LookupError, OSError, intake.Unrenderable) as error:
            raise Http404("没有这一页") from error
        answer = HttpResponse(picture, content_type="image/webp")
        answer["Cache-Control"] = "private, max-age=3600, immutable"
        return answer


def _back(request: HttpRequest, case: Case) -> str:
    asked = request.POST.get("next", "")
    safe = asked and url_has_allowed_host_and_scheme(asked, allowed_hosts={request.get_host()})
    return asked if safe else case.get_absolute_url()
