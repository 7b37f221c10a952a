"""An impatient finger on 提交异议, against several web workers: one objection, one code, one copy of the papers."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from threading import Barrier

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from greenmfg import clock
from registry.casework import new_op
from registry.models import Document, Event, Objection
from tests.factories import a_notice, an_application
from tests.people import cast
from tests.registry.hostile import pdf_of_pages
from tests.registry.sending import files_below
from tests.reliability.conftest import READY
from tests.reliability.test_web_race import TOKEN

pytestmark = pytest.mark.django_db(transaction=True)
FINGERS = 3  # each form has its papers looked at in a process of its own, which is work
CODE = re.compile(r"(?:[0-9A-Z]{4}-){6}[0-9A-Z]{4}")


def send(port: int, path: str, body: bytes, start: Barrier) -> tuple[int, str]:
    web = HTTPConnection("127.0.0.1", port, timeout=120)
    headers = {"Cookie": f"{settings.CSRF_COOKIE_NAME}={TOKEN}", "Content-Type": MULTIPART_CONTENT}
    with closing(web):
        web.connect()
        start.wait(READY)
        web.request("POST", path, body, headers)
        answer = web.getresponse()
        return answer.status, answer.read().decode()


def stored() -> set[Path]:
    return {path for path in files_below(Path(settings.MEDIA_ROOT)) if ".cache" not in path.parts}


def test_the_same_form_several_times_at_once_is_one_objection_with_one_code(port: int) -> None:
    people = cast()
    case = an_application(people, "cleared")
    notice = a_notice(people, case, when=clock.now())
    before = stored()
    form = {
        "csrfmiddlewaretoken": TOKEN, "op": new_op(), "line": "1", "capacity": "body",
        "objector": "示例反映单位", "phone": "010-12345678", "facts": "夜间排放", 
        "scan": SimpleUploadedFile("异议书.pdf", pdf_of_pages(1)),
    }  # fmt: skip
    body = encode_multipart(BOUNDARY, form)
    start = Barrier(FINGERS)
    with ThreadPoolExecutor(FINGERS) as pool:
        sent = [pool.submit(send, port, f"/notices/{notice.no}/object/", body, start) for _ in range(FINGERS)]
        found = [one.result() for one in sent]
    assert {status for status, _ in found} == {200}
    assert len({code for _, page in found for code in CODE.findall(page)}) == 1
    objection = Objection.objects.get()
    assert Event.objects.filter(case=objection.pk).count() == 1
    paths = Document.objects.filter(case=objection.pk).values_list("path", flat=True)
    kept = {Path(settings.MEDIA_ROOT) / path for path in paths}
    assert len(kept) == 1
    assert stored() - before == kept
