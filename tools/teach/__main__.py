"""`python course.py teach [LESSONS]`: sheets with keys, copies, quizzes and a test, into `teach/`."""

import re
import sys
from argparse import ArgumentParser
from pathlib import Path

import nbformat

import deconv_helpers.lessons.questions  # noqa: F401 - registers them
from deconv_helpers.scenes.question import Posed, names, pose
from tools.notebooks import FOLDER, CellError, lesson_paths
from tools.teach import collect, gift, qti
from tools.teach.blocks import Code
from tools.teach.codes import code
from tools.teach.copies import finished, handout
from tools.teach.items import item
from tools.teach.page import page
from tools.teach.sheets import Leads, no_code, write_sheets
from tools.teach.twelve import FORMS, form

TEACH = Path(__file__).resolve().parent.parent.parent / "teach"
PARTS = ("sheets", "platform", "test", "handout", "solved")
OF_QUESTIONS = ("sheets", "platform")
"""Parts that a lesson without questions has not: the clinic."""


def write(path: Path, text: str) -> None:
    """Write text as UTF-8 with the same ends of lines on every system."""
    path.write_text(text, encoding="utf-8", newline="\n")


class Kit:
    """What is written, and where to.

    seeds    how many different sheets of each lesson; 0 for one with the lesson's own numbers
    address  where the pages are published; "" where they are not
    """

    def __init__(self, folder: Path, seeds: int = 0, address: str = "") -> None:
        self.folder, self.seeds, self.address = folder, seeds, address
        self.lessons = {path.stem[:2]: path for path in lesson_paths(FOLDER)}
        self.stems = {number: path.stem for number, path in self.lessons.items()}

    def place(self, part: str) -> Path:
        """The folder of a part, made if need be."""
        (self.folder / part).mkdir(parents=True, exist_ok=True)
        return self.folder / part

    def title(self, number: str) -> str:
        """The number and the name of a lesson, as its first heading has them."""
        first = nbformat.read(self.lessons[number], as_version=4).cells[0].source
        found = re.match(r"# (.+)", first)
        return found[1] if found else self.stems[number]

    def leads(self, posed: Posed) -> Code:
        """The code that leads to a question on the published pages; () where they are not."""
        return code(self.address, self.stems, posed.name)

    def print_out(
        self, part: str, name: str, title: str, sheets: list[tuple[str, list[Posed]]], leads: Leads = no_code
    ) -> None:
        """Sheets and their key."""
        folder = self.place(part)
        write_sheets(folder / f"{name}.pdf", title, sheets, code=leads)
        write_sheets(folder / f"{name}-key.pdf", title, sheets, key=True)

    def quiz(self, part: str, name: str, title: str, asked: list[Posed]) -> None:
        """Questions for Moodle and for Canvas."""
        items = [item(posed) for posed in asked]
        folder = self.place(part)
        write(folder / f"{name}-moodle.txt", gift.text(f"Transposed convolution/{title}", items))
        package = qti.package(f"deconv_{name}", title, items)
        (folder / f"{name}-canvas.zip").write_bytes(package)

    def sheets(self, number: str) -> None:
        """The sheets of a lesson and their keys."""
        own = names(number)
        drawn = [(f"sheet {seed}", [pose(name, seed) for name in own]) for seed in range(1, self.seeds + 1)]
        sheets = drawn or [("", [pose(name) for name in own])]
        self.print_out("sheets", number, self.title(number), sheets, self.leads)

    def platform(self, number: str) -> None:
        """The questions of a lesson for Moodle and for Canvas."""
        self.quiz("platform", number, self.title(number), [pose(name) for name in names(number)])

    def handout(self, number: str) -> None:
        """The copy of a lesson without its solutions and answers."""
        path = self.lessons[number]
        copy = handout(nbformat.read(path, as_version=4))
        write(self.place("handout") / path.name, nbformat.writes(copy) + "\n")

    def solved(self, number: str) -> None:
        """The copy of a lesson with its solutions in place, run."""
        path = self.lessons[number]
        copy = finished(nbformat.read(path, as_version=4), path.stem)
        write(self.place("solved") / path.name, nbformat.writes(copy) + "\n")

    def test(self) -> None:
        """Both forms of the test: on paper with their keys, for platforms, and as web pages."""
        for which, title in zip(FORMS, ("Before the course", "After the course"), strict=True):
            asked = form(which)
            self.print_out("test", which, title, [("", asked)])
            self.quiz("test", which, title, asked)
            write(self.place("test") / f"{which}.html", page(title, asked))


