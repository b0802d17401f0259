"""`python course.py notebooks [NAMES]`: run the stored notebooks and store them anew.

Each runs from top to bottom in a fresh kernel, in notebooks/, and is stored without whatever differs from one
run or one machine to the next. A notebook that fails stays as it was.
"""

import base64
import copy
import hashlib
import io
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import numpy as np
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal, DeadKernelError
from nbformat import NotebookNode
from PIL import Image

from deconv_helpers.scenes.drawing import embedded_svg
from tools.live_views import drop_live_views
from tools.whole import write_whole

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
LARGEST = 400 * 1024  # bytes of a stored notebook
LONGEST = 120  # seconds for a cell
CELL_METADATA = {"tags", "jupyter", "editable", "deletable"}
PACKED = re.compile(r"data:image/png;base64,([^\"]*)")  # an image in a picture
UNCOMPARED = "nbval-ignore-output"  # tag of a cell whose output says what is installed on this machine
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
}
# Side of a square of pixels, and how far (0 to 255) its mean may move. The small square sees a digit that
# changed and allows letters to be smoothed otherwise; the large one sees a colour that changed.
TOLERANCES = ((2, 64), (16, 12))


class CellError(Exception):
    """A notebook does not run; the message names the notebook, the cell and the error."""


def execute(
    notebook: NotebookNode,
    name: str,
    folder: Path = FOLDER,
    live: Callable[[NotebookNode], str] | None = None,
) -> NotebookNode:
    """Run a copy of the notebook in a fresh kernel and return it normalised.

    live  makes code of the notebook that was run, which its kernel runs last; then live views stay.

    Raise CellError for a cell that raises an error, writes to stderr or takes longer than LONGEST.
    """
    fresh = copy.deepcopy(notebook)
    client = NotebookClient(
        fresh,
        kernel_name="python3",
        timeout=LONGEST,
        record_timing=False,
        store_widget_state=False,
        extra_arguments=["--IPKernelApp.log_level=ERROR"],  # it warns of TCP, which stays on this machine
        coalesce_streams=True,
        resources={"metadata": {"path": str(folder)}},
    )
    with client.setup_kernel():
        for number, cell in enumerate(fresh.cells, start=1):
            try:
                client.execute_cell(cell, number - 1)
            except (CellControlSignal, DeadKernelError) as error:
                reason = re.sub(r"\x1b\[[\d;]*m", "", str(error)).strip().splitlines()[-1]
                raise CellError(f"{name}, cell {number}: {reason}\n\n{cell.source}") from error
            warned = [output.text for output in cell.get("outputs", []) if output.get("name") == "stderr"]
            if warned:
                raise CellError(f"{name}, cell {number} writes to stderr: {warned[0]}\n\n{cell.source}")
        if live:
            client.timeout = None
            fresh.cells.append(nbformat.v4.new_code_cell(live(fresh)))
            client.execute_cell(fresh.cells[-1], len(fresh.cells) - 1)
            fresh.cells.pop()
            return fresh
    return normalise(fresh)


def normalise(notebook: NotebookNode) -> NotebookNode:
    """A copy of the notebook without what differs from one run or one machine to the next."""
    notebook = copy.deepcopy(notebook)
    drop_live_views(notebook)
    notebook.nbformat_minor = 5  # the first whose cells have ids
    notebook.metadata = nbformat.from_dict(METADATA)
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({k: v for k, v in cell.metadata.items() if k in CELL_METADATA})
    return notebook


def faults(path: Path) -> Iterator[str]:
    """What a stored notebook shows to be wrong with it without being run."""
    notebook = nbformat.read(path, as_version=4)
    if path.stat().st_size > LARGEST:
        yield f"{path.name} has {path.stat().st_size // 1024} KiB, more than {LARGEST // 1024}"
    if notebook.metadata.get("kernelspec") != METADATA["kernelspec"]:
        yield f"{path.name} does not name the kernel python3 in its kernelspec"
    if normalise(notebook) != notebook:
        yield f"{path.name} is not normalised: it has widget state, live views, timestamps or other metadata"
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    counts = [cell.execution_count for cell in code]
    if None in counts:
        yield f"{path.name} has a cell that was not executed: {code[counts.index(None)].source!r}"
    elif counts != list(range(1, len(code) + 1)):
        yield f"{path.name} was not executed in order by a fresh kernel: {counts}"


