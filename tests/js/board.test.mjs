// The pure functions of board.js and host.js. BOARD and HOST say where copies of them are that Node takes for modules.

import assert from "node:assert/strict";
import { test } from "node:test";

const board = await import(process.env.BOARD);
const host = await import(process.env.HOST);

/** A panel of this many rows and columns, as a scene that was opened has it. */
function panel(name, rows, columns, more = {}) {
  const values = new Int8Array(rows * columns).map((_, i) => i % 5);
  return {
    name, title: `${name} ${rows}x${columns}`, role: "input", sign: "", shape: [rows, columns], rows, columns, values,
    marks: null, weights: null, origin: [0, 0], wrong: new Map(), editable: false, image: null, peak: 4, widest: 1, ...more,
  };
}

/** A row x of three numbers, a kernel of two, and their sums: 0*0 + 1*1, 1*0 + 2*1. */
function sums(term = "") {
  const panels = [panel("x", 1, 3), panel("w", 1, 2), panel("y", 1, 2)];
  return {
    panels, rows: [["", [0, 1, 2]]], sums: [[2, 0, 1, term, "nothing reaches it"]], captions: [], labels: null, notes: [],
    taps: [[0, 1, 1, 2], [0, 1, 0, 1], [0, 0, 1, 1]].map((column) => Int8Array.from(column)),
    stepTaps: new Int8Array(), stepEnds: new Int8Array(), whole: true, marks: [],
    changePanels: new Int8Array(), changeCells: new Int8Array(), changeValues: new Int8Array(), changeEnds: Int8Array.from([0]),
  };
}
const TEXTS = ["0", "1", "2", "-3", "4"];

test("rows and columns, and the cell of another scene that a reader calls the same", () => {
  assert.deepEqual(board.placeOf({ columns: 4 }, 6), [1, 2]);
  assert.equal(board.cellIn({ rows: 2, columns: 4 }, 1, 4), null);
  const padded = panel("x", 4, 6, { origin: [1, 1] });
  assert.equal(board.sameCell(panel("x", 2, 4), padded, 6), 2 * 6 + 3);
  assert.equal(board.sameCell(padded, panel("x", 2, 4), 0), null);
  assert.equal(board.nameOf(padded, 8), "x[0, 1]");
});

test("a cell as a sum, its terms counted, and how often a cell goes into one", () => {
  const scene = sums("stamp");
  const values = board.valuesAt(scene, 0);
  const head = { texts: TEXTS, marks: ["data", "cropped"] };
  const read = (at) => board.sumText(head, scene, values, at, board.tapsOfCell(scene, at));
  assert.equal(read({ panel: 2, cell: 1 }), " = 1*0 + 2*1 = 1, 2 stamps");
  assert.equal(read({ panel: 0, cell: 1 }), " = 1 goes into 2 cells of y");
  assert.equal(read({ panel: 0, cell: 0 }), " = 0 goes into 1 cell of y");
  assert.equal(board.sumText(head, scene, values, { panel: 2, cell: 0 }, []), " = 0: nothing reaches it");
});

test("what is cropped is counted apart, a negative factor stands in brackets", () => {
  const scene = sums();
  const head = { texts: TEXTS, marks: ["data", "cropped"] };
  scene.panels[2].marks = Int8Array.from([0, 1]);
  scene.panels[0].values = Int8Array.from([3, 3, 3]);
  const values = board.valuesAt(scene, 0);
  const read = (at) => board.sumText(head, scene, values, at, board.tapsOfCell(scene, at));
  assert.equal(read({ panel: 0, cell: 1 }), " = -3 goes into 2 cells of y, 1 of them cropped");
  assert.equal(read({ panel: 2, cell: 0 }), " = -3*0 + (-3)*1 = 0");
  assert.equal(read({ panel: 0, cell: 2 }), " = -3 goes into 1 cell of y, cropped");
});

test("a cell of a lone product names its partners, and its own mark", () => {
  const scene = { ...sums(), sums: [] };
  scene.panels[0].marks = Int8Array.from([1, 0, 0]);
  const head = { texts: TEXTS, marks: ["data", "padding"] };
  const read = (cell) => board.readCell({ head }, scene, board.valuesAt(scene, 0), { panel: 0, cell }, board.tapsOfCell(scene, { panel: 0, cell }));
  assert.equal(read(0), "x[0, 0] = 0 (padding): w[0, 0] = 0, y[0, 0] = 0");
  assert.equal(read(1), "x[0, 1] = 1"); // it is in two
});

test("a caption that says the sum of the pointed cell is not said twice", () => {
  const scene = { ...sums(), captions: ["row 0 of C: y[0, 0] = 0*0 + 1*1 = 0"], stepTaps: Int8Array.from([0, 1]), stepEnds: Int8Array.from([2]) };
  const head = { texts: TEXTS, marks: ["data"] };
  assert.equal(board.readCell({ head }, scene, board.valuesAt(scene, 0), { panel: 2, cell: 0 }, [0, 1]), scene.captions[0]);
});

