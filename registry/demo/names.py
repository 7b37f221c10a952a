"""Invented names. Every one of them says 示例, so no print of the demo can pass for a real list."""

from __future__ import annotations

from collections.abc import Iterator

from greenmfg.rulebook import Category

BRANDS = [
    "京恒",
    "北清",
    "燕南",
    "首创源",
    "顺航",
    "密水",
    "通运",
    "怀影",
    "海云",
    "延山",
    "兴创",
    "平谷源",
    "昌华",
    "房岭",
    "石景",
    "丰泽",
    "朝晖",
    "西城坊",
    "东隆",
    "门岭",
    "亦新",
    "华翔",
    "瑞泰",
    "天工",
    "云杉",
    "长青",
    "启明",
    "远征",
    "博澜",
    "安和",
]
TRADES = [
    ("精密传动", "通用设备制造业"),
    ("智能装备", "专用设备制造业"),
    ("新材料科技", "化学原料和化学制品制造业"),
    ("生物制药", "医药制造业"),
    ("汽车零部件", "汽车制造业"),
    ("电子器件", "计算机、通信和其他电子设备制造业"),
    ("绿色食品", "食品制造业"),
    ("包装材料", "造纸和纸制品业"),
    ("光学仪器", "仪器仪表制造业"),
    ("新能源材料", "电气机械和器材制造业"),
]
PARKS = ["科技产业园", "高端制造园", "生物医药产业园"]


def units() -> Iterator[tuple[str, str, Category]]:
    """(name, industry, category) without end and without repetition for the first few hundred."""
    n = 0
    while True:
        brand = BRANDS[n % len(BRANDS)]
        trade, industry = TRADES[(n // len(BRANDS) + n) % len(TRADES)]
        if n % 17 == 8:
            yield f"{brand}示例{PARKS[n // 17 % len(PARKS)]}", "工业园区", Category.GREEN_PARK
        elif n % 11 == 5:
            yield f"{brand}示例{trade}供应链管理有限公司", industry, Category.GREEN_SUPPLY_CHAIN
        else:
            yield f"{brand}示例{trade}有限公司", industry, Category.GREEN_FACTORY
        n += 1
