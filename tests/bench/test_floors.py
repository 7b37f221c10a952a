"""`make bench`: the measuring runs as the portal does, not as its tests do, so in a process of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench import scoring


@pytest.mark.slow
def test_pages_and_acts_stay_near_their_floors() -> None:
    """Ratios and numbers of queries within their targets; the table is printed (see it with -s)."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.bench.run"], cwd=Path(__file__).parents[2], check=False
    )
    assert run.returncode == 0, "a target was missed: see the table"


@pytest.mark.slow
def test_scores_are_computed_anew_near_their_floor() -> None:
    """10,000 evaluations of 30 items; the line is printed."""
    assert scoring.main(), "the target was missed: see the line"
