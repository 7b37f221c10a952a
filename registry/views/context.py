"""What every page has: menus, counts, the person. One small query for those who are signed in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import IntegerField, Subquery
from django.http import HttpRequest

from greenmfg import clock
from registry import roles
from registry.models import Case, Message, User

SIZES = ("large", "xlarge")
STAFF = (
    roles.DISTRICT,
    roles.OFFICER,
    roles.CHIEF,
    roles.EVALUATOR,
    roles.ADMIN,
    roles.SECURITY,
    roles.AUDITOR,
)

# (group, label, icon, address, roles, single key after G)
MENU: list[tuple[str, str, str, str, tuple[roles.Role, ...]]] = [
    ("", "评价任务", "star", "/eval/", (roles.EVALUATOR,)),
    ("", "分级评价任务", "chart-bar", "/gradings/", (roles.EVALUATOR,)),
    ("", "工作台", "layout-dashboard", "/desk/", STAFF),
    (
        "",
        "待办事项",
        "checklist",
        "/desk/todo/",
        (roles.DISTRICT, roles.OFFICER, roles.CHIEF, roles.EVALUATOR),
    ),
    ("", "本机构", "building", "/agencies/own/", (roles.EVALUATOR,)),
    ("入库管理", "入库申请", "file-text", "/applications/", (roles.DISTRICT, roles.OFFICER, roles.CHIEF)),
    ("入库管理", "征集批次", "calendar", "/batches/", (roles.OFFICER, roles.CHIEF)),
    ("入库管理", "绿色诊断", "zoom-in", "/diagnoses/", (roles.DISTRICT, roles.OFFICER, roles.CHIEF)),
    ("入库管理", "第三方评价", "star", "/eval/", (roles.OFFICER, roles.CHIEF)),
    ("入库管理", "入库公示", "speakerphone", "/publicity/", (roles.OFFICER, roles.CHIEF)),
    ("入库管理", "异议核查", "message", "/objections/", (roles.OFFICER, roles.CHIEF)),
    ("入库管理", "更正公告", "edit", "/corrections/", (roles.OFFICER, roles.CHIEF)),
    ("入库管理", "培育库名录", "leaf", "/pool/", (roles.DISTRICT, roles.OFFICER, roles.CHIEF)),
    ("评价管理", "分级评价", "chart-bar", "/grading/", (roles.DISTRICT, roles.OFFICER, roles.CHIEF)),
    (
        "评价管理",
        "指标体系",
        "list",
        "/manage/indicators/",
        (roles.DISTRICT, roles.OFFICER, roles.CHIEF, roles.EVALUATOR),
    ),
    ("评价管理", "试算", "git-compare", "/grading/whatif/", (roles.OFFICER, roles.CHIEF)),
    ("评价管理", "评价机构", "shield-check", "/agencies/", (roles.OFFICER, roles.CHIEF)),
    ("单位管理", "企业注册", "user", "/registrations/", (roles.DISTRICT, roles.OFFICER, roles.CHIEF)),
    ("单位管理", "单位名录", "building", "/units/", (roles.DISTRICT, roles.OFFICER, roles.CHIEF)),
    ("单位管理", "待定区", "map-pin", "/units/pending/", (roles.OFFICER, roles.CHIEF)),
    ("单位管理", "法人主体", "building-factory-2", "/entities/", (roles.OFFICER, roles.CHIEF)),
    ("名单管理", "名单发布", "certificate", "/lists/edit/", (roles.OFFICER, roles.CHIEF, roles.ADMIN)),
    ("支撑", "导入", "file-import", "/imports/", (roles.DISTRICT, roles.OFFICER, roles.ADMIN)),
    ("支撑", "制度依据", "book", "/rules/", STAFF),
    ("支撑", "办理日志", "history", "/manage/audit/", (roles.AUDITOR,)),
    ("系统设置", "期限与设置", "clock", "/manage/rules/", (roles.OFFICER, roles.CHIEF, roles.ADMIN)),
    ("系统设置", "文书用语", "edit", "/manage/templates/", (roles.OFFICER, roles.CHIEF, roles.ADMIN)),
    ("系统设置", "休假日历", "calendar", "/manage/calendar/", (roles.OFFICER, roles.ADMIN)),
    ("系统设置", "系统管理", "settings", "/backstage/", (roles.ADMIN, roles.SECURITY)),
]

# Pressed one after the other (interface contract 6.6).
KEYS = {"/desk/": "KeyG KeyD", "/applications/": "KeyG KeyL", "/publicity/": "KeyG KeyP"}

GRADE = ("分级评价", "/my/grade/")  # both for those whose enterprise is confirmed
MEMBERS = ("成员", "/my/people/")
ENTERPRISE_NAV = [
    ("我的事项", "/my/"),
    ("公示公告", "/notices/"),
    ("名单", "/lists/"),
    ("制度依据", "/rules/"),
]
PUBLIC_NAV = [("首页", "/"), ("公示公告", "/notices/"), ("名单", "/lists/"), ("制度依据", "/rules/")]


def _current(path: str, url: str) -> bool:
    return path == url or (url not in {"/", "/desk/", "/my/"} and path.startswith(url))


def _menu(user: User, path: str, todo: int) -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = []
    # Of two addresses one inside the other, the page is that of the longer one.
    here = max((url for _, _, _, url, _ in MENU if _current(path, url)), key=len, default="")
    for title, label, icon, url, who in MENU:
        if not user.plays(*who):
            continue
        if not groups or groups[-1]["title"] != title:
            groups.append({"title": title, "items": []})
        hot = url == "/desk/todo/"
        groups[-1]["items"].append(
            {
                "label": label,
                "icon": icon,
                "url": url,
                "count": todo if hot else None,
                "hot": hot,
                "current": url == here,
                "key": KEYS.get(url, ""),
            }
        )
    return groups


class HowMany(Subquery):
    """The number of rows of a query, as one value of another."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


