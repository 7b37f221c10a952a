"""Files for the demo's cases: small real PDFs, made by the portal's own printer."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import pikepdf
from django.template import Context, Engine

from registry import intake, printing

PAGE = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>{{ title }}</title></head>
<body class="paper"><h1>{{ title }}</h1><p>（示例文件，内容均为虚构）</p>
{% for chapter in chapters %}<h2>{{ chapter.0 }}</h2><p>{{ chapter.1 }}</p>
<table class="facts"><tbody>{% for row in rows %}<tr><th scope="row">{{ row.0 }}</th><td>{{ row.1 }}</td></tr>{% endfor %}</tbody></table>
{% endfor %}</body></html>"""

CHAPTERS = [
    ("一、企业概况", "企业位于北京市，主要从事装备制造，已建立能源管理体系和环境管理体系。"),
    (
        "二、能源消耗诊断",
        "经现场核查能源计量器具、统计台账及结算凭证，主要用能品种为电力、天然气与外购热力。",
    ),
    ("三、资源与水", "生产用水循环利用，一般工业固体废物分类贮存并委托有资质单位综合利用。"),
    ("四、节能潜力分析", "空压机变频、余热回收和屋顶光伏改造具有节能潜力，建议纳入年度改造计划。"),
    ("五、结论与建议", "企业绿色化水平总体良好，建议完善碳足迹核算，持续提高可再生能源利用率。"),
]
ROWS = [
    ("电力（万千瓦时）", "1,286.4"),
    ("天然气（万立方米）", "88.1"),
    ("外购热力（吉焦）", "12,540"),
    ("综合能源消费量（吨标准煤）", "3,180.5"),
    ("取水量（立方米）", "52,600"),
    ("工业用水重复利用率", "91.2%"),
]


def paper(title: str, *, dated: date) -> dict[str, object]:
    """A stored PDF of that title: what a Document row keeps of it."""
    html = Engine().from_string(PAGE).render(Context({"title": title, "chapters": CHAPTERS, "rows": ROWS}))
    content = printing.html_pdf(html, title=title, dated=dated)
    path, digest = intake.keep(content)
    return {
        "name": f"{title}.pdf",
        "path": path,
        "media_type": "application/pdf",
        "size": len(content),
        "pages": len(pikepdf.open(BytesIO(content)).pages),
        "sha256": digest,
    }
