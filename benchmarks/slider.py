"""From the key press on a slider to the paint of the new picture, in a real JupyterLab and a real browser."""

from __future__ import annotations

import time
from dataclasses import replace
from math import inf
from statistics import median
from typing import Any

from benchmarks.lessons import EXPLORERS, largest, made, weight
from benchmarks.line import Line, slow_line
from benchmarks.measuring import Effort, Table, percentile
from tests.browser.conftest import Explorer as OnPage
from tests.browser.conftest import Lab, Lesson, Locator

PATIENCE = 4.0
"""Seconds after which a picture that did not come is said to be missing."""

ROUND_TRIP = 0.1
FRAMES = 2 * 1000 / 60
SCENARIOS = ("idle", "slow line", "busy")

WATCH = """(root) => {
    const { dataset } = root;
    const shown = () => dataset.scene ? `${dataset.scene} ${dataset.step}` : root.querySelector("img")?.src;
    const before = shown();
    const pressed = new Promise((resolve) =>
        window.addEventListener("keydown", (event) => resolve(event.timeStamp), { capture: true, once: true })
    );
    window.painted = new Promise((resolve) => {
        const patience = setTimeout(() => { watcher.disconnect(); resolve(null); }, PATIENCE);
        const watcher = new MutationObserver(async () => {
            const now = shown();
            if (now === undefined || now === before) return;
            watcher.disconnect();
            clearTimeout(patience);
            await root.querySelector("img")?.decode();
            requestAnimationFrame(() => {
                const { port1, port2 } = new MessageChannel(); // its message comes after the paint
                port1.onmessage = async () => resolve(performance.now() - (await pressed));
                port2.postMessage(null);
            });
        });
        watcher.observe(root, { subtree: true, childList: true, attributes: true });
    });
}""".replace("PATIENCE", str(PATIENCE * 1000))

REDRAW = """(handle, [count, by]) => {
    const board = handle.closest(".dcv-explorer"), value = Number(handle.value);
    const timed = (change) => {
        const found = Array.from({ length: 2 * count }, (_, i) => {
            const start = performance.now();
            change(i % 2);
            const scripted = performance.now();
            board.getBoundingClientRect(); // styles and layout are computed now, not with the next frame
            return [scripted - start, performance.now() - scripted];
        });
        return [0, 1].map((part) => found.map((one) => one[part]).sort((a, b) => a - b)[count]);
    };
    const move = (back) => {
        handle.value = back ? value : value + by;
        handle.dispatchEvent(new Event("input", { bubbles: true }));
    };
    const ours = timed(move);
    const [one, other] = [0, 1].map((back) => {
        move(back);
        return [...board.querySelectorAll(".dcv-cell")].map((cell) => cell.textContent);
    });
    const texts = one.length > other.length ? one : other;
    const grid = document.createElement("div"), cells = texts.map(() => document.createElement("div"));
    grid.style.cssText = "display: grid; grid: auto-flow 36px / repeat(20, 40px)";
    grid.append(...cells);
    board.append(grid);
    const plain = timed((back) => cells.forEach((cell, i) => { cell.textContent = texts.at(i - back); }));
    grid.remove();
    return [...ours, plain[0] + plain[1]];
}"""

COUNT = """(root) => {
    const seen = (window.seen = { frames: 0, last: 0, released: 0 });
    let changed = false;
    const shown = () => root.dataset.step ?? root.querySelector("img")?.src;
    let before = shown();
    new MutationObserver(() => { changed = true; }).observe(
        root, { subtree: true, childList: true, attributes: true });
    window.addEventListener("keyup", (event) => { seen.released = event.timeStamp; }, true);
    const frame = () => {
        if (changed && shown() !== undefined && shown() !== before) {
            before = shown();
            seen.frames++;
            seen.last = performance.now();
        }
        changed = false;
        requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
}"""


