"""Invented data for the gallery. No name here is that of a real unit or person."""

from typing import Any

Row = dict[str, Any]

DISTRICTS = (
    *("110101", "110102", "110105", "110106", "110107", "110108", "110109", "110111", "110112"),
    *("110113", "110114", "110115", "110116", "110117", "110118", "110119", "BDA"),
)
DISTRICT_COUNTS = (0, 0, 3, 2, 2, 7, 1, 6, 8, 12, 11, 5, 6, 3, 5, 2, 13)


def _item(label: str, icon: str, url: str = "#", **more: object) -> Row:
    return {"label": label, "icon": icon, "url": url, **more}


UI_STAFF: Row = {
    "signed_in": True,
    "demo": True,
    "inbox_count": 3,
    "person": {"name": "王敏", "office": "节能与综合利用处", "initial": "王"},
    "menu": [
        {
            "items": [
                _item("工作台", "layout-dashboard", current=True, key="KeyG KeyD"),
                _item("待办事项", "checklist", count=23, hot=True),
            ]
        },
        {
            "title": "入库管理",
            "items": [
                _item("入库申请", "file-text", count=86, key="KeyG KeyL"),
                _item("入库公示", "speakerphone"),
                _item("培育库名录", "leaf"),
            ],
        },
        {
            "title": "名单管理",
            "items": [
                _item("分级评价", "star"),
                _item("年度数据", "chart-bar"),
                _item("变更与复审", "refresh", count=20),
                _item("名单发布", "certificate"),
            ],
        },
        {
            "title": "支撑",
            "items": [
                _item("统计分析", "chart-pie"),
                _item("制度依据", "book"),
                _item("系统管理", "settings"),
            ],
        },
    ],
    "bottom": [
        _item("工作台", "layout-dashboard", current=True),
        _item("待办", "checklist", count=23),
        _item("申请", "file-text"),
        _item("名录", "leaf"),
        _item("我的", "user"),
    ],
}
UI_ENTERPRISE: Row = {
    "signed_in": True,
    "demo": True,
    "inbox_count": 2,
    "home": "/my/",
    "person": {"name": "周婷", "office": "企业经办", "initial": "周"},
    "phone": {"label": "延庆区经信局", "number": "010-00000000"},
    "nav": [
        {"label": "我的申请", "url": "#", "current": True},
        {"label": "年度数据", "url": "#"},
        {"label": "变更与复审", "url": "#"},
        {"label": "政策与公示", "url": "#"},
    ],
}
UI_PUBLIC: Row = {
    "signed_in": False,
    "demo": True,
    "nav": [
        {"label": "首页", "url": "#", "current": True},
        {"label": "公示公告", "url": "#"},
        {"label": "名单", "url": "#"},
        {"label": "制度依据", "url": "#"},
    ],
    "demo_password": "Example-2026",
    "demo_accounts": [
        {"username": "qiye", "name": "陈晨", "office": "企业经办"},
        {"username": "quju", "name": "赵敏", "office": "昌平区经信局"},
        {"username": "shiju", "name": "周宁", "office": "市局经办"},
        {"username": "fuze", "name": "何静", "office": "市局负责人"},
    ],
}

STATS = [
    {"label": "待我审核", "icon": "inbox", "value": 23, "unit": "件", "red": 1, "amber": 4, "green": 18},
    {
        "label": "退回待补正",
        "icon": "arrow-back-up",
        "value": 8,
        "unit": "件",
        "red": 2,
        "amber": 1,
        "green": 5,
    },
    {"label": "公示中", "icon": "speakerphone", "value": 36, "unit": "家 / 1 批", "amber": 36},
    {"label": "待复审", "icon": "refresh", "value": 14, "unit": "家", "amber": 3, "green": 11},
    {
        "label": "变更与重大调整",
        "icon": "building",
        "value": 6,
        "unit": "件",
        "red": 1,
        "amber": 2,
        "green": 3,
    },
]
WORDS = ("逾期", "3日内", "正常")
for stat in STATS:
    lights = zip(("red", "amber", "green"), WORDS, strict=True)
    stat["words"] = [
        {"light": light, "text": f"{word} {stat[light]}"} for light, word in lights if stat.get(light)
    ]
    stat["url"] = "#"


def _todo(line: str, **more: object) -> Row:
    title, no, place, matter, score, level = line.split("|")
    row: Row = {"title": title, "no": no, "place": place, "matter": matter, "score": score or None}
    return {**row, "level": level, "url": "?screen=review", "button": "审核", **more}


