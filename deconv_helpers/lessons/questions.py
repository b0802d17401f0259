"""All questions of the course: importing this module registers them."""

from . import questions_00, questions_01

__all__ = ["questions_00", "questions_01"]