def tables(lab: Lab, effort: Effort, explorers: tuple[str, ...] = EXPLORERS) -> list[Table]:
    """Measure every lesson's explorer and its classic twin; then hold a key down."""
    paint = Table(
        "Slider to paint",
        (
            "explorer at its largest scene",
            *(f"{scenario}: ours, p95 (ms)" for scenario in SCENARIOS),
            "redraw alone: script + layout (ms)",
            "as many plain numbers rewritten (ms)",
            *(f"{scenario}: classic (ms)" for scenario in SCENARIOS),
            "ratio, idle",
        ),
        aim="15 times quicker than `interact` with pyplot when idle; two frames (33 ms) at the 95th "
        "percentile in all three; redraw alone under 8 ms",
        reason="A part of a redraw no page escapes: the time in the column beside is what the browser takes "
        "to rewrite as many numbers in a plain grid, without colours, titles or words. The rest of the time "
        "from key to paint is waiting for its next frame (up to 17 ms), the paint of those numbers, and "
        "waiting for a busy processor.",
    )
    with slow_line(lab.port) as line:
        window = replace(lab, port=line.port).window()
        for name in explorers:
            settings = largest(made(name))
            path = lab.write(
                f"bench_{name}.ipynb",
                f"from deconv_helpers import {name}\n{name}(**{settings!r})",
                f"from benchmarks.classic import classic\nclassic({name!r}, {settings!r})",
                "while True: pass",
            )
            lesson = window.open(path)
            _measure(paint, lesson, line, name, settings, effort)
        held = _held(window.open(lab.root / f"bench_{_heaviest(explorers)}.ipynb"), effort)
    return [paint, held]


def _measure(
    paint: Table, lesson: Lesson, line: Line, name: str, settings: dict[str, Any], effort: Effort
) -> None:
    slider = _slider(name)
    label = slider.replace("_", " ")
    up = slider == "step" or settings[slider] < max(made(name).options[slider].values)
    keys = ["ArrowRight", "ArrowLeft"] if up else ["ArrowLeft", "ArrowRight"]
    ours, classic = _twins(lesson)
    lesson.cell(0)  # the redraw alone: before Python has anything else to do
    script, layout, plain = OnPage(ours).slider(label).evaluate(REDRAW, [effort.repetitions, 1 if up else -1])
    lesson.do("await lesson.sessionContext.session.kernel.requestKernelInfo()")  # Python has heard all of it
    found: dict[tuple[str, str], list[float]] = {}
    for scenario in SCENARIOS:
        line.delay = ROUND_TRIP / 2 if scenario == "slow line" else 0
        if scenario == "busy":
            lesson.start(2)
        for _ in range(min(2, effort.few)):
            for who, cell, root, handle in (
                ("ours", 0, ours, OnPage(ours).slider(label)),
                ("classic", 1, classic, _classic(classic, slider)),
            ):
                lesson.cell(cell)
                found.setdefault((scenario, who), []).extend(
                    _presses(root, handle, keys * (5 if who == "ours" else 2 if scenario != "busy" else 1))
                )
    lesson.do("await lesson.sessionContext.session.kernel.interrupt()")
    line.delay = 0
    mine = {s: (median(found[s, "ours"]), percentile(found[s, "ours"], 0.95)) for s in SCENARIOS}
    theirs = {s: median(found[s, "classic"]) for s in SCENARIOS}
    ratio = theirs["idle"] / mine["idle"][0]
    misses = [f"{ratio:.0f} times"] if ratio < 15 else []
    misses += [f"{s} p95 {high:.0f} ms" for s, (_, high) in mine.items() if high > FRAMES]
    misses += [f"redraw {script + layout:.1f} ms"] if script + layout > 8 else []
    paint.add(
        f"{name}, {slider}",
        *(f"{middle:.0f}, {high:.0f}" for middle, high in mine.values()),
        f"{script:.1f} + {layout:.1f}",
        f"{plain:.1f}",
        *(f"{time:.0f}" if time < inf else f"none in {PATIENCE:.0f} s" for time in theirs.values()),
        f"{ratio:.0f}x",
        missed=", ".join(misses),
    )
    lesson.do("await lesson.sessionContext.shutdown(); await lesson.context.save(); lesson.close()")


