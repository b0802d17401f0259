"""All questions of the course: importing this module registers them."""

from . import (
    questions_00,
    questions_01,
    questions_02,
    questions_03,
    questions_04,
    questions_05,
    questions_06,
    questions_07,
    questions_08,
    questions_09,
    questions_10,
)

__all__ = [
    "questions_00",
    "questions_01",
    "questions_02",
    "questions_03",
    "questions_04",
    "questions_05",
    "questions_06",
    "questions_07",
    "questions_08",
    "questions_09",
    "questions_10",
]