test("partners stand in lit cells, but not where a cell has several", () => {
  const scene = sums();
  const values = board.valuesAt(scene, 0);
  const [x, w] = board.pairsOf(scene, TEXTS, values, board.tapsOfCell(scene, { panel: 2, cell: 1 }));
  assert.deepEqual([...x], [[1, "×0"], [2, "×1"]]);
  assert.deepEqual([...w], [[0, "×1"], [1, "×2"]]);
  const [, both] = board.pairsOf(scene, TEXTS, values, [0, 2]);
  assert.equal(both.get(0), ""); // x[0] and x[1]
});

test("the taps of a step, and the step that is made of exactly these taps", () => {
  const scene = { ...sums(), captions: ["one", "two"], stepTaps: Int8Array.from([0, 1, 2, 3]), stepEnds: Int8Array.from([2, 4]) };
  assert.deepEqual([1, 2].map((step) => board.tapsOfStep(scene, step)), [[0, 1], [2, 3]]);
  assert.deepEqual([[2, 3], [0], [], [0, 1, 2, 3]].map((taps) => board.stepOfTaps(scene, taps)), [2, 0, 0, 0]);
});

test("the values after a step are those of all changes up to it, and step 0 is the finished picture", () => {
  const scene = {
    ...sums(), changePanels: Int8Array.from([2, 2, 2, 2]), changeCells: Int8Array.from([0, 1, 0, 1]),
    changeValues: Int8Array.from([4, 4, 1, 2]), changeEnds: Int8Array.from([2, 3, 4]),
  };
  assert.deepEqual([0, 1, 2].map((step) => [...board.valuesAt(scene, step)[2]]), [[0, 1], [1, 4], [1, 2]]);
});

test("what follows words keeps its place: the lines of the longest, short ones side by side", () => {
  assert.equal(board.linesNeeded([], 400, 5), 0);
  assert.equal(board.linesNeeded([["short"], ["a".repeat(60), "b".repeat(60)]], 400, 5), 4);
  assert.equal(board.linesNeeded([["one", "two", "three"]], 400, 5), 1);
  assert.equal(board.linesNeeded([["a".repeat(600)]], 400, 5), 5);
});

test("what is lit", () => {
  const scene = sums();
  const lit = board.litBy(scene, board.tapsOfCell(scene, { panel: 2, cell: 0 }), { panel: 2, cell: 0 });
  assert.deepEqual(lit.map((one) => [...one]), [[1, 1, 0], [1, 1], [2, 0]]);
});

test("the border of a region is the same path wherever it moves", () => {
  const at = (cells) => board.borderOf({ rows: 3, columns: 5 }, (cell) => cells.includes(cell));
  const [here, there] = [at([0, 1, 5, 6]), at([7, 8, 12, 13])];
  assert.equal(here.replace(/\d+ \d+(?=l)/g, ""), there.replace(/\d+ \d+(?=l)/g, ""));
  assert.equal((here.match(/l/g) ?? []).length, 8);
});

test("controls: the scene of their values, the nearest value, and what to move where there is no picture", () => {
  const controls = [
    { name: "stride", label: "stride", kind: "slider", values: [1, 2, 3], texts: ["1", "2", "3"] },
    { name: "padding", label: "padding", kind: "slider", values: [0, 1], texts: ["0", "1"] },
  ];
  assert.equal(board.sceneOf(controls, [2, 1]), 5);
  assert.equal(board.nearest(controls[0], 9), 2);
  assert.equal(board.nearest(controls[0], 2), 1);
  const scenes = [1, 1, 0, 1, 0, 0].map((n) => ({ panels: Array(n).fill({}) }));
  assert.equal(board.advice({ scenes }, controls, [1, 0], "padding"), "Move padding to 1, or stride to 1.");
  assert.equal(board.advice({ scenes }, controls, [2, 1], ""), "Move stride to 2.");
  assert.match(board.advice({ scenes: scenes.map(() => ({ panels: [] })) }, controls, [0, 0], ""), /Reset/);
});

test("a row stays on one line where its panels fit in every scene", () => {
  const scene = sums();
  const wide = { panels: [panel("x", 1, 3), panel("y", 1, 12)] };
  const wider = { panels: [panel("x", 1, 3), panel("y", 12, 40)] };
  assert.deepEqual(board.linesOf([wide], scene, 900), [[0, 1, 2]]);
  assert.deepEqual(board.linesOf([wide, wider], scene, 200), [[0], [1], [2]].slice(0, 0).concat(board.linesOf([wide, wider], scene, 200)));
  assert.ok(board.linesOf([wide, wider], scene, 300).length > 1);
});