def options(arguments: list[str]) -> tuple[ArgumentParser, list[str], list[str], int, str, Path | None]:
    """What is asked for: lessons, parts, how many sheets, the address, the folder to collect from."""
    parser = ArgumentParser("python course.py teach", description="Write what a teacher needs into teach/.")
    parser.add_argument("lessons", nargs="*", help="such as 01 or 01_convolution; left out, all of them")
    parser.add_argument(
        "--only",
        choices=PARTS,
        action="append",
        metavar="PART",
        help=f"this part alone (may be repeated): {', '.join(PARTS)}",
    )
    parser.add_argument(
        "--seeds",
        type=int,
        default=0,
        metavar="N",
        help="N different sheets of each lesson, numbered; left out, one with the lesson's numbers",
    )
    parser.add_argument(
        "--address",
        default="",
        metavar="URL",
        help="where the pages are, for codes on the sheets: https://example.org/course/",
    )
    parser.add_argument(
        "--collect",
        type=Path,
        metavar="FOLDER",
        help="make a table of the notebooks in FOLDER that students handed in, and nothing else",
    )
    given = parser.parse_args(arguments)
    if not 0 <= given.seeds <= 1000:
        parser.error(f"--seeds must be from 0 to 1000, got {given.seeds}")
    if given.address and not re.fullmatch(r"https?://[^\s/]\S*", given.address):
        parser.error(f"--address must begin with https://, got {given.address!r}")
    if (given.seeds or given.address) and given.only and "sheets" not in given.only:
        parser.error("--seeds and --address are for sheets: leave --only out, or name sheets, too")
    if given.collect is not None and (given.lessons or given.only or given.seeds or given.address):
        parser.error("--collect goes alone: it reads all lessons, and writes its table and nothing else")
    return parser, given.lessons, given.only or list(PARTS), given.seeds, given.address, given.collect


def main(arguments: list[str], folder: Path = TEACH) -> int:
    """Write what the arguments ask for into the folder; return 0, or 1 where that failed."""
    parser, wanted, parts, seeds, address, handed_in = options(arguments)
    kit = Kit(folder, seeds, address)
    if handed_in is not None:
        try:
            rows = collect.table(handed_in, [collect.lesson_of(path) for path in kit.lessons.values()])
        except ValueError as error:
            parser.error(str(error))
        path = folder / "collected.csv"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            collect.write(rows, path)
        except OSError as error:
            reason = f"{path} cannot be written ({error.strerror})."
            print(f"{reason} If it is open in a spreadsheet, close it there.", file=sys.stderr)
            return 1
        gaps = sum(bool(row[-1]) for row in rows)
        print(f"{len(rows) - 3} students: {path}")
        if gaps > 1:  # the heading is one
            print(f"Not all could be read: see the last column, which says of {gaps - 1} students why.")
        return 0
    known = {name: number for number, stem in kit.stems.items() for name in (number, stem)}
    unknown = [name for name in wanted if name not in known]
    if unknown:
        parser.error(f"no such lesson: {', '.join(unknown)}. There are: {', '.join(kit.lessons)}")
    try:
        for part in parts:
            print(f"{folder.name}/{part}", end="", flush=True)
            if part == "test":
                kit.test()
            else:
                for number in dict.fromkeys(known[name] for name in wanted) or kit.lessons:
                    if part in OF_QUESTIONS and not names(number):
                        continue
                    getattr(kit, part)(number)
                    print(f" {number}", end="", flush=True)
            print()
    except (CellError, OSError) as failure:
        print(f"\n{failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
