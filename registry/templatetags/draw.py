"""`{% draw "components/tag.html" label=row.state tone=row.tone %}`: a component drawn once for equal values.

An `include … only` sets up a context of its own each time, which a list of fifty rows pays for two hundred times.
Small components say the same for the same values, so what was drawn is kept.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.template.loader import get_template
from django.utils.safestring import SafeString

register = template.Library()


def drawn(name: str, /, **values: Any) -> SafeString:
    """The component `name` with these values and nothing else: neither request nor user."""
    return get_template(name).render(values)


# Typed, for a string marked safe equals one that is not.
_kept = lru_cache(maxsize=4096, typed=True)(drawn)


@register.simple_tag
def draw(name: str, /, **values: Any) -> SafeString:
    """As `include name with … only`, kept. The values are plain: words, numbers, yes and no."""
    return drawn(name, **values) if settings.DEBUG else _kept(name, **values)