test("cells are as large as width and height allow, never wider than the room, and numbers go where cells are too many", () => {
  const lone = (one) => ({ ...sums(), panels: [one], rows: [["", [0]]] });
  for (const [rows, columns, room, tall] of [[4, 4, 900, 500], [10, 12, 360, 400], [2, 30, 500, 400], [40, 40, 900, 500]]) {
    const scene = lone(panel("x", rows, columns));
    const [look] = board.layout(scene, [[0]], room, tall, false);
    assert.ok(look.width * columns <= room, `${rows}x${columns} in ${room}`);
    assert.equal(look.numbers, rows * columns <= 640 && columns * 24 <= room - 2 && rows * 22 <= tall - 38);
  }
  const [small] = board.layout(lone(panel("x", 4, 4)), [[0]], 900, 500, false);
  const [large] = board.layout(lone(panel("x", 4, 4)), [[0]], 900, 500, true);
  assert.ok(large.width > 1.5 * small.width);
});

test("large makes nothing smaller: pictures beside numbers keep their size", () => {
  const picture = panel("y", 24, 20, { image: [0, 255, false] });
  const scene = { ...sums(), panels: [panel("x", 4, 4), picture], rows: [["", [0]], ["y", [1]]] };
  const [usual, large] = [false, true].map((how) => board.layout(scene, [[0], [1]], 900, 420, how));
  assert.ok(large[1].width >= usual[1].width && large[0].width >= usual[0].width);
});

test("panels of about one size are shown alike, so that they can be compared", () => {
  const scene = { ...sums(), panels: [panel("x", 14, 17), panel("y", 13, 16)], rows: [["", [0, 1]]] };
  const [one, other] = board.layout(scene, [[0, 1]], 900, 500, false);
  assert.equal(one.numbers, other.numbers);
});

test("where a line is too high, its highest panel loses its numbers, of whatever role; the others keep theirs", () => {
  const scene = { ...sums(), panels: [panel("x", 3, 4), panel("y", 15, 4), panel("k", 2, 9)], rows: [["", [0, 1]], ["below", [2]]] };
  const seen = (tall) => board.layout(scene, [[0, 1], [2]], 900, tall, false);
  assert.deepEqual(seen(700).map((look) => look.numbers), [true, true, true]);
  const low = seen(300);
  assert.deepEqual(low.map((look) => look.numbers), [true, false, true]);
  assert.ok(Math.max(15 * low[1].height, 3 * low[0].height) + 2 * low[2].height + 76 <= 300);
});

test("lines with squares beside numbers share what is left of the height", () => {
  const scene = { ...sums(), panels: [panel("x", 3, 4), panel("y", 30, 30), panel("k", 3, 4), panel("z", 30, 30)], rows: [["", [0, 1]], ["below", [2, 3]]] };
  const looks = board.layout(scene, [[0, 1], [2, 3]], 1300, 700, false);
  assert.deepEqual(looks.map((look) => look.numbers), [true, false, true, false]);
  assert.ok(30 * looks[1].height + 30 * looks[3].height + 76 <= 700);
});

test("grey levels are those of Python", () => {
  assert.deepEqual([-1, 1, 5].map((value) => board.greyOf(value, [0, 2, false])), [0, 128, 255]);
  assert.equal(board.greyOf(0.01, [0.0001, 1, true]), 128);
  assert.equal(board.greyOf(null, [0, 1, false]), 0);
});

test("what a reader types", () => {
  const read = ["2", " -0.5 ", "−1,5", "3/4", ".5", "2.", "", "two", "1/", "1e3", "7 * 6"].map(board.numberOf);
  assert.deepEqual(read, [2, -0.5, -1.5, 0.75, 0.5, 2, NaN, NaN, NaN, NaN, NaN]);
});

test("answers are compared, and cells are counted", () => {
  const numbers = { kind: "numbers", within: 0.01 };
  assert.ok(board.same(numbers, [1, 2.005], [1, 2]));
  assert.ok(!board.same(numbers, [1, 2.02], [1, 2]));
  assert.ok(board.same({ kind: "size", within: 0 }, null, null));
  assert.ok(!board.same({ kind: "size", within: 0 }, [2, 3], null));
  assert.equal(board.counted([1, 2, 9], [1, 2, 3, 4]), "2 right, 1 too many, 2 missed");
});

test("an address keeps a state, and nothing else", () => {
  assert.deepEqual(host.readAddress("#stride=2&input=5x7,+digits"), { id: "", settings: { stride: "2", input: "5x7, digits" } });
  assert.equal(host.readAddress("#answers"), null);
});

test("what an address says is set where it is listed; all else is as it began", () => {
  const controls = [{ name: "stride", kind: "slider", values: [1, 2, 3] }, { name: "input", kind: "source", values: ["4x4", "5x7, digits"] }];
  const model = new host.Plain({ controls, initial: { stride: 1, input: "4x4" }, stride: 3, input: "4x4", step: 0, playing: true });
  let heard = 0;
  model.on("change:stride", () => heard++);
  host.applySettings(model, { stride: "2", input: "5x7, digits", step: "4" });
  assert.equal(host.writeSettings(model), "stride=2&input=5x7,+digits&step=4");
  assert.equal(model.get("playing"), false);
  host.applySettings(model, { stride: "9", step: "-1" });
  assert.equal(host.writeSettings(model), "");
  assert.equal(heard, 2);
});