def _counts(user: User, now: datetime, *, staff: bool) -> tuple[int, int]:
    """What waits for the person, which only staff are told, and how much is unread: in one statement."""
    unread = Message.objects.inbox(user, now=now).filter(read_at__isnull=True)
    if not staff:
        return 0, unread.count()
    waiting = Case.objects.awaiting(user, on=now.date())
    counts = [HowMany(rows.order_by().values("pk")) for rows in (waiting, unread)]
    todo, inbox = User.objects.filter(pk=user.pk).values_list(*counts).get()
    return todo, inbox


def ui(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `ui` for the layouts (contract in templates/base.html and layouts/)."""
    size = request.COOKIES.get("size", "")
    found: dict[str, Any] = {"size": size if size in SIZES else "", "demo": settings.DEMO}
    user = getattr(request, "user", None)
    if not isinstance(user, User) or not user.is_active:
        found |= {
            "signed_in": False,
            "home": "/",
            "nav": [
                {"label": label, "url": url, "current": _current(request.path, url)}
                for label, url in PUBLIC_NAV
            ],
        }
        if settings.DEMO:
            found["demo_accounts"], found["demo_password"] = _demo_accounts(request)
        return {"ui": found}
    now = clock.now()
    staff = user.plays(*STAFF)
    todo, inbox = _counts(user, now, staff=staff)
    nav = (
        []
        if staff
        else [
            {"label": label, "url": url, "current": _current(request.path, url)}
            for label, url in [*ENTERPRISE_NAV, *([GRADE, MEMBERS] if user.plays(roles.UNIT) else [])]
        ]
    )
    menu = _menu(user, request.path, todo) if staff else []
    flat = [item for group in menu for item in group["items"]]
    return {
        "ui": found
        | {
            "signed_in": True,
            "staff": staff,
            "home": "/desk/" if staff else "/my/",
            "menu": menu,
            "bottom": [item for item in flat if item["url"] != "/backstage/"][:5],
            "nav": nav
            or [
                {"label": "返回工作台", "url": "/desk/", "current": False},
                *(
                    {"label": label, "url": url, "current": _current(request.path, url)}
                    for label, url in PUBLIC_NAV[1:]
                ),
            ],
            "inbox_count": inbox,
            "person": {"name": user.name, "office": user.office, "initial": user.name[:1]},
            "keys_off": not user.keys_on,
            "undo": _undo(request, now.timestamp()),
        }
    }


def _undo(request: HttpRequest, now: float) -> dict[str, Any] | None:
    """The decision that may still be taken back, remembered in the session by the act's view."""
    kept: dict[str, Any] | None = request.session.get("undo")
    if not kept or kept["until"] <= now:
        return None
    return kept | {"seconds": int(kept["until"] - now)}


def _demo_accounts(request: HttpRequest) -> tuple[list[dict[str, str]], str]:
    if not request.path.startswith("/accounts/"):
        return [], ""
    people = User.objects.filter(is_active=True, username__in=settings.DEMO_USERNAMES).select_related(
        "entity", "district", "agency"
    )
    order = {name: n for n, name in enumerate(settings.DEMO_USERNAMES)}
    rows = sorted(people, key=lambda user: order[user.username])
    return [
        {"username": u.username, "name": u.name, "office": u.office} for u in rows
    ], settings.DEMO_PASSWORD