def differences(stored: NotebookNode, fresh: NotebookNode) -> Iterator[str]:
    """Where the outputs of a stored notebook differ from those of a fresh run of it: then it is stale."""
    for number, (old, new) in enumerate(zip(stored.cells, fresh.cells, strict=True), start=1):
        if UNCOMPARED in old.metadata.get("tags", []):
            continue
        before, after = ([_content(o) for o in cell.get("outputs", [])] for cell in (old, new))
        kinds_before, kinds_after = ([list(content) for content in contents] for contents in (before, after))
        if kinds_before != kinds_after:
            yield f"cell {number} gives other outputs: {kinds_after}, not {kinds_before}"
            continue
        for was, now in zip(before, after, strict=True):
            for kind in was:
                if kind == "image/png":
                    if pictures_differ(*(base64.b64decode(content[kind]) for content in (was, now))):
                        yield f"cell {number} gives another picture"
                elif was[kind] != now[kind] and kind == "text/html":
                    yield f"cell {number} gives another picture"
                elif was[kind] != now[kind]:
                    yield f"cell {number} gives another {kind}: {now[kind]!r}, not {was[kind]!r}"


def _content(output: NotebookNode) -> dict[str, str]:
    if output.output_type == "stream":
        return {output.name: output.text}
    return {kind: seen(text) if kind == "text/html" else text for kind, text in sorted(output.data.items())}


def seen(html: str) -> str:
    """What a picture shows, or other HTML as it is: machines pack the same pixels in other ways."""
    svg = embedded_svg(html)
    return html.partition(" src=")[0] + PACKED.sub(_pixels, svg) if svg else html


def _pixels(packed: re.Match[str]) -> str:
    image = Image.open(io.BytesIO(base64.b64decode(packed[1]))).convert("RGBA")
    return f"{image.size} {hashlib.sha256(image.tobytes()).hexdigest()}"


def pictures_differ(stored: bytes, fresh: bytes) -> bool:
    """Whether two PNG files look different, beyond how letters are smoothed and a pixel or two in size."""
    old, new = (np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), float) for png in (stored, fresh))
    if max(abs(a - b) for a, b in zip(old.shape, new.shape, strict=True)) > 2:
        return True
    height, width = (min(a, b) for a, b in zip(old.shape[:2], new.shape[:2], strict=True))
    difference = old[:height, :width] - new[:height, :width]
    for side, bound in TOLERANCES:
        rows, columns = height // side, width // side
        squares = difference[: rows * side, : columns * side].reshape(rows, side, columns, side, 3)
        if squares.size and abs(squares.mean(axis=(1, 3))).max() > bound:
            return True
    return False


def renew(path: Path) -> None:
    """Run a stored notebook and store it normalised; outputs that did not change stay as they are."""
    stored = nbformat.read(path, as_version=4)
    fresh = execute(stored, path.stem, path.parent)
    if not any(differences(stored, fresh)) and not any(faults(path)):
        print(f"{path.stem}: unchanged")
        return
    write_whole(path, nbformat.writes(fresh) + "\n")
    print(f"{path.stem}: stored, {path.stat().st_size // 1024} KiB")


def lesson_paths(folder: Path) -> list[Path]:
    """The lessons in a folder, in order, without copies of theirs and untitled notebooks beside them."""
    return sorted(path for path in folder.glob("*.ipynb") if re.fullmatch(r"\d\d_\w+", path.stem))


def main(names: list[str]) -> int:
    paths = {path.stem: path for path in lesson_paths(FOLDER)}
    wanted = [Path(name).stem for name in names] or list(paths)
    unknown = [name for name in wanted if name not in paths]
    if unknown or not wanted:
        print(f"No such notebook: {', '.join(unknown) or 'none'}. There are: {', '.join(paths) or 'none'}.")
        return 2
    failures = 0
    for name in wanted:
        try:
            renew(paths[name])
        except (CellError, OSError) as failure:
            print(f"{failure}\n\n{name} stays as it was.\n", file=sys.stderr)
            failures += 1
    return min(failures, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
