"""The 17 recommending bodies, and the holiday table preloaded from the library's data."""

from datetime import date, timedelta

import chinese_calendar
from chinese_calendar.constants import Holiday as Holidays
from django.db import migrations

DISTRICTS = [
    ("110101", "东城区", "东城"),
    ("110102", "西城区", "西城"),
    ("110105", "朝阳区", "朝阳"),
    ("110106", "丰台区", "丰台"),
    ("110107", "石景山区", "石景山"),
    ("110108", "海淀区", "海淀"),
    ("110109", "门头沟区", "门头沟"),
    ("110111", "房山区", "房山"),
    ("110112", "通州区", "通州"),
    ("110113", "顺义区", "顺义"),
    ("110114", "昌平区", "昌平"),
    ("110115", "大兴区", "大兴"),
    ("110116", "怀柔区", "怀柔"),
    ("110117", "平谷区", "平谷"),
    ("110118", "密云区", "密云"),
    ("110119", "延庆区", "延庆"),
    # No district and without a code of its own, but it recommends like one.
    ("BDA", "北京经济技术开发区", "经开区"),
]
FIRST_YEAR, LAST_YEAR = 2017, 2026
IN_CHINESE = {holiday.value: holiday.chinese for holiday in Holidays}


def load(apps, schema_editor):
    District = apps.get_model("registry", "District")
    Holiday = apps.get_model("registry", "Holiday")
    District.objects.bulk_create(
        District(
            code=code,
            name=name,
            short=short,
            order=order,
            office="经开区管委会" if code == "BDA" else f"{name}经济和信息化局",
        )
        for order, (code, name, short) in enumerate(DISTRICTS, start=1)
    )
    day, rows = date(FIRST_YEAR, 1, 1), []
    while day.year <= LAST_YEAR:
        off, name = chinese_calendar.get_holiday_detail(day)
        if off != (day.weekday() >= 5) or (off and name):
            basis = "国务院办公厅年度节假日安排（预置）"
            words = IN_CHINESE.get(name, "")
            rows.append(Holiday(day=day, off=off, name=words if off else f"{words}调休上班", basis=basis))
        day += timedelta(days=1)
    Holiday.objects.bulk_create(rows)


class Migration(migrations.Migration):
    dependencies = [("registry", "0001_initial")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
