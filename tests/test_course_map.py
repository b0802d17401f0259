"""The map of the course: a part for each lesson, under the title that the lesson has."""

from pathlib import Path

import nbformat
import pytest

from deconv_helpers import course_map
from deconv_helpers.lessons.course_map import lesson_panels
from tools.notebooks import FOLDER

LESSONS = sorted(FOLDER.glob("*.ipynb"))
TITLES = {title[:2]: title for title in lesson_panels()}


def test_the_map_names_twelve_lessons_in_their_order() -> None:
    assert list(TITLES) == [f"{number:02}" for number in range(12)]
    words = repr(course_map())
    places = [words.index(title) for title in TITLES.values()]
    assert places == sorted(places)


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_part_has_the_title_of_its_lesson(path: Path) -> None:
    _, _, heading = str(nbformat.read(path, as_version=4).cells[0].source).splitlines()[0].split(maxsplit=2)
    _, title = TITLES[path.stem[:2]].split(maxsplit=1)
    assert heading.startswith(title), heading


def test_all_parts_are_as_wide_as_the_map_has_room_for() -> None:
    for title, part in lesson_panels().items():
        assert part.shape[1] in ((103, 104, 105) if part.image else (5,)), title
