"""The tables of this room. Import models from here."""

from evaluation.models.evaluations import Evaluation
from evaluation.models.gradings import Grading, GradingRound
from evaluation.models.independence import projects, standing_aside, standing_aside_of
from evaluation.models.lines import ScoreLine
from evaluation.models.schemes import SchemeVersion, schemes_on
from evaluation.models.sheets import Scored

__all__ = [
    "Evaluation",
    "Grading",
    "GradingRound",
    "SchemeVersion",
    "ScoreLine",
    "Scored",
    "projects",
    "schemes_on",
    "standing_aside",
    "standing_aside_of",
]