TODO = [
    _todo(
        "京恒精密传动（北京）有限公司|LC-2026-0147|昌平区|入库审核|72.5|优质",
        flag="2 处疑点",
        light="red",
        due="逾期 1 个工作日",
        due_title="应于 2026年3月17日 17:00 前办结",
    ),
    _todo("北清智电装备股份有限公司|LC-2026-0121|经开区|入库审核|91.0|领军", light="amber", due="今日到期"),
    _todo(
        "燕南新材料科技有限公司|FS-2024-0033|房山区|复审|58.2|不足60分",
        flag="1 处疑点",
        light="amber",
        due="剩 1 个工作日",
    ),
    _todo(
        "首创源生物制药有限公司|BG-2026-0009|大兴区|厂区迁址||",
        note="已用 28/30 日",
        light="paused",
        due="暂停计时",
    ),
    _todo("顺航热处理工业园|LC-2026-0139|顺义区|入库审核|81.4|标杆", light="green", due="剩 9 日"),
]
CALENDAR = [
    {
        "month": 3,
        "day": 18,
        "title": "延庆区 3 件推荐意见今日到期",
        "text": "已自动提醒区局经办人",
        "light": "red",
    },
    {
        "month": 3,
        "day": 20,
        "title": "第一批入库公示结束",
        "text": "36 家，异议 1 件须核实",
        "light": "amber",
    },
    {"month": 3, "day": 31, "title": "征集截止 · 年度数据截止", "text": "17 家草稿未提交", "url": "#"},
    {"month": 4, "day": 10, "title": "复审材料报送截止", "text": "14 家未报"},
]
PROGRESS = [
    {"label": "企业已提交", "value": 86, "note": "区级待推荐 12", "url": "#"},
    {"label": "区级已推荐", "value": 74, "share": "86%", "note": "市级待审 23", "tone": 1},
    {"label": "市级已审核", "value": 51, "share": "68%", "note": "拟公示 36", "tone": 2},
    {"label": "公示无异议", "value": 0, "tone": 3},
    {"label": "已入库", "value": 0, "tone": 4},
]
STEPS = [
    {"label": "企业提交", "state": "done", "note": "3月6日"},
    {"label": "区级推荐", "state": "done", "note": "3月16日"},
    {"label": "市级审核", "state": "now"},
    {"label": "公示", "state": "todo"},
    {"label": "入库", "state": "todo"},
]
CHECKS = [
    {"ok": True, "text": "诊断评估报告年度为 2025 年，属本年度或上一年度", "article": 5},
    {"ok": True, "text": "昌平区经信局已出具推荐意见（3月16日）", "article": 5},
    {"ok": True, "text": "综合评价 72.5 分，达到 60 分", "article": 8},
    {"ok": True, "text": "近三年无因复审不通过被撤销记录", "article": 12},
    {"strong": "名称与登记信息不一致：", "text": "登记名称 2月27日 已变更，申请表未更新", "article": 6},
    {
        "strong": "单位产品综合能耗同比下降 38%，",
        "text": "请核对报告第 41 页",
        "url": "#page-41",
        "article": 6,
    },
    {"barred": True, "text": "限制申报期未满（示例）", "article": 12},
]
SCORES = [
    {"name": "能源低碳化", "full": 30, "own": "24.0", "assessed": "20.5", "gap": "-3.5", "minus": True},
    {"name": "资源高效化", "full": 30, "own": "24.5", "assessed": "22.5", "gap": "-2.0", "minus": True},
    {"name": "生产洁净化", "full": 16, "own": "12.5", "assessed": "12.0", "gap": "-0.5", "minus": True},
    {"name": "产品绿色化", "full": 16, "own": "12.0", "assessed": "12.0", "gap": "0"},
    {"name": "用地集约化", "full": 8, "own": "6.5", "assessed": None, "gap": None},
]
CHOICES = [
    {"value": "clear", "label": "同意入库", "note": "列入下一批公示", "key": "A", "code": "KeyA"},
    {
        "value": "return",
        "label": "退回补正",
        "note": "一次性列明问题",
        "key": "B",
        "code": "KeyB",
        "checked": True,
    },
    {"value": "refuse", "label": "不予入库", "note": "须写理由与依据", "key": "N", "code": "KeyN"},
    {"value": "recheck", "label": "转第三方复核", "note": "复核期间暂停计时", "key": "F", "code": "KeyF"},
]
DEMANDS = [
    {"text": "请补充 2025 年外购热力结算凭证，重新核算综合能耗。", "where": "报告第 41 页", "article": 5},
    {
        "text": "登记名称已于 2 月 27 日变更，请更新申请表并附登记通知书。",
        "where": "申请表第 1 栏",
        "article": 6,
    },
]
CHIPS = [
    {"label": "缺盖章页", "text": "缺诊断机构盖章页，请补传。", "where": "绿色诊断评估报告", "article": 5},
    {"label": "数据年度不符", "text": "报告年度不符：须为本年度或上一年度绿色诊断评估报告。", "article": 5},
]
EVENTS = [
    {
        "title": "区级推荐",
        "who": "昌平区经信局 李强",
        "when": "3月16日 15:20",
        "quote": "材料齐全，同意推荐。",
    },
    {"title": "重新提交（第 2 次）", "who": "企业经办 周婷", "when": "3月13日 10:42"},
    {
        "title": "退回补正",
        "who": "昌平区经信局 李强",
        "when": "3月10日 09:15",
        "quote": "缺盖章页。",
        "article": 5,
    },
]
TABS = [
    {"label": "待我审核", "url": "#", "count": 23, "current": True},
    {"label": "临期与逾期", "url": "#", "count": 5},
    {"label": "有疑点", "url": "#", "count": 5},
    {"label": "已退回待补正", "url": "#", "count": 8},
    {"label": "全部申请", "url": "#", "count": 86},
]
GROUPS = [
    {
        "title": "核对资料",
        "note": "由信用代码带出，一般无需填写",
        "rows": [
            {
                "label": "核对单位基本信息",
                "url": "#",
                "hint": "14 栏已带出 14 栏；名称已变更，请确认",
                "status": "已完成",
            },
            {"label": "确认申请类型与方式", "url": "#", "hint": "绿色工厂 · 区级推荐", "status": "已完成"},
        ],
    },
    {
        "title": "上传与填报",
        "note": "已完成 2 / 4 项",
        "rows": [
            {
                "label": "绿色诊断评估报告",
                "url": "#",
                "hint": "2025 年报告，PDF",
                "status": "待上传",
                "tone": "blue",
            },
            {
                "label": "年度能源资源数据",
                "url": "#",
                "hint": "第 7 栏需补正",
                "status": "有问题",
                "tone": "red",
            },
            {"label": "分级评价自评", "url": "#", "hint": "自评 79.5 分", "status": "已完成"},
        ],
    },
    {
        "title": "提交",
        "note": "还差 2 项",
        "rows": [{"label": "核对并提交", "hint": "完成以上各项后提交", "status": "尚不能提交"}],
    },
]
FIX = [
    {
        "text": "诊断评估报告缺少诊断机构盖章页",
        "where": "第 3 项 绿色诊断评估报告",
        "article": 5,
        "who": "延庆区经信局 张华，3月16日",
        "url": "#",
        "button": "去补传",
    },
    {
        "text": "2025 年综合能源消费量未计入外购热力",
        "where": "第 4 项 能源数据，第 7 栏",
        "article": 5,
        "url": "#",
    },
]
CONTEXT: Row = {
    "stats": STATS,
    "todo": TODO,
    "todo_tabs": [
        {"label": "全部", "url": "#", "count": 23, "current": True},
        {"label": "逾期与临期", "url": "#", "count": 5},
        {"label": "我已办", "url": "#", "count": 51},
    ],
    "calendar": CALENDAR,
    "progress": PROGRESS,
    "steps": STEPS,
    "checks": CHECKS,
    "scores": SCORES,
    "total": {"full": 100, "own": "79.5", "assessed": "72.5", "gap": "-7.0", "minus": True},
    "choices": CHOICES,
    "demands": DEMANDS,
    "chips": CHIPS,
    "events": EVENTS,
    "tabs": TABS,
    "groups": GROUPS,
    "fix": FIX,
    "filters": [{"label": "批次：2026 第一批", "url": "#"}, {"label": "状态：待市级审核", "url": "#"}],
    "selects": [
        {"name": "district", "label": "区", "options": [{"value": "110114", "label": "昌平区"}]},
        {"name": "category", "label": "类型", "options": [{"value": "green_factory", "label": "绿色工厂"}]},
    ],
    "bulk_acts": [
        {"value": "clear", "label": "批量同意", "icon": "check", "primary": True},
        {"value": "return", "label": "批量退回"},
    ],
    "pages": [
        {"n": 1, "url": "#", "current": True},
        {"n": 2, "url": "#"},
        {"gap": True},
        {"n": 9, "url": "#"},
    ],
    "next_steps": [
        {"when": "今天", "what": "补正 2 处并提交", "now": True},
        {"when": "5 个工作日", "what": "延庆区经信局审核推荐"},
        {"when": "10 个工作日", "what": "市经济和信息化局审核"},
    ],
    "errors": [
        {"text": "请上传绿色诊断评估报告", "url": "#report", "article": 5},
        {"text": "综合得分应为 0–100 之间的数字，最多 2 位小数", "url": "#score"},
    ],
    "facts": [
        {"label": "统一社会信用代码", "value": "91110114MA00000001"},
        {"label": "类型", "value": "绿色工厂"},
        {"label": "所在区", "value": "昌平区"},
        {"label": "申请方式", "value": "区级推荐", "article": 5},
    ],
    "diff": [
        {"name": "综合能源消费量（tce）", "before": "2,036.8", "after": "3,180.5", "note": "+56.2%"},
        {
            "name": "诊断评估报告",
            "before": "诊断报告.pdf",
            "after": "诊断报告（盖章版）.pdf",
            "note": "已替换",
        },
    ],
    "tones": ["grey", "blue", "green", "orange", "red", "violet", "line"],
}
