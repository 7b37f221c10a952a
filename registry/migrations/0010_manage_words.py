"""The settings of before with the day since which they hold, and the words that the office chooses from."""

import json
from datetime import date

from django.db import migrations
from django.utils.timezone import localdate

FIRST_DAY = date(2023, 9, 11)

REPORT, SCORE, DATA = "绿色诊断评估报告", "分级评价自评", "年度能源资源数据"
# code, kind, label, where, text, article
WORDINGS = [
    ("R01", "return", "报告年度不符", REPORT, "请提交本年度（{本年度}）或上一年度（{上年度}）绿色诊断评估报告", 5),
    ("R02", "return", "缺盖章页", REPORT, "请补充诊断机构盖章页", 5),
    ("R03", "return", "缺区级推荐意见", "区级推荐意见", "未见区级工业主管部门推荐意见，请补充", 5),
    ("R04", "return", "评价材料不完整", "评价材料", "请补齐对照国家相关评价要求的评价材料", 5),
    ("R05", "return", "得分未达要求", SCORE, "综合得分 {不足得分} 分，未达到 {入库得分} 分，请补充说明或完善后再报", 8),
    ("R06", "return", "自评与评价有差异", SCORE, "自评得分与综合得分相差 {得分差} 分，请说明", 6),
    ("R07", "return", "数据存疑", DATA, "请核实能源资源数据并附凭证", 6),
    ("R08", "return", "名称不一致", "单位基本信息", "单位名称与登记信息不一致，请核对更新；已列入名单的，请按第十一条办理名称变更", 6),
    ("R09", "return", "页面不清", "佐证材料", "附件无法打开或页面不清，请重新上传", 6),
    ("N01", "refuse", "限制申报期内", "", "该单位尚在限制申报期内（至{限制期至}），依据第十二条不予入库。", 12),
    ("N02", "refuse", "不属于本市工业企业、园区", "", "该单位不属于本市工业企业、园区，依据第一条、第二条不予入库。", 2),
    ("N03", "refuse", "材料数据虚假", "", "经核实，所报材料和数据虚假，依据第六条不予入库。", 6),
    ("G01", "notice", "入库公示正文", "",
     "根据《{办法}》第六条，经企业申报、区级工业主管部门推荐、市级审核，拟将附件所列单位纳入北京市绿色制造培育库，"
     "现予以公示，公示时间见本页。\n"
     "公示期间，任何单位和个人对公示内容有异议的，请以书面形式实名反映，写明事实并附证明材料。"
     "以单位名义反映的，应加盖公章；以个人名义反映的，应由本人手写签名。匿名反映不予受理，反映人信息予以保密。\n"
     "联系电话：{联系电话}；电子邮箱：{联系邮箱}；通信地址：{联系地址}。", 6),
    ("A01", "answer", "与事实不符", "", "经核查，所反映的情况与事实不符，异议不成立。", 6),
    ("A02", "answer", "证明材料不足", "", "所附证明材料不足以支持所反映的事实，经告知未能补充，异议不成立。", 6),
    ("A03", "answer", "不属于公示内容", "", "所反映的事项不属于本次公示内容，异议不成立，已告知反映人向有关部门反映。", 6),
    ("A04", "answer", "情况属实", "", "经核查，所反映的情况属实，异议成立，该单位退回审核。", 6),
]  # fmt: skip


def carry_over(apps, schema_editor):
    Event = apps.get_model("registry", "Event")
    days = {}
    for event in Event.objects.filter(stream="ledger:setting").order_by("seq"):
        days[json.loads(event.body)["data"].get("key")] = localdate(event.at)
    Setting = apps.get_model("registry", "Setting")
    Setting.objects.bulk_create(
        Setting(key=row.key, value=row.value, basis=row.basis or "原设置", in_force_from=days.get(row.key, FIRST_DAY))
        for row in apps.get_model("registry", "UndatedSetting").objects.all()
    )
    Wording = apps.get_model("registry", "Wording")
    there = set(Wording.objects.values_list("code", flat=True))
    Wording.objects.bulk_create(
        Wording(code=code, kind=kind, label=label, where=where, text=text, article=article, order=10 * n)
        for n, (code, kind, label, where, text, article) in enumerate(WORDINGS, start=1)
        if code not in there
    )


class Migration(migrations.Migration):
    dependencies = [("registry", "0009_manage")]
    operations = [migrations.RunPython(carry_over, migrations.RunPython.noop)]
