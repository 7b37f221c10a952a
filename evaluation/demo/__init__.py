"""The demo of this room: a scheme marked as an example, evaluations in every state, and two rounds of gradings."""

from __future__ import annotations

from evaluation.demo import checks, gradings, schemes
from registry.demo.seed import Seeder


def fill(seeder: Seeder) -> None:
    """After the register has been filled."""
    seeder.say("指标体系（示例）")
    scheme = schemes.fill(seeder)
    seeder.say("第三方评价各状态")
    checks.fill(seeder, scheme)
    seeder.say("分级评价")
    gradings.fill(seeder, scheme)