def _twins(lesson: Lesson) -> tuple[Locator, Locator]:
    """Run both cells; return our explorer and the classic one, once both show a picture."""
    lesson.run(0)
    ours = lesson.explorers(1)[0].root
    lesson.run(1)
    classic = lesson.cell(1).locator(".widget-interact")
    classic.locator("img").wait_for()
    return ours, classic


def _classic(root: Locator, label: str) -> Locator:
    """The handle of a slider of ipywidgets."""
    named = root.page.locator(".widget-label", has_text=label)
    return root.locator(".widget-slider", has=named).first.locator(".noUi-handle")


def _presses(root: Locator, handle: Locator, keys: list[str]) -> list[float]:
    """Return the milliseconds from each key press to its paint, infinite where none came."""
    found = []
    for key in keys:
        handle.focus()
        root.evaluate(WATCH)
        root.page.keyboard.press(key)
        painted = root.page.evaluate("window.painted")
        found.append(inf if painted is None else float(painted))
    return found


def _slider(name: str) -> str:
    """The slider that is moved: the stride's, or the first one; the steps' where an explorer has no other."""
    options = made(name).options
    sliders = [key for key, control in options.items() if isinstance(control.values, range)]
    return "stride" if "stride" in sliders else [*sliders, "step"][0]


def _heaviest(explorers: tuple[str, ...]) -> str:
    """The explorer that has the largest scene with steps to go through."""

    def most(name: str) -> int:
        explorer = made(name)
        scenes = [explorer.scene(**state) for state in explorer.states]
        return max(weight(scene)[0] * min(len(scene.steps), 20) for scene in scenes)

    return max(explorers, key=most)


def _held(lesson: Lesson, effort: Effort) -> Table:
    """Hold an arrow key down on the step slider, turning at every second, as a keyboard repeats it."""
    seconds = max(1, round(effort.seconds * 25))
    explorer = lesson.path.stem.removeprefix("bench_")
    held = Table(
        f"A key held down for {seconds} seconds on the step slider of the largest scene of {explorer}",
        ("who draws", "pictures drawn", "from release to the last one (ms)", "the last one is right"),
        aim="from release to the final state under 100 ms, final state right",
    )
    ours, classic = _twins(lesson)
    page = lesson.page
    for name, cell, root in (("ours", 0, ours), ("classic", 1, classic)):
        lesson.cell(cell)
        handle = OnPage(root).slider("step") if name == "ours" else _classic(root, "step")
        handle.focus()
        root.evaluate(COUNT)
        for second in range(seconds):
            key = ("ArrowRight", "ArrowLeft")[second % 2] if second < seconds - 1 else "ArrowRight"
            end = time.monotonic() + 1
            while time.monotonic() < end:
                page.keyboard.down(key)
                page.wait_for_timeout(25)
            page.keyboard.up(key)
        page.wait_for_timeout(2000)
        seen = page.evaluate("window.seen")
        late = max(0.0, seen["last"] - seen["released"])
        if name == "ours":
            settings = largest(made(explorer))
            step = int(handle.input_value())
            try:
                OnPage(root).shows(made(explorer).scene(**settings), step)
                right = "yes"
            except AssertionError:
                right = "no"
        else:
            last = root.locator("img").get_attribute("src")
            away = ["ArrowLeft", "ArrowRight"]
            _presses(root, handle, away if handle.get_attribute("aria-valuenow") != "0.0" else away[::-1])
            right = "yes" if root.locator("img").get_attribute("src") == last else "no"
        misses = [f"{late:.0f} ms"] * (late > 100) + ["wrong"] * (right == "no")
        held.add(name, str(seen["frames"]), f"{late:.0f}", right, missed=", ".join(misses) * (name == "ours"))
    return held
