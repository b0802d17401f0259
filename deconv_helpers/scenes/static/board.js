// Draws scenes with their controls, and answers pointer and keys. What a scene means is decided in Python.
//
// One rule of pointing: a cell lights the cells of the other panels that share a tap with it.
// A redraw writes only what differs from what is on the page.
//
// From top to bottom: the wire format, unpacking, what scenes say, layout, views, controls, editor, board, question.

/**
 * What a page gives: a Jupyter widget's model, or a plain object with the same methods.
 * @typedef {object} Model
 * @property {(name: string) => any} get
 * @property {(name: string, value: any) => void} set
 * @property {() => void} save_changes
 * @property {(content: object) => void} send
 * @property {(event: string, call: (...values: any[]) => void) => void} on
 * @property {(event: string, call: (...values: any[]) => void) => void} off
 * @property {{kernel?: unknown}} [widget_manager]  there is one where Python answers
 * @property {boolean} [choices]                    whether menus of arrays are answered without Python
 */
/** @typedef {{name: string, label: string, kind: "source"|"menu"|"slider"|"check", values: any[], texts: string[]}} Control */
/** @typedef {Int8Array|Int16Array|Int32Array} Ints */
/**
 * Arrays are numbers of an entry in `arrays`; values are, in turn, numbers of an entry in `numbers` and `texts`.
 * @typedef {object} PanelWire
 * @property {string} name
 * @property {string} title
 * @property {string} role
 * @property {string} sign
 * @property {[number, number]} shape
 * @property {number} values
 * @property {number|null} marks
 * @property {number|null} weights
 * @property {[number, number]} origin       row and column from which a reader counts
 * @property {[number, number]|null} wrong   cells that are not what they should be, and what that is
 * @property {boolean} editable
 * @property {[number, number, boolean]|null} image   black, white, and whether ratios count
 */
/**
 * @typedef {object} SceneWire
 * @property {[string, number[]][]} rows     title and panels of each row
 * @property {PanelWire[]} panels
 * @property {[number, number][]} taps       panel, and its cell in each product
 * @property {[number, number, number, string, string][]} sums   result, two factors, term, what is said of none
 * @property {string[]} captions
 * @property {string[]|null} labels
 * @property {number} stepTaps
 * @property {number} stepEnds
 * @property {number} changePanels
 * @property {number} changeCells
 * @property {number} changeValues
 * @property {number} changeEnds
 * @property {[string, string][]} notes
 * @property {boolean} whole
 * @property {Scene} [opened]
 */
/**
 * @typedef {object} Head
 * @property {string[]} marks
 * @property {string[]} legend
 * @property {string[]} texts
 * @property {(number|null)[]} numbers
 * @property {SceneWire[]} scenes
 * @property {["i1"|"i2"|"i4", number, number][]} arrays
 * @property {Record<string, string>} [chosen]   the preset of each source that the scenes were made of
 * @property {boolean} [edited]                  whether something was typed
 * @property {string[]} [given]                  sources whose array is none of the menu's
 * @property {Variant[]} [variants]              of a question: what is asked
 * @property {string[]} classes                  a class for each mark
 */
/** @typedef {{head: Head, array: (number: number) => Ints}} Packed */
/**
 * A panel with its arrays in place of their numbers.
 * @typedef {Omit<PanelWire, "values"|"marks"|"weights"|"wrong"> & {
 *   rows: number, columns: number, values: Ints, marks: Ints|null, weights: Ints|null, peak: number, widest: number,
 *   wrong: Map<number, number>}} Panel
 */
/**
 * @typedef {object} Scene
 * @property {Panel[]} panels
 * @property {[string, number[]][]} rows
 * @property {(Ints|null)[]} taps     for each panel the cell that takes part, or null where it never does
 * @property {[number, number, number, string, string][]} sums
 * @property {string[]} captions
 * @property {string[]|null} labels
 * @property {Ints} stepTaps
 * @property {Ints} stepEnds
 * @property {Ints} changePanels
 * @property {Ints} changeCells
 * @property {Ints} changeValues
 * @property {Ints} changeEnds
 * @property {[string, string][]} notes
 * @property {boolean} whole
 * @property {number[]} marks        those that occur
 */
/** @typedef {{panel: number, cell: number}} Place */
/** @typedef {{numbers: boolean, width: number, height: number, tight?: boolean}} Look   the size of a panel's cells,
 * and whether its title must break to be no wider */
/** What is drawn of a panel: its values, how each cell is lit (0, 1, 2: pointed at), and partners' numbers.
 * @typedef {{values: Ints, lit: Uint8Array, pairs: Map<number, string>, judged?: Map<number, string>}} Shown */

const TYPES = { i1: Int8Array, i2: Int16Array, i4: Int32Array };
const LEVELS = 8;
const CELL = { width: 40, height: 36, lowest: 22, widest: 84, digit: 8.6, margin: 10, tight: 4, narrowest: 24 };
const TINY = { largest: 22, smallest: 4 };
const IMAGE = { largest: 12, smallest: 2 };
const LARGER = [2, 1.75, 1.5, 1.25, 1]; // how much larger cells may be where a reader asks for it
const WIDE = 12; // a panel of more columns may be drawn as small squares, so that its row stays one line
const MOST = 640; // numbers in a picture: the element of each costs the browser some 10 microseconds
const ALIKE = 0.8; // panels are of about one size where the smaller has this share of the larger one's cells
const PAIRS = 16; // taps that are lit at most for partners to stand in their cells
const PAIRED = 28; // height of a cell in which a partner's number stands below its own
const PARTNERS = 3; // that are named with a cell of a lone product
const LONGEST = 9; // products that a sum writes out
const BESIDE = { border: 2, sign: 42, gap: 14, title: 28, row: 10, name: 92 }; // what a panel needs beyond its cells
const LETTER = 9.2; // the width of a letter of a title, about
const NARROW = 560; // where a page is a phone's, upright or on its side
const SCROLLED = 900; // the height that a phone's picture may have
const PLAY = 900; // milliseconds a step
const HIDDEN = "Numbers are hidden where cells are too small or too many: point at a cell to read it.";
const LOADING = "Loading what you chose.";
const WAITING = "Waiting for Python. If no other cell is running, choose Run > Run All Cells.";
const NEEDS_PYTHON = "Typing numbers needs Python: open this lesson in JupyterLab.";

// ---------------------------------------------------------------------------------------------- unpacking

/** @param {DataView|ArrayBuffer|Uint8Array} bytes @returns {Promise<Packed>} */
export async function unpack(bytes) {
  const stream = new Blob([/** @type {BlobPart} */ (bytes)]).stream().pipeThrough(new DecompressionStream("gzip"));
  const buffer = await new Response(stream).arrayBuffer();
  const length = new DataView(buffer).getUint32(0, true);
  /** @type {Head} */
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
  head.classes = head.marks.map((mark) => `dcv-${mark.replaceAll(" ", "-")}`);
  /** @param {number} number @returns {Ints} */
  const array = (number) => {
    const [type, offset, size] = head.arrays[number];
    return new TYPES[type](buffer, 8 + length + offset, size);
  };
  return { head, array };
}

/** A scene with its arrays in place of their numbers, made when it is first shown.
 * @param {Packed} packed @param {number} index @returns {Scene} */
export function open({ head, array }, index) {
  const scene = head.scenes[index];
  if (scene.opened) return scene.opened;
  const [changePanels, changeValues] = [array(scene.changePanels), array(scene.changeValues)];
  const panels = scene.panels.map((panel, number) => {
    const values = array(panel.values);
    let peak = 0, widest = 0;
    for (const value of values) {
      peak = Math.max(peak, Math.abs(head.numbers[value] ?? 0));
      widest = Math.max(widest, head.texts[value].length);
    }
    for (let i = 0; i < changeValues.length; i++)
      if (changePanels[i] === number) widest = Math.max(widest, head.texts[changeValues[i]].length);
    const wrong = panel.wrong ? [...array(panel.wrong[0])] : [];
    const right = panel.wrong ? array(panel.wrong[1]) : [];
    return {
      ...panel, values, peak, widest,
      rows: panel.shape[0], columns: panel.shape[1],
      marks: panel.marks === null ? null : array(panel.marks),
      weights: panel.weights === null ? null : array(panel.weights),
      wrong: new Map(wrong.map((cell, i) => [cell, right[i]])),
    };
  });
  /** @type {(Ints|null)[]} */
  const taps = panels.map(() => null);
  for (const [panel, column] of scene.taps) taps[panel] = array(column);
  scene.opened = {
    panels, taps, changePanels, changeValues,
    rows: scene.rows, sums: scene.sums, captions: scene.captions, labels: scene.labels, notes: scene.notes, whole: scene.whole,
    stepTaps: array(scene.stepTaps), stepEnds: array(scene.stepEnds),
    changeCells: array(scene.changeCells), changeEnds: array(scene.changeEnds),
    marks: [...new Set(panels.flatMap((panel) => [...(panel.marks ?? [])]))].filter(Boolean).sort(),
  };
  return scene.opened;
}

// ------------------------------------------------------------------------------------------ what scenes say

/** The values of every panel at a step: the finished ones, or those after all changes up to the step.
 * @param {Scene} scene @param {number} step @returns {Ints[]} */
export function valuesAt(scene, step) {
  const shown = scene.panels.map((panel) => panel.values);
  if (step === 0) return shown;
  const copies = shown.map((values) => Int32Array.from(values));
  for (let i = 0; i < scene.changeEnds[step]; i++)
    copies[scene.changePanels[i]][scene.changeCells[i]] = scene.changeValues[i];
  return copies;
}

/** @param {Scene} scene @param {Place} place @returns {number[]} */
export function tapsOfCell(scene, { panel, cell }) {
  /** @type {number[]} */
  const found = [];
  scene.taps[panel]?.forEach((other, tap) => { if (other === cell) found.push(tap); });
  return found;
}

/** @param {Scene} scene @param {number} step @returns {number[]} */
export function tapsOfStep(scene, step) {
  return [...scene.stepTaps.subarray(step > 1 ? scene.stepEnds[step - 2] : 0, scene.stepEnds[step - 1])];
}

/** The step made of exactly these taps, or 0: its caption belongs to the cell that was pointed at.
 * @param {Scene} scene @param {number[]} taps */
export function stepOfTaps(scene, taps) {
  for (let step = 1; step <= scene.captions.length; step++) {
    const others = tapsOfStep(scene, step);
    if (taps.length && others.length === taps.length && taps.every((tap, i) => others[i] === tap)) return step;
  }
  return 0;
}

/** The row and column of a cell. @param {{columns: number}} panel @param {number} cell @returns {[number, number]} */
export function placeOf({ columns }, cell) {
  return [Math.floor(cell / columns), cell % columns];
}

/** The cell at a row and column, or null where there is none.
 * @param {{rows: number, columns: number}} panel @param {number} row @param {number} column */
export function cellIn({ rows, columns }, row, column) {
  return row >= 0 && row < rows && column >= 0 && column < columns ? row * columns + column : null;
}

/** Where a cell of one scene's panel stands in that of another: the row and column that are read.
 * @param {Panel} from @param {Panel|undefined} to @param {number} cell */
export function sameCell(from, to, cell) {
  if (from.name !== to?.name) return null;
  const [row, column] = placeOf(from, cell);
  return cellIn(to, row - from.origin[0] + to.origin[0], column - from.origin[1] + to.origin[1]);
}

/** What captions call a cell. @param {Panel} panel @param {number} cell */
export function nameOf(panel, cell) {
  const [row, column] = placeOf(panel, cell);
  return `${panel.name}[${row - panel.origin[0]}, ${column - panel.origin[1]}]`;
}

/** How every cell is lit: 1 where it takes part in one of the taps, 2 where it is pointed at.
 * @param {Scene} scene @param {number[]} taps @param {Place|null} pointed @returns {Uint8Array[]} */
export function litBy(scene, taps, pointed) {
  const lit = scene.panels.map((panel) => new Uint8Array(panel.values.length));
  scene.taps.forEach((cells, panel) => {
    if (cells && panel !== pointed?.panel) for (const tap of taps) if (cells[tap] >= 0) lit[panel][cells[tap]] = 1;
  });
  if (pointed) lit[pointed.panel][pointed.cell] = 2;
  return lit;
}

/** The numbers that meet the lit cells, one for each cell: for each panel a map from cell to text.
 * @param {Scene} scene @param {string[]} texts @param {Ints[]} values @param {number[]} taps @returns {Map<number, string>[]} */
export function pairsOf(scene, texts, values, taps) {
  /** @type {Map<number, string>[]} */
  const pairs = scene.panels.map(() => new Map());
  if (taps.length > PAIRS) return pairs;
  for (const [, one, other] of scene.sums)
    for (const [mine, theirs] of [[one, other], [other, one]]) {
      const [cells, partners] = [scene.taps[mine], scene.taps[theirs]];
      if (!cells || !partners) continue;
      for (const tap of taps) {
        if (cells[tap] < 0 || partners[tap] < 0) continue;
        const text = `×${texts[values[theirs][partners[tap]]]}`;
        const twice = pairs[mine].has(cells[tap]) && pairs[mine].get(cells[tap]) !== text;
        pairs[mine].set(cells[tap], twice ? "" : text); // more than one partner: none is shown
      }
    }
  return pairs;
}

/** A number as it stands in a product. @param {string} text */
function factor(text) {
  return text.startsWith("-") ? `(${text})` : text;
}

/** The first cells that one product joins with a cell of a panel, and what stands in them.
 * @param {string[]} texts @param {Scene} scene @param {Ints[]} values @param {number} panel @param {number} tap */
function partnersOf(texts, { panels, taps }, values, panel, tap) {
  const cell = (/** @type {number} */ i) => taps[i]?.[tap] ?? -1;
  const joined = panels.map((_, i) => i).filter((i) => i !== panel && cell(i) >= 0);
  const said = (/** @type {number} */ i) => texts[values[i][cell(i)]];
  return joined.slice(0, PARTNERS).map((i) => `${nameOf(panels[i], cell(i))}${said(i) && ` = ${said(i)}`}`).join(", ");
}

/** The pointed cell as a sum, or how often it goes into one; "" where it is in none.
 * @param {Head} head @param {Scene} scene @param {Ints[]} values @param {Place} at @param {number[]} taps */
export function sumText({ texts, marks }, scene, values, at, taps) {
  for (const [result, one, other, term, empty] of scene.sums) {
    const [first, second, into] = [scene.taps[one], scene.taps[other], scene.taps[result]];
    if (!first || !second || !into) continue;
    const products = taps.filter((tap) => first[tap] >= 0 && second[tap] >= 0 && into[tap] >= 0);
    if (at.panel === result) {
      if (!products.length) return empty && ` = ${texts[values[result][at.cell]]}: ${empty}`;
      let terms = products.map((tap, i) => {
        const text = texts[values[one][first[tap]]];
        return `${i ? factor(text) : text}*${factor(texts[values[other][second[tap]]])}`;
      });
      if (terms.length > LONGEST)
        terms = [...terms.slice(0, LONGEST - 2), `... (${terms.length} products)`, terms[terms.length - 1]];
      const counted = term && `, ${products.length} ${term}${products.length > 1 ? "s" : ""}`;
      return ` = ${terms.join(" + ")} = ${texts[values[result][at.cell]]}${counted}`;
    }
  }
  const mine = scene.sums.find(([, one, other]) => one === at.panel || other === at.panel);
  const into = mine && scene.taps[mine[0]];
  const value = texts[values[at.panel][at.cell]];
  if (!into) return "";
  const cells = [...new Set(taps.map((tap) => into[tap]).filter((cell) => cell >= 0))];
  const result = scene.panels[mine[0]];
  const cropped = cells.filter((cell) => marks[result.marks?.[cell] ?? 0] === "cropped").length;
  const many = `${cells.length || "no"} cell${cells.length === 1 ? "" : "s"}`;
  const lost = cropped && `, ${cropped === cells.length ? "" : `${cropped} of them `}cropped`;
  return `${value && ` = ${value}`} goes into ${many} of ${result.name}${lost || ""}`;
}

/** The pointed cell in words: where it is, what stands there, and the sum it belongs to.
 * @param {Packed} packed @param {Scene} scene @param {Ints[]} values @param {Place} at @param {number[]} taps */
export function readCell({ head }, scene, values, at, taps) {
  const panel = scene.panels[at.panel];
  const name = nameOf(panel, at.cell);
  const mark = panel.marks?.[at.cell] ?? 0;
  const right = panel.wrong.get(at.cell);
  const said = right === undefined ? "" : `; it should be ${head.texts[right]}`;
  const caption = scene.captions[stepOfTaps(scene, taps) - 1] ?? "";
  const value = head.texts[values[at.panel][at.cell]];
  const marked = mark ? ` (${head.marks[mark]})` : "";
  if (caption.split(": ").some((part) => part.startsWith(name))) return caption + said;
  const sum = value ? sumText(head, scene, values, at, taps) : "";
  const partners = value && !sum && taps.length === 1 ? partnersOf(head.texts, scene, values, at.panel, taps[0]) : "";
  if (partners) return `${name} = ${value}${marked}${said}: ${partners}`;
  return name + (sum || (value && ` = ${value}`)) + marked + said + (caption && `.  ${caption}`);
}

/** Which scene belongs to the values of the listed controls, the last varying fastest.
 * @param {Control[]} controls @param {number[]} positions */
export function sceneOf(controls, positions) {
  let index = 0;
  controls.forEach((control, i) => { index = index * control.values.length + positions[i]; });
  return index;
}

/** The position of the listed value that is nearest to `value`.
 * @param {Control} control @param {any} value */
export function nearest({ values }, value) {
  const exact = values.indexOf(value);
  if (exact >= 0 || typeof value !== "number") return Math.max(0, exact);
  const apart = values.map((listed) => Math.abs(listed - value));
  return apart.indexOf(Math.min(...apart));
}

/** What to move to get a picture: for each control the nearest value that gives one, the one moved last first.
 * @param {Head} head @param {Control[]} controls @param {number[]} positions @param {string} last */
export function advice(head, controls, positions, last) {
  const ways = controls.flatMap((control, i) => {
    const order = control.values.map((_, n) => n).sort((a, b) => Math.abs(a - positions[i]) - Math.abs(b - positions[i]));
    const found = order.find((n) => head.scenes[sceneOf(controls, positions.with(i, n))].panels.length);
    return found === undefined ? [] : [{ control, text: `${control.label} to ${control.texts[found]}` }];
  });
  ways.sort((a, b) => Number(b.control.name === last) - Number(a.control.name === last));
  if (!ways.length) return "Move two of the sliders back, or press Reset.";
  return `Move ${ways.map((way) => way.text).join(", or ")}.`;
}

// --------------------------------------------------------------------------------------------------- layout

/** The least width that a title takes, which may break. @param {string} title */
function nameWidth(title) {
  return Math.min(BESIDE.name, title.length * LETTER + 20);
}

/** The lines that rows are put in: a row stays on one line where its panels fit at their smallest, in every scene.
 * @param {SceneWire[]} scenes @param {Scene} scene @param {number} room
 * @param {number} [smallest]  the least width of a cell with a number @returns {number[][]} */
export function linesOf(scenes, scene, room, smallest = CELL.narrowest) {
  /** The least width of a panel. @param {PanelWire|Panel} panel */
  const least = ({ image, title, shape: [, columns] }) =>
    Math.max(nameWidth(title), columns * (image ? IMAGE.smallest : columns > WIDE ? TINY.smallest : smallest));
  /** @type {Map<string, number>} */
  const most = new Map(); // the least width of each panel, by name, over all scenes: nothing changes its line
  for (const { panels } of scenes) for (const panel of panels) most.set(panel.name, Math.max(most.get(panel.name) ?? 0, least(panel)));
  /** @type {number[][]} */
  const lines = [];
  for (const [, row] of scene.rows) {
    /** @type {number[]} */
    let line = [];
    let used = 0;
    for (const number of row) {
      const panel = scene.panels[number];
      const width = (most.get(panel.name) ?? 0) + BESIDE.border + (panel.sign ? BESIDE.sign : line.length ? BESIDE.gap : 0);
      if (line.length && used + width > room) {
        lines.push(line);
        [line, used] = [[], 0];
      }
      line.push(number);
      used += width;
    }
    lines.push(line);
  }
  return lines;
}

/** The least width of a cell that shows so many letters. @param {number} letters */
function tightest(letters) {
  return Math.min(CELL.widest, Math.max(CELL.narrowest, Math.ceil(letters * CELL.digit) + CELL.tight));
}

/** How large the cells of each panel are; "large" makes as much larger as fits, and nothing smaller.
 * @param {Scene} scene @param {number[][]} lines @param {number} room @param {number} tall @param {boolean} large
 * @returns {Look[]} */
export function layout(scene, lines, room, tall, large) {
  const usual = fitted(scene, lines, room, tall, 1, 1);
  if (!large) return usual;
  for (const scale of LARGER) for (const zoom of LARGER) {
    const looks = fitted(scene, lines, room, tall, scale, zoom);
    if (looks.every(({ width, height, numbers }, i) => width >= usual[i].width && height >= usual[i].height && numbers === usual[i].numbers)) return looks;
  }
  return usual;
}

/** Cells as large as the room and the height allow, numbers before squares.
 * @param {Scene} scene @param {number[][]} lines @param {number} room @param {number} tall
 * @param {number} scale    of the largest cells with numbers @param {number} zoom  and of the largest squares
 * @returns {Look[]} */
function fitted(scene, lines, room, tall, scale, zoom) {
  const { panels } = scene;
  const numbered = new Set(panels.map((_, i) => i).filter((i) => !panels[i].image));
  // What a line takes beside its panels.
  const beside = lines.map((line) => line.reduce((sum, i, n) => sum + BESIDE.border
    + (panels[i].sign ? BESIDE.sign : n ? BESIDE.gap : 0), 0));
  /** The width of a panel whose cells are `side` wide: its title needs some even over a single column.
   * @param {number} i @param {number} side */
  const wide = (i, side) => Math.max(nameWidth(panels[i].title), panels[i].columns * side);
  const spare = tall - lines.length * (BESIDE.title + BESIDE.row);
  const columnsOf = (/** @type {number[]} */ some) => some.reduce((sum, i) => sum + panels[i].columns, 0);
  const rowsOf = (/** @type {number[]} */ some) => Math.max(0, ...some.map((i) => panels[i].rows));
  const squares = (/** @type {number[]} */ line) => line.filter((i) => !numbered.has(i));
  const numbers = (/** @type {number[]} */ line) => line.filter((i) => numbered.has(i));
  /** The side of a square where others may have `side`. @param {number} i @param {number} side @param {number} high */
  const square = (i, side, high) => {
    const { largest, smallest } = panels[i].image ? IMAGE : TINY;
    return Math.max(smallest, Math.floor(Math.min(largest * zoom, side, high / panels[i].rows)));
  };
  /** What a line leaves to the cells of its numbers. @param {number[]} line @param {number} n */
  const leaves = (line, n) => room - beside[n] - squares(line).reduce((sum, i) => sum + wide(i, square(i, 0, 0)), 0)
    - numbers(line).reduce((sum, i) => sum + wide(i, CELL.narrowest) - panels[i].columns * CELL.narrowest, 0);

  let [width, height] = [0, 0];
  for (;;) {
    const letters = Math.max(0, ...[...numbered].map((i) => panels[i].widest));
    const tight = tightest(letters);
    const wanted = Math.floor(Math.min(CELL.widest, Math.max(CELL.width, Math.ceil(letters * CELL.digit) + CELL.margin)) * scale);
    width = Math.min(wanted, ...lines.map((line, n) => numbers(line).length ? Math.floor(leaves(line, n) / columnsOf(numbers(line))) : wanted));
    const rows = lines.reduce((sum, line) => sum + rowsOf(numbers(line)), 0);
    const taken = lines.reduce((sum, line) => numbers(line).length ? sum : sum + rowsOf(squares(line)) * TINY.smallest, 0);
    height = Math.max(CELL.lowest, Math.min(CELL.height * scale, Math.floor((spare - taken) / Math.max(1, rows))));
    const count = [...numbered].reduce((sum, i) => sum + panels[i].values.length, 0);
    const overfull = width < tight || count > MOST;
    const tooTall = rows * CELL.lowest > spare - taken;
    /** Whether a panel makes its line as high as it is. @param {number} i */
    const tallest = (i) => lines.some((line) => line.includes(i) && panels[i].rows === rowsOf(numbers(line)));
    // The largest panel loses its numbers first, and panels of about one size lose them together.
    const candidates = [...numbered].filter((i) => overfull || (tooTall && tallest(i)));
    if (!candidates.length) break;
    const cells = Math.max(...candidates.map((i) => panels[i].values.length));
    for (const i of candidates) if (panels[i].values.length >= ALIKE * cells) numbered.delete(i);
  }

  // What numbers leave of the height is shared by the lines that have none, or else by those with squares.
  const high = lines.map((line) => rowsOf(numbers(line)) * height);
  const without = lines.filter((line) => !numbers(line).length).length;
  const sharing = without || lines.filter((line) => squares(line).length).length;
  const share = (spare - high.reduce((sum, one) => sum + one, 0)) / Math.max(1, sharing);
  /** @type {Look[]} */
  const looks = [];
  lines.forEach((line, n) => {
    const left = room - beside[n] - numbers(line).reduce((sum, i) => sum + wide(i, width), 0);
    // Beside numbers, squares take the height that other lines leave; in lines of their own, an equal share.
    const down = high[n] ? high[n] + (without ? 0 : share) : share;
    const taken = (/** @type {number} */ side) => squares(line).reduce((sum, i) => sum + wide(i, square(i, side, down)), 0);
    let side = Math.max(TINY.largest, IMAGE.largest) * zoom;
    while (side > 1 && taken(side) > left) side--;
    for (const i of line) {
      const cell = square(i, side, down);
      looks[i] = numbered.has(i) ? { numbers: true, width, height } : { numbers: false, width: cell, height: cell };
    }
    const titles = line.reduce((sum, i) => sum + Math.max(panels[i].columns * looks[i].width, panels[i].title.length * LETTER + 20), beside[n]);
    for (const i of line) looks[i].tight = titles > room;
  });
  return looks;
}

/** The letters of the longest number of an explorer. @param {Packed} packed */
function longest({ head, array }) {
  const written = (/** @type {PanelWire} */ { image, shape }) => !image && shape[1] <= WIDE;
  const numbered = head.scenes.flatMap(({ panels, changeValues }) => [changeValues, ...panels.filter(written).map(({ values }) => values)]);
  let letters = 0;
  for (const number of new Set(numbered)) for (const value of array(number)) letters = Math.max(letters, head.texts[value].length);
  return letters;
}

/** How many lines of `width` pixels the longest of these texts take, so that what follows them never moves.
 * @param {string[][]} texts @param {number} width @param {number} most */
export function linesNeeded(texts, width, most) {
  const letters = Math.max(10, Math.floor(width / 7.6));
  const needed = texts.map((some) => {
    let [lines, used] = [1, 0];
    for (const text of some) {
      const length = text.length + 4;
      if (used && used + length > letters) [lines, used] = [lines + 1, 0];
      lines += Math.floor((length - 1) / letters);
      used = length > letters ? length % letters : used + length;
    }
    return some.length ? lines : 0;
  });
  return Math.min(most, Math.max(0, ...needed));
}

// ---------------------------------------------------------------------------------------------------- views

/** @template {keyof HTMLElementTagNameMap} T @param {T} tag @param {string} className @param {string} [text]
 * @returns {HTMLElementTagNameMap[T]} */
function element(tag, className, text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

/** Change properties of a node, but only those that differ: every write costs a layout.
 * @param {any} node @param {Record<string, unknown>} properties */
function write(node, properties) {
  for (const [key, value] of Object.entries(properties)) if (node[key] !== value) node[key] = value;
}

/** Give `parent` the first `count` of its children to be: those it has stay untouched.
 * @param {Element} parent @param {number} count @param {(n: number) => Element} child */
function keep(parent, count, child) {
  let n = parent.childElementCount; // counted once: the browser counts anew after each change
  for (; n > count; n--) parent.lastElementChild?.remove();
  for (; n < count; n++) parent.append(child(n));
}

/** The class of a cell's fill; "" for the base. @param {Panel} panel @param {number} value @param {number} i @param {Head} head */
function fillOf(panel, value, i, head) {
  if (panel.weights) return panel.weights[i] < 0 ? "" : `dcv-w${panel.weights[i] % 49}`;
  const level = Math.round((LEVELS * (head.numbers[value] ?? 0)) / (panel.peak || 1));
  return level === 0 ? "" : `dcv-l${Math.max(-LEVELS, Math.min(LEVELS, level))}`;
}

/** The border of the region that chosen cells make, in sides of a cell: the same path wherever the region moves.
 * @param {{rows: number, columns: number}} panel @param {(cell: number) => boolean} chosen */
export function borderOf({ rows, columns }, chosen) {
  const at = (/** @type {number} */ row, /** @type {number} */ column) =>
    row >= 0 && row < rows && column >= 0 && column < columns && chosen(row * columns + column);
  let path = "";
  for (let row = 0; row <= rows; row++)
    for (let column = 0; column <= columns; column++) {
      if (at(row, column) !== at(row - 1, column)) path += `M${column} ${row}l1 0`;
      if (at(row, column) !== at(row, column - 1)) path += `M${column} ${row}l0 1`;
    }
  return path;
}

const SVG = "http://www.w3.org/2000/svg";
const BORDERS = ["bad", "lit", "chosen", "right", "wrong", "missed", "point"].map((name) => `dcv-${name}-border`);

/** Two outlines over a panel: of the cells that take part, and of the one that is pointed at. */
class Outlines {
  constructor() {
    this.root = document.createElementNS(SVG, "svg");
    this.root.setAttribute("class", "dcv-outlines");
    this.root.setAttribute("preserveAspectRatio", "none");
    this.paths = BORDERS.map((name) => {
      const path = document.createElementNS(SVG, "path");
      path.setAttribute("class", name);
      this.root.append(path);
      return path;
    });
    this.drawn = BORDERS.map(() => "");
    this.box = "";
  }

  /** @param {Panel} panel @param {Uint8Array} lit @param {Map<number, string>} [judged] */
  show(panel, lit, judged) {
    const box = `0 0 ${panel.columns} ${panel.rows}`;
    if (this.box !== box) this.root.setAttribute("viewBox", (this.box = box));
    /** @param {string} how @returns {[boolean, (i: number) => boolean]} */
    const turned = (how) => [Boolean(judged?.size), (i) => judged?.get(i) === how];
    /** @type {[boolean, (i: number) => boolean][]} */
    const regions = [
      [panel.wrong.size > 0, (i) => panel.wrong.has(i)],
      [lit.includes(1), (i) => lit[i] === 1],
      turned("chosen"), turned("right"), turned("wrong"), turned("missed"),
      [lit.includes(2), (i) => lit[i] === 2],
    ];
    regions.forEach(([some, chosen], n) => {
      const drawn = some ? borderOf(panel, chosen) : "";
      if (this.drawn[n] !== drawn) this.paths[n].setAttribute("d", (this.drawn[n] = drawn));
    });
  }
}

/** What holds a view: the keyboard goes to it. @param {string} name */
function reachable(name) {
  return Object.assign(element("div", name), { tabIndex: 0, role: "application" });
}

const LIT = ["", "dcv-lit", "dcv-point"];
/** @typedef {HTMLDivElement & {number: number, name: string, text: string, pair: string, right: string}} CellNode */

/** A panel of cells with numbers: an element for each. */
class Cells {
  constructor() {
    this.root = reachable("dcv-grid");
    this.body = element("div", "dcv-cells");
    this.outlines = new Outlines();
    this.root.append(this.body, this.outlines.root);
    /** @type {CellNode[]} */
    this.cells = [];
    this.template = "";
  }

  /** @param {Panel} panel @param {Shown} shown @param {Head} head @param {Look} look */
  show(panel, { values, lit, pairs, judged }, head, look) {
    const count = panel.rows * panel.columns;
    const fresh = () => Object.assign(element("div", ""), { number: 0, name: "", text: "", pair: "", right: "" });
    keep(this.body, count, (i) => (this.cells[i] ??= Object.assign(fresh(), { number: i })));
    const template = `repeat(${panel.columns}, ${look.width}px) / ${look.height}px`;
    if (this.template !== template) {
      this.template = template;
      this.body.style.gridTemplateColumns = `repeat(${panel.columns}, ${look.width}px)`;
      this.body.style.setProperty("--dcv-cell-height", `${look.height}px`);
    }
    this.root.classList.toggle("dcv-editable", panel.editable);
    const roomy = look.height >= PAIRED || look.width >= tightest(panel.widest + 3);
    for (let i = 0; i < count; i++) {
      const cell = this.cells[i];
      const mark = panel.marks ? panel.marks[i] : 0;
      const right = panel.wrong.get(i);
      const text = head.texts[values[i]];
      const name = `dcv-cell ${head.classes[mark]} ${text ? fillOf(panel, values[i], i, head) : "dcv-blank"} ${LIT[lit[i]]}${right === undefined ? "" : " dcv-wrong"}${judged?.has(i) ? ` dcv-${judged.get(i)}` : ""}`;
      const pair = (roomy && pairs.get(i)) || "";
      const should = right === undefined || look.width < CELL.width ? "" : `≠${head.texts[right]}`;
      if (cell.name !== name) cell.className = cell.name = name;
      if (cell.text !== text) cell.textContent = cell.text = text;
      if (cell.pair !== pair) cell.dataset.pair = cell.pair = pair;
      if (cell.right !== should) cell.dataset.right = cell.right = should;
    }
    this.outlines.show(panel, lit, judged);
  }

  /** @param {Event} event @returns {number|null} */
  cellAt(event) {
    return /** @type {Partial<CellNode>} */ (event.target)?.number ?? null;
  }

  /** @param {number} number @returns {number[]} */
  box(number) {
    const cell = this.cells[number];
    return [cell.offsetLeft, cell.offsetTop, cell.offsetWidth, cell.offsetHeight];
  }
}

/** A panel of small squares: which one is at the pointer follows from its place. */
class Squares {
  /** @param {string} name @param {SVGSVGElement|HTMLCanvasElement} picture */
  constructor(name, picture) {
    this.root = reachable(name);
    this.picture = picture;
    this.outlines = new Outlines();
    this.root.append(picture, this.outlines.root);
    /** @type {Panel|null} */
    this.panel = null;
    this.side = 1;
  }

  /** @param {Event} event @returns {number|null} */
  cellAt(event) {
    if (event.target !== this.root || !this.panel) return null;
    const { clientX, clientY } = /** @type {MouseEvent} */ (event);
    const box = this.picture.getBoundingClientRect(); // as it is on the page, which may be zoomed
    const row = Math.floor(((clientY - box.top) / box.height) * this.panel.rows);
    const column = Math.floor(((clientX - box.left) / box.width) * this.panel.columns);
    return cellIn(this.panel, row, column);
  }

  /** @param {number} number @returns {number[]} */
  box(number) {
    const [row, column] = this.panel ? placeOf(this.panel, number) : [0, 0];
    return [column, row, 1, 1].map((sides) => sides * this.side);
  }
}

const UNREAD = "dcv-unread";
/** Where the strokes of a mark begin in a cell, and where they lead; a stroke of no length is a dot.
 * @type {Record<string, [number, number, string][]>} */
const STROKES = {
  "dcv-padding": [[0, 0.5, "l.5,-.5"], [0, 1, "l1,-1"], [0.5, 1, "l.5,-.5"]],
  "dcv-cropped": [[0.5, 0, "l.5,.5"], [0, 0, "l1,1"], [0, 0.5, "l.5,.5"]],
  "dcv-inserted-zero": [[0.25, 0.25, "h0"], [0.25, 0.75, "h0"], [0.75, 0.25, "h0"], [0.75, 0.75, "h0"]],
};

/** A panel of cells without numbers: a path for all cells of one fill or one mark. Lengths are in sides of a cell. */
class Tiles extends Squares {
  constructor() {
    const picture = document.createElementNS(SVG, "svg");
    super("dcv-tiles", picture);
    this.layers = [0, 1, 2].map(() => document.createElementNS(SVG, "g")); // fills, lines, marks
    picture.append(...this.layers);
    /** @type {WeakMap<Element, {name: string, path: string}>} */
    this.written = new WeakMap();
  }

  /** @param {Panel} panel @param {Shown} shown @param {Head} head @param {Look} look */
  show(panel, { values, lit, judged }, head, look) {
    const { rows, columns } = panel;
    [this.panel, this.side] = [panel, look.width];
    const size = { viewBox: `0 0 ${columns} ${rows}`, width: columns * look.width, height: rows * look.width };
    for (const [name, value] of Object.entries(size))
      if (this.picture.getAttribute(name) !== `${value}`) this.picture.setAttribute(name, `${value}`);
    /** @type {Map<string, string>[]} */
    const [fills, marks] = [new Map(), new Map()];
    const add = (/** @type {Map<string, string>} */ paths, /** @type {string} */ name, /** @type {string} */ path) => {
      if (name) paths.set(name, (paths.get(name) ?? "") + path);
    };
    for (let i = 0; i < values.length; i++) {
      const [row, column] = placeOf(panel, i);
      const mark = head.classes[panel.marks?.[i] ?? 0];
      add(fills, fillOf(panel, values[i], i, head), `M${column} ${row}h1v1h-1z`);
      if (mark === UNREAD) add(fills, UNREAD, `M${column} ${row}h1v1h-1z`);
      for (const [x, y, stroke] of STROKES[mark] ?? []) add(marks, mark, `M${column + x} ${row + y}${stroke}`);
    }
    let lines = "";
    for (let row = 1; row < rows; row++) lines += `M0 ${row}h${columns}`;
    for (let column = 1; column < columns; column++) lines += `M${column} 0v${rows}`;
    [fills, new Map([["dcv-lines", lines]]), marks].forEach((paths, n) => {
      keep(this.layers[n], paths.size, () => document.createElementNS(SVG, "path"));
      [...paths].forEach(([name, path], i) => {
        const node = this.layers[n].children[i];
        const before = this.written.get(node);
        if (before?.name !== name) node.setAttribute("class", name);
        if (before?.path !== path) node.setAttribute("d", path);
        this.written.set(node, { name, path });
      });
    });
    this.outlines.show(panel, lit, judged);
  }
}

/** The grey level of a number, 0 to 255. @param {number|null} value @param {[number, number, boolean]} image */
export function greyOf(value, [black, white, decades]) {
  let [low, high, at] = [black, white, value ?? black];
  if (decades) [low, high, at] = [Math.log(low), Math.log(high), Math.log(Math.max(at, low))];
  const share = Math.min(1, Math.max(0, (at - low) / (high - low || 1)));
  return Math.floor(255 * share + 0.5);
}

/** A panel of pixels: grey levels on a canvas. What is lit has one border. */
class Pixels extends Squares {
  constructor() {
    const canvas = element("canvas", "");
    super("dcv-image", canvas);
    this.canvas = canvas;
    /** @type {Ints|null} */
    this.values = null;
  }

  /** @param {Panel} panel @param {Shown} shown @param {Head} head @param {Look} look */
  show(panel, { values, lit }, head, look) {
    [this.panel, this.side] = [panel, look.width];
    this.canvas.style.width = `${panel.columns * this.side}px`;
    if (this.values !== values && panel.image) {
      this.values = values;
      [this.canvas.width, this.canvas.height] = [panel.columns, panel.rows];
      const pixels = new ImageData(panel.columns, panel.rows);
      for (let i = 0; i < values.length; i++) {
        pixels.data.fill(greyOf(head.numbers[values[i]], panel.image), 4 * i, 4 * i + 3);
        pixels.data[4 * i + 3] = 255;
      }
      this.canvas.getContext("2d")?.putImageData(pixels, 0, 0);
    }
    this.outlines.show(panel, boxed(panel, lit));
  }
}

/** On a picture, what takes part is one box round all of it. @param {Panel} panel @param {Uint8Array} lit */
function boxed(panel, lit) {
  let [top, left, bottom, right] = [Infinity, Infinity, -1, -1];
  lit.forEach((how, i) => {
    if (!how) return;
    const [row, column] = placeOf(panel, i);
    [top, bottom] = [Math.min(top, row), Math.max(bottom, row)];
    [left, right] = [Math.min(left, column), Math.max(right, column)];
  });
  return lit.map((_, i) => {
    const [row, column] = placeOf(panel, i);
    return Number(row >= top && row <= bottom && column >= left && column <= right);
  });
}

/** A view with its title and the sign before it: one view of each kind that the panel has had, of which one is shown. */
class Frame {
  constructor() {
    this.root = element("div", "dcv-with-sign");
    this.sign = element("div", "dcv-sign");
    this.figure = element("figure", "dcv-panel");
    this.title = element("figcaption", "dcv-title");
    this.figure.append(this.title);
    this.root.append(this.sign, this.figure);
    /** @type {Cells|Tiles|Pixels|null} */
    this.view = null;
    /** @type {Map<typeof Cells|typeof Tiles|typeof Pixels, Cells|Tiles|Pixels>} */
    this.views = new Map();
  }

  /** Show the view of a kind, made when it is first shown. @param {typeof Cells|typeof Tiles|typeof Pixels} Kind */
  turn(Kind) {
    const focused = this.view?.root === document.activeElement;
    this.view?.root.remove();
    const view = this.views.get(Kind) ?? new Kind();
    this.views.set(Kind, view);
    this.figure.append(view.root);
    if (focused) view.root.focus();
    return view;
  }

  /** @param {Panel} panel @param {Shown} shown @param {Head} head @param {Look} look */
  show(panel, shown, head, look) {
    const Kind = panel.image ? Pixels : look.numbers ? Cells : Tiles;
    const view = (this.view = this.view instanceof Kind ? this.view : this.turn(Kind));
    write(this.sign, { textContent: panel.sign, hidden: !panel.sign });
    write(this.title, { textContent: panel.title });
    write(this.figure, { className: `dcv-panel dcv-${panel.role}` });
    this.title.style.maxWidth = look.tight ? `${Math.max(panel.columns * look.width, BESIDE.name)}px` : "";
    write(view.root, { ariaLabel: `${panel.title}: arrow keys read its cells` });
    view.show(panel, shown, head, look);
  }
}

/** The panels of a scene, row by row, in lines that do not change while sliders move. */
class Stage {
  constructor() {
    this.root = element("div", "dcv-stage");
    this.panels = element("div", "dcv-panels");
    this.legend = element("div", "dcv-legend");
    this.root.append(this.panels, this.legend);
    /** @type {Frame[]} */
    this.frames = [];
    this.key = "";
    this.arranged = "";
  }

  /** @param {Packed} packed @param {Scene} scene @param {Shown[]} shown @param {number[][]} lines @param {Look[]} looks */
  show({ head }, scene, shown, lines, looks) {
    scene.panels.forEach((_, i) => (this.frames[i] ??= new Frame()));
    const arranged = JSON.stringify(lines);
    if (this.arranged !== arranged) {
      this.arranged = arranged;
      const focused = /** @type {HTMLElement|null} */ (document.activeElement);
      this.panels.replaceChildren(...lines.map((line) => {
        const row = element("div", "dcv-line");
        row.append(...line.map((i) => this.frames[i].root));
        return row;
      }));
      if (focused && this.panels.contains(focused)) focused.focus();
    }
    scene.panels.forEach((panel, i) => this.frames[i].show(panel, shown[i], head, looks[i]));
    this.explain(head, scene, scene.panels.some((panel, i) => !panel.image && !looks[i].numbers));
  }

  /** Say what the marks that occur mean. @param {Head} head @param {Scene} scene @param {boolean} hidden */
  explain(head, scene, hidden) {
    const key = scene.marks.join() + hidden;
    if (this.key === key) return;
    this.key = key;
    this.legend.replaceChildren(...scene.marks.map((mark) => {
      const entry = element("span", "");
      entry.append(element("i", `dcv-swatch ${head.classes[mark]}`), head.legend[mark]);
      return entry;
    }));
    if (hidden) this.legend.append(element("span", "", HIDDEN));
  }

  /** The cell at the pointer. @param {Event} event @returns {Place|null} */
  at(event) {
    const panel = this.frames.findIndex((frame) => frame.view?.root.contains(/** @type {Node} */ (event.target)));
    const cell = panel < 0 ? null : this.frames[panel].view?.cellAt(event) ?? null;
    return cell === null ? null : { panel, cell };
  }

  /** The panel that has the keyboard, or -1. @param {Event} event */
  panelOf(event) {
    return this.frames.findIndex((frame) => frame.view?.root === event.target);
  }
}

// ------------------------------------------------------------------------------------------------- controls

/** A checkbox that shows a trait; what a reader sets is for `set` to tell.
 * @param {string} label @param {Model} model @param {string} name @param {(checked: boolean) => void} set */
function checkbox(label, model, name, set) {
  const root = element("label", "dcv-control dcv-check");
  const input = Object.assign(element("input", ""), { type: "checkbox" });
  root.append(input, element("span", "", label));
  input.addEventListener("change", () => set(input.checked));
  return { root, show: () => write(input, { checked: Boolean(model.get(name)) }) };
}

/** A row of native controls; what a reader sets is told to the model, and what the model has is shown. */
class Controls {
  /** @param {Model} model @param {Control[]} controls @param {boolean} menus @param {(name: string) => void} moved */
  constructor(model, controls, menus, moved) {
    this.root = element("div", "dcv-controls");
    this.model = model;
    /** @type {string[]} */
    this.given = []; // sources whose array is none of their menu's
    this.again = () => {}; // their preset was chosen again
    /** @type {Map<string, {show: () => void, root: HTMLElement}>} */
    this.shown = new Map();
    for (const control of controls) {
      if (control.values.length < 2) continue;
      const made = control.kind === "slider" ? this.slider(control, moved) : control.kind === "check" ? checkbox(control.label, model, control.name, (checked) => this.set(control, checked, moved)) : this.menu(control, moved);
      if (control.kind === "source" && !menus) made.root.inert = true;
      made.root.dataset.control = control.name;
      this.root.append(made.root);
      this.shown.set(control.name, made);
      made.show();
    }
  }

  /** @param {Control} control @param {any} value @param {(name: string) => void} moved */
  set(control, value, moved) {
    if (this.given.includes(control.name) && this.model.get(control.name) === value) this.again();
    if (this.model.get(control.name) === value) return;
    this.model.set(control.name, value);
    this.model.save_changes();
    moved(control.name);
  }

  /** @param {Control} control @param {(name: string) => void} moved */
  slider(control, moved) {
    const root = element("label", "dcv-control dcv-slider");
    const input = Object.assign(element("input", ""), { type: "range", step: "1" });
    // Whole numbers in a row are the range's own; others are positions in a list.
    const first = Number(control.values[0]);
    const plain = control.values.every((value, i) => value === first + i);
    const low = plain ? first : 0;
    Object.assign(input, { min: `${low}`, max: `${low + control.values.length - 1}` });
    const value = element("span", "dcv-value");
    value.ariaHidden = "true";
    value.style.minWidth = `${Math.max(...control.texts.map((text) => text.length))}ch`;
    root.append(element("span", "", control.label), input, value);
    input.addEventListener("input", () => this.set(control, control.values[Number(input.value) - low], moved));
    const show = () => {
      const at = nearest(control, this.model.get(control.name));
      write(input, { value: `${at + low}` });
      if (!plain) input.setAttribute("aria-valuetext", control.texts[at]);
      write(value, { textContent: control.texts[at] });
    };
    return { root, show };
  }

  /** @param {Control} control @param {(name: string) => void} moved */
  menu(control, moved) {
    const root = element("div", "dcv-control dcv-menu");
    const input = Object.assign(element("select", ""), { id: `dcv-${crypto.randomUUID()}` });
    input.append(...control.texts.map((text) => element("option", "", text)));
    root.append(Object.assign(element("label", "", control.label), { htmlFor: input.id }), input);
    input.addEventListener("change", () => this.set(control, control.values[input.selectedIndex], moved));
    const other = Object.assign(element("option", "", "from the question"), { hidden: true });
    input.append(other);
    const show = () => {
      const at = this.given.includes(control.name) ? control.values.length : nearest(control, this.model.get(control.name));
      write(input, { selectedIndex: at });
    };
    return { root, show };
  }

  show() {
    for (const { show } of this.shown.values()) show();
  }
}

/** Play, and the slider that goes through the steps of a scene. */
class Steps {
  /** @param {Model} model */
  constructor(model) {
    this.model = model;
    this.root = element("div", "dcv-steps");
    this.play = Object.assign(element("button", "dcv-button dcv-play"), { type: "button" });
    const label = element("label", "dcv-control dcv-slider dcv-step");
    this.input = Object.assign(element("input", ""), { type: "range", min: "0", step: "1" });
    this.value = element("span", "dcv-value");
    this.value.ariaHidden = "true";
    label.append(element("span", "", "step"), this.input, this.value);
    this.label = label;
    this.root.append(this.play, label);
    this.timer = 0;
    this.calm = matchMedia("(prefers-reduced-motion: reduce)"); // there Play goes one step for each press
    this.count = 0;
    this.whole = true;
    this.play.addEventListener("click", () => this.pressed());
    this.input.addEventListener("input", () => this.go(Number(this.input.value)));
  }

  /** The step that is shown: one that the scene has. */
  get step() {
    const step = Math.min(this.model.get("step"), this.count);
    return step || this.whole ? step : this.count;
  }

  /** @param {number} step */
  go(step) {
    this.model.set("step", Math.max(0, Math.min(this.count, step)));
    if (step >= this.count) this.model.set("playing", false);
    this.model.save_changes();
  }

  /** One step on or back, as the arrow keys do. @param {number} by */
  move(by) {
    this.go(Math.max(this.whole ? 0 : 1, this.step + by));
  }

  pressed() {
    const on = !this.model.get("playing");
    const next = this.step >= this.count ? 1 : this.step + 1;
    if (on) this.model.set("step", next);
    this.model.set("playing", on && !this.calm.matches && next < this.count);
    this.model.save_changes();
  }

  /** @param {Scene} scene @param {number} most the steps of the scene with most: their place is kept */
  follow(scene, most) {
    this.count = scene.captions.length;
    this.whole = scene.whole;
    this.play.hidden = this.label.hidden = !most;
    this.play.disabled = this.input.disabled = !this.count;
    this.value.style.minWidth = `${`${most} of ${most}`.length}ch`;
    this.labels = scene.labels;
    this.show();
  }

  show() {
    const { step } = this;
    const text = this.labels?.[step - 1] || (step ? `${step} of ${this.count}` : "all");
    write(this.input, { min: this.whole ? "0" : "1", max: `${this.count}` });
    write(this.input, { value: `${step}` });
    this.input.setAttribute("aria-valuetext", text);
    write(this.value, { textContent: text });
    const playing = Boolean(this.model.get("playing"));
    write(this.play, { textContent: playing ? "Pause" : "Play" });
    this.play.classList.toggle("dcv-on", playing);
    this.arm();
  }

  /** Wait for the next step, counted from the last one: whoever makes it, all views go on from there. */
  arm() {
    clearTimeout(this.timer);
    if (!this.model.get("playing")) return;
    const next = this.step + 1;
    this.timer = setTimeout(() => this.go(next), PLAY);
  }
}

// --------------------------------------------------------------------------------------------------- editor

/** Typing into a cell. The text goes to Python as it stands and is never used as markup. */
class Editor {
  /** @param {Frame} frame @param {Place} at @param {string} name @param {string} text @param {boolean} whole
   * @param {(text: string) => void} commit */
  constructor(frame, at, name, text, whole, commit) {
    this.frame = frame;
    this.at = at;
    this.commit = commit;
    this.input = element("input", "dcv-editor");
    this.input.setAttribute("aria-label", `new value of ${name}`);
    this.input.inputMode = "text"; // a telephone's number pad lacks the minus sign
    this.input.value = text;
    frame.figure.append(this.input); // a drawing keeps nothing in the view but its cells
    this.place();
    this.input.focus();
    if (whole) this.input.select();
    // To leave the window, or to open a menu for pasting, is not to leave the cell.
    // Nor is to be moved with the panels, when a page changes its width: it has the focus again at once.
    this.input.addEventListener("blur", () => setTimeout(() => {
      if (document.hasFocus() && document.activeElement !== this.input) this.done(true);
    }));
    this.input.addEventListener("contextmenu", (event) => event.stopPropagation());
    this.open = true;
  }

  place() {
    const { figure, view } = this.frame;
    if (!view) return;
    const [left, top, width, height] = view.box(this.at.cell);
    const from = { left: view.root.offsetLeft + view.root.clientLeft, top: view.root.offsetTop + view.root.clientTop };
    const place = { left: from.left + left, top: from.top + top, width, height };
    for (const [key, value] of Object.entries(place)) this.input.style.setProperty(key, `${value}px`);
    const beyond = place.left + this.input.offsetWidth - figure.clientWidth; // it may be wider than its cell
    if (beyond > 0) this.input.style.left = `${Math.max(0, place.left - beyond)}px`;
  }

  /** Close, once; with or without what was typed. @param {boolean} typed */
  done(typed) {
    if (!this.open) return;
    this.open = false;
    this.input.remove();
    if (typed) this.commit(this.input.value);
  }

  /** @param {KeyboardEvent} event @returns {boolean} whether it was the editor's last key */
  key(event) {
    if (event.key !== "Enter" && event.key !== "Escape") return false;
    this.done(event.key === "Enter");
    this.frame.view?.root.focus();
    return true;
  }
}

// ---------------------------------------------------------------------------------------------------- board

/** What is said between controls and picture. What comes and goes covers what stays, so that nothing moves. */
class Words {
  /** @param {string} waits   what is said while an answer is awaited */
  constructor(waits) {
    this.caption = element("div", "dcv-caption");
    this.caption.setAttribute("aria-live", "polite");
    this.notes = element("div", "dcv-notes");
    this.said = element("div", "dcv-said"); // as high as the notes are, which a phone shows some lines of
    this.notes.append(this.said);
    this.error = element("div", "dcv-error");
    this.error.setAttribute("role", "alert");
    const [above, below] = [element("div", "dcv-covered"), element("div", "dcv-covered")];
    above.append(this.caption, element("div", "dcv-waits", waits));
    below.append(this.notes, this.error);
    this.roots = [above, below];
    this.notes.addEventListener("scroll", () => this.goesOn(), { passive: true });
  }

  /** @param {[string, string][]} notes */
  note(notes) {
    this.said.replaceChildren(...notes.map(([kind, text]) => element("span", `dcv-note dcv-note-${kind}`, text)));
  }

  /** Keep the height that the longest texts need. @param {SceneWire[]} scenes @param {number} room */
  reserve(scenes, room) {
    const narrow = room < NARROW;
    const notes = linesNeeded(scenes.map((scene) => scene.notes.filter(([kind]) => kind !== "advice").map(([, text]) => text)), room, narrow ? 6 : 9);
    const captions = linesNeeded(scenes.flatMap((scene) => scene.captions.map((text) => [text])), room, narrow ? 4 : 2);
    this.notes.style.setProperty("--dcv-lines", `${notes}`);
    this.caption.style.setProperty("--dcv-lines", `${Math.max(narrow ? 3 : 1, captions)}`);
  }

  /** The last line of the notes fades where more follow. */
  goesOn() {
    const { scrollTop, scrollHeight, clientHeight } = this.notes;
    this.notes.classList.toggle("dcv-on", scrollHeight - clientHeight - scrollTop > 2);
  }
}

/** The outermost element that scrolls what it holds, or null: inner ones, such as the output of a cell, are as high as
 * what they hold. @param {Element} node */
function scrollerOf(node) {
  let found = null;
  for (let up = node.parentElement; up && up !== document.body; up = up.parentElement) {
    const { overflowY } = getComputedStyle(up);
    if ((overflowY === "auto" || overflowY === "scroll") && up.clientHeight > 200) found = up;
  }
  return found;
}

/** @param {string} text @param {() => void} press @param {string} [name] */
function button(text, press, name = "") {
  const made = Object.assign(element("button", `dcv-button ${name}`.trim(), text), { type: "button" });
  made.addEventListener("click", press);
  return made;
}

const CAME = "dcv-came"; // what the document is told when an explorer or a question has come to the page

/** What explorers and questions share: a head, a stage below it that fits into the view, and the model's scenes. */
class Screen {
  /** @param {Model} model @param {HTMLElement} el @param {string} name */
  constructor(model, el, name) {
    this.model = model;
    this.python = Boolean(model.widget_manager?.kernel); // whether Python answers
    this.root = element("div", `dcv ${name}`);
    this.root.setAttribute("role", "group");
    this.root.classList.toggle("dcv-still", !this.python);
    this.head = element("div", "dcv-head");
    this.stage = new Stage();
    this.root.append(this.head, this.stage.root);
    el.append(this.root);
    /** @type {Packed|null} */
    this.packed = null; // all scenes
    this.loads = 0; // how often they came
    /** @type {Scene|null} */
    this.scene = null; // the one that is shown
    /** @type {Place|null} */
    this.pointed = null; // the cell under the pointer or the arrow keys
    this.room = 0; // width for panels, in pixels
    this.view = 0; // the height that a page leaves for one thing to be seen whole
    this.smallest = CELL.narrowest; // the least width of a cell with a number
    /** @type {number[][]} */
    this.lines = [];
    /** @type {[string, (...values: any[]) => void][]} */
    this.events = [["change:payload", () => this.load()]];
    // JupyterLab's shortcuts would take plain keys from every control: they end here, all others go on.
    this.root.addEventListener("keydown", (event) => {
      this.key(event);
      const other = event.ctrlKey || event.metaKey || event.altKey;
      if (!other && event.key !== "Escape" && !(event.shiftKey && event.key === "Enter")) event.stopPropagation();
    });
    this.watcher = new ResizeObserver(() => this.measure());
    this.resized = () => this.measure();
    this.stage.root.addEventListener("scroll", () => this.goesOn(), { passive: true });
    this.ends = new ResizeObserver(() => this.goesOn());
  }

  /** Begin: told of changes from now on. */
  begun() {
    for (const [event, call] of this.events) this.model.on(event, call);
    this.watcher.observe(this.root);
    for (const part of [this.stage.root, ...this.stage.root.children]) this.ends.observe(part);
    addEventListener("resize", this.resized);
    this.load();
  }

  close() {
    for (const [event, call] of this.events) this.model.off(event, call);
    this.watcher.disconnect();
    this.ends.disconnect();
    removeEventListener("resize", this.resized);
    this.root.remove(); // what a closed view has drawn would be kept
  }

  async load() {
    const mine = ++this.loads;
    const payload = this.model.get("payload");
    if (!payload.byteLength) return; // a closed explorer's
    const found = await unpack(payload);
    if (mine !== this.loads) return; // a newer one is on its way
    this.packed = found;
    this.smallest = tightest(longest(found));
    this.loaded(found);
    this.here();
  }

  /** Tell the page that this is on it: when its scenes have come, though it may be hidden, and when it is first seen,
   * for a page may have put it in its place after that. */
  here() {
    document.dispatchEvent(new Event(CAME));
  }

  /** Scenes have come. @param {Packed} packed */
  loaded(packed) { void packed; }

  /** Keep the height that words need. */
  reserve() {}

  /** @param {KeyboardEvent} event */
  key(event) { void event; }

  draw() {}

  measure() {
    const style = getComputedStyle(this.root);
    const width = this.root.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    if (width <= 0) return; // scrolled out of the page
    const scroller = scrollerOf(this.root);
    if (scroller) this.watcher.observe(scroller); // again is as once
    const view = Math.min(scroller?.clientHeight ?? innerHeight, innerHeight);
    // Under a finger the height of the view changes as the page is scrolled: there the width alone counts.
    if (width === this.room && (view === this.view || matchMedia("(pointer: coarse)").matches)) return;
    const first = !this.room;
    [this.room, this.view] = [width, view];
    this.reserve();
    this.arrange();
    this.draw();
    if (first) this.here();
  }

  arrange() {
    if (this.packed && this.scene && this.room) {
      // A phone scrolls: there a line has what fits with its numbers.
      this.lines = linesOf(this.packed.head.scenes, this.scene, this.room, this.room < NARROW ? this.smallest : CELL.narrowest);
    }
  }

  /** Whether the picture goes on below what is seen of it. */
  goesOn() {
    const { scrollTop, scrollHeight, clientHeight } = this.stage.root;
    this.root.classList.toggle("dcv-more", scrollHeight - clientHeight > 2);
    this.root.classList.toggle("dcv-end", scrollHeight - clientHeight - scrollTop <= 2);
  }

  /** Draw the panels as large as the view allows. @param {Shown[]} shown @param {boolean} large */
  stageScene(shown, large) {
    if (!this.scene || !this.packed) return;
    const { view } = this;
    const tall = Math.max(220, view - this.head.offsetHeight - 44);
    this.stage.root.style.maxHeight = `${tall}px`;
    const said = [...this.scene.marks.map((mark) => `    ${this.packed?.head.legend[mark]}`), HIDDEN];
    const under = 12 + 22 * linesNeeded([said], this.room, 3); // what the legend needs, in pixels
    const scrolls = this.room < NARROW || view < NARROW; // on a phone the width alone decides
    const looks = layout(this.scene, this.lines, this.room, Math.max(tall - under, scrolls ? SCROLLED : 0), large);
    this.stage.show(this.packed, this.scene, shown, this.lines, looks);
  }

  /** The cell that an arrow key leads to, in the panel that has the keyboard; the first key only says where.
   * @param {KeyboardEvent} event @returns {Place|null} */
  led(event) {
    /** @type {Record<string, [number, number]>} */
    const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    const panel = this.stage.panelOf(event);
    if (panel < 0 || !(event.key in moves) || !this.scene) return null;
    const here = this.pointed?.panel === panel ? this.pointed : null;
    const [row, column] = here ? placeOf(this.scene.panels[panel], here.cell) : [0, 0];
    const [down, right] = here ? moves[event.key] : [0, 0];
    return { panel, cell: cellIn(this.scene.panels[panel], row + down, column + right) ?? here?.cell ?? 0 };
  }
}

/** An explorer: controls, what they decide in words, and the picture. */
class Board extends Screen {
  /** @param {Model} model @param {HTMLElement} el */
  constructor(model, el) {
    super(model, el, "dcv-explorer");
    this.root.tabIndex = 0;
    this.root.dataset.topic = model.get("topic");
    this.root.setAttribute("aria-label", "explorer");

    /** @type {Control[]} */
    this.all = model.get("controls");
    this.listed = this.all.filter((control) => control.kind !== "source");
    this.sources = this.all.filter((control) => control.kind === "source");
    this.last = "";
    this.most = Infinity; // steps of the scene with most
    const menus = this.python || Boolean(model.choices);
    this.controls = new Controls(model, this.all, menus, (name) => this.moved(name));
    this.controls.again = () => this.ask({ kind: "undo" });
    this.steps = new Steps(model);
    this.words = new Words(model.choices ? LOADING : WAITING);
    for (const part of [this.words.notes, this.words.said]) this.ends.observe(part);
    const buttons = element("div", "dcv-buttons");
    this.undo = button("Undo edits", () => this.ask({ kind: "undo" }));
    this.large = checkbox("large", model, "large", (checked) => {
      model.set("large", checked);
      model.save_changes();
    });
    buttons.append(button("Reset", () => this.begin()), this.undo, this.large.root);
    this.undo.hidden = true; // unless a scene can be typed into
    this.steps.root.append(buttons);
    this.head.append(this.controls.root, this.steps.root, ...this.words.roots);
    this.index = -1;
    /** @type {Uint8Array[]} */
    this.lit = []; // what is lit in each panel
    /** @type {Place|null} */
    this.pressed = null;
    /** @type {Editor|null} */
    this.editor = null;
    this.asked = 0; // what was asked of Python and not yet answered
    this.listen();
    this.begun();
  }

  listen() {
    for (const { name } of this.listed) this.events.push([`change:${name}`, () => this.choose()]);
    for (const { name } of this.sources) this.events.push([`change:${name}`, () => this.agree()]);
    this.events.push(
      ["change:large", () => this.draw()],
      ["change:playing", () => this.steps.show()],
      ["change:step", () => this.stepped()],
      ["change:message", () => this.draw()],
      ["msg:custom", () => this.answered()],
    );
    this.root.addEventListener("dcv-play", (event) => this.become(/** @type {CustomEvent} */ (event).detail));
    const { root } = this.stage;
    // Not while something is dragged, nor over the editor: its cell stays the pointed one.
    root.addEventListener("pointermove", (event) => {
      if (event.pointerType === "mouse" && !event.buttons && event.target !== this.editor?.input) this.point(this.stage.at(event));
    });
    root.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse") this.point(null); });
    root.addEventListener("pointerdown", (event) => { this.pressed = this.stage.at(event); });
    root.addEventListener("click", (event) => this.click(event));
  }

  close() {
    clearTimeout(this.steps.timer);
    super.close();
  }

  // What Python or the page sends ------------------------------------------------------------------------

  /** @param {Packed} found */
  loaded({ head }) {
    this.undo.hidden = !this.python || !head.scenes.some(({ panels }) => panels.some(({ editable }) => editable));
    this.reserve();
    this.agree();
    this.choose();
  }

  /** Show what menus say, and whether the scenes are those of what they say. */
  agree() {
    const chosen = this.packed?.head.chosen ?? {};
    const apart = this.sources.some(({ name }) => chosen[name] !== undefined && chosen[name] !== this.model.get(name));
    this.root.classList.toggle("dcv-waiting", apart || this.asked > 0);
    this.root.setAttribute("aria-busy", `${apart || this.asked > 0}`);
    this.controls.given = this.packed?.head.given ?? [];
    this.controls.show();
    this.undo.style.visibility = this.packed?.head.edited ? "" : "hidden";
  }

  answered() {
    this.asked = Math.max(0, this.asked - 1);
    this.agree();
  }

  /** @param {object} content */
  ask(content) {
    this.asked++;
    this.agree(); // before it is sent, which throws where the kernel is dead
    this.model.send(content);
  }

  /** A control was moved by its reader. @param {string} name */
  moved(name) {
    this.last = name;
    for (const [other, { root }] of this.controls.shown) root.classList.toggle("dcv-last", other === name);
  }

  /** Back to how the explorer opened. */
  begin() {
    for (const [name, value] of Object.entries(this.model.get("initial"))) this.model.set(name, value);
    this.model.set("playing", false);
    this.model.set("step", 0);
    this.model.set("large", false);
    this.model.save_changes();
    if (this.packed?.head.edited) this.ask({ kind: "undo" });
  }

  /** Take the state that a question was about. @param {{settings: Record<string, any>, sources: Record<string, any>}} state */
  become({ settings, sources }) {
    const initial = this.model.get("initial");
    for (const { name } of this.listed) this.model.set(name, settings[name] ?? initial[name]);
    const named = Object.entries(sources).filter(([, source]) => typeof source === "string");
    for (const [name, preset] of named) this.model.set(name, preset);
    this.model.set("playing", false);
    this.model.set("step", 0);
    this.model.save_changes();
    const arrays = Object.fromEntries(Object.entries(sources).filter(([, source]) => typeof source !== "string"));
    if (this.python && Object.keys(arrays).length) this.ask({ kind: "arrays", arrays });
    this.root.scrollIntoView({ block: "center" });
    this.root.focus({ preventScroll: true });
  }

  // The scene --------------------------------------------------------------------------------------------

  positions() {
    return this.listed.map((control) => nearest(control, this.model.get(control.name)));
  }

  choose() {
    this.controls.show();
    if (!this.packed) return;
    const positions = this.positions();
    const index = sceneOf(this.listed, positions);
    const before = this.scene;
    const scene = (this.scene = open(this.packed, index));
    // What is typed into another cell stays, when Python answers what was typed before.
    const size = (/** @type {Scene|null} */ shown) => shown?.panels[this.editor?.at.panel ?? -1]?.values.length;
    if (this.editor && (this.index !== index || size(before) !== size(scene))) this.editor.done(false);
    this.index = index;
    this.root.dataset.scene = `${index}`;
    if (this.pointed && before) {
      const { panel, cell } = this.pointed;
      const same = sameCell(before.panels[panel], scene.panels[panel], cell);
      this.pointed = same === null ? null : { panel, cell: same };
    }
    const most = (this.most = Math.max(...this.packed.head.scenes.map(({ captions }) => captions.length)));
    this.steps.follow(scene, most);
    this.root.setAttribute("aria-label", most ? "explorer; left and right arrow keys go through its steps" : "explorer");
    const texts = scene.notes.filter(([kind]) => kind !== "advice");
    if (!scene.panels.length) texts.push(["advice", advice(this.packed.head, this.listed, positions, this.last)]);
    this.words.note(texts);
    this.arrange();
    if (this.model.get("step") > most) this.stepped();
    this.draw();
  }

  goesOn() {
    super.goesOn();
    this.words.goesOn();
  }

  stepped() {
    if (this.model.get("step") > this.most) { // an address may say anything
      this.model.set("step", this.most);
      return;
    }
    this.pointed = null; // a step is shown, wherever the pointer rests
    this.steps.show();
    this.draw();
    this.bring();
  }

  reserve() {
    if (this.packed && this.room) this.words.reserve(this.packed.head.scenes, this.room);
  }

  draw() {
    const { scene, packed, model } = this;
    this.large.show();
    write(this.words.error, { textContent: model.get("message") });
    if (!scene || !packed || !this.room) return;
    const { head } = packed;
    const { step } = this.steps;
    this.root.dataset.step = `${step}`;
    const values = valuesAt(scene, step);
    const taps = this.pointed ? tapsOfCell(scene, this.pointed) : step ? tapsOfStep(scene, step) : [];
    this.lit = litBy(scene, taps, this.pointed);
    const pairs = pairsOf(scene, head.texts, values, taps);
    const shown = scene.panels.map((_, i) => ({ values: values[i], lit: this.lit[i], pairs: pairs[i] }));
    this.stageScene(shown, model.get("large"));
    const text = this.pointed ? readCell(packed, scene, values, this.pointed, taps) : step ? scene.captions[step - 1] : "";
    write(this.words.caption, { textContent: text });
    this.editor?.place();
  }

  // Pointer and keys -------------------------------------------------------------------------------------

  /** @param {Place|null} next */
  point(next) {
    if (next?.panel === this.pointed?.panel && next?.cell === this.pointed?.cell) return;
    this.pointed = next;
    this.draw();
  }

  /** Scroll the picture to what a step is about: to its result, and as much above that as can be seen with it. */
  bring() {
    if (!this.root.classList.contains("dcv-more") || !this.steps.step) return;
    const { root, panels } = this.stage;
    const lines = [...panels.children].filter((_, n) => this.lines[n].some((i) => this.lit[i].includes(1)));
    const last = lines[lines.length - 1];
    if (!last) return;
    const view = root.getBoundingClientRect();
    const below = last.getBoundingClientRect().bottom - view.bottom;
    const above = lines[0].getBoundingClientRect().top - view.top;
    if (below > 0) root.scrollTop += below;
    else if (above < 0) root.scrollTop += Math.max(above, below);
  }

  /** @param {MouseEvent} event */
  click(event) {
    if (event.target === this.editor?.input) return;
    const at = this.stage.at(event);
    this.point(at);
    const dragged = at?.panel !== this.pressed?.panel || at?.cell !== this.pressed?.cell;
    if (at && this.python && !dragged) this.edit(at);
  }

  /** @param {Place} at @param {string} [text] */
  edit(at, text) {
    const { scene, packed } = this;
    const panel = scene?.panels[at.panel];
    const mark = packed?.head.classes[panel?.marks?.[at.cell] ?? 0];
    if (!panel?.editable || !packed || (mark !== "dcv-data" && mark !== UNREAD)) return;
    this.editor?.done(true);
    if (!this.python) {
      write(this.words.error, { textContent: NEEDS_PYTHON });
      return;
    }
    const stands = () => packed.head.texts[this.scene?.panels[at.panel].values[at.cell] ?? 0];
    this.editor = new Editor(this.stage.frames[at.panel], at, panel.name, text ?? stands(), text === undefined, (typed) => {
      this.editor = null;
      const now = this.packed?.head.texts[this.scene?.panels[at.panel].values[at.cell] ?? 0];
      if (typed === now && !this.asked) return;
      this.ask({ kind: "edit", scene: this.index, panel: panel.name, cell: at.cell, text: typed });
    });
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (this.editor && event.target === this.editor.input) {
      if (this.editor.key(event)) {
        this.editor = null;
        event.preventDefault();
        event.stopPropagation();
      }
      return;
    }
    if (event.key === "Escape") {
      this.point(null);
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || !this.scene) return;
    const [panel, { pointed }, led] = [this.stage.panelOf(event), this, this.led(event)];
    if (led) {
      this.point(led);
    } else if (pointed && pointed.panel === panel && (event.key === "Enter" || /^[-0-9.]$/.test(event.key))) {
      this.edit(pointed, event.key === "Enter" ? undefined : event.key);
    } else if (event.target === this.root && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
      this.steps.move(event.key === "ArrowRight" ? 1 : -1);
    } else {
      return;
    }
    event.preventDefault();
  }
}

// ------------------------------------------------------------------------------------------------- question

/** An answer: a size (null for none), cells, numbers, or the number of an option.
 * @typedef {[number, number]|number[]|number|null} Answer */
/**
 * @typedef {object} Variant
 * @property {number} seed
 * @property {string} prompt
 * @property {"size"|"cells"|"numbers"|"fields"|"choice"} kind
 * @property {string|null} panel            the panel that is asked about
 * @property {number[]} cells               the cells whose numbers are asked for
 * @property {Record<string, number[]>} marked   the cells that the prompt speaks of, by panel
 * @property {string[]} labels
 * @property {string[]} options
 * @property {boolean} none                 whether there may be no output, or no cell
 * @property {Answer} true
 * @property {number} within                how far off a number may be
 * @property {number} tries
 * @property {string} why
 * @property {number} covered               the scene before an answer
 * @property {number} open                  and after it
 * @property {{wrong: Answer, sentence: string, scene: number|null}[]} traps
 * @property {{topic: string, settings: Record<string, any>, sources: Record<string, any>}|null} play
 */

/** The number that a reader typed, or NaN: a comma, a minus sign and a fraction are read. @param {string} text */
export function numberOf(text) {
  const plain = text.trim().replaceAll("−", "-").replaceAll(",", ".");
  const found = /^([-+]?\d*\.?\d+|[-+]?\d+\.)(?:\/(\d*\.?\d+))?$/.exec(plain);
  return found ? Number(found[1]) / Number(found[2] ?? 1) : NaN;
}

/** Whether two answers to a question are the same. @param {Variant} variant @param {Answer} one @param {Answer} other */
export function same({ kind, within }, one, other) {
  if (!Array.isArray(one) || !Array.isArray(other)) return one === other;
  const apart = kind === "numbers" || kind === "fields" ? within : 0;
  return one.length === other.length && one.every((value, i) => Math.abs(value - other[i]) <= apart);
}

/** What a reader's cells come to: "6 right, 1 too many, 2 missed". @param {number[]} chosen @param {number[]} right */
export function counted(chosen, right) {
  const hit = chosen.filter((cell) => right.includes(cell)).length;
  const parts = [`${hit} right`];
  if (chosen.length > hit) parts.push(`${chosen.length - hit} too many`);
  if (right.length > hit) parts.push(`${right.length - hit} missed`);
  return parts.join(", ");
}

const STORE = "deconv-course question "; // before the name and seed of each answer; nothing else is kept in the browser

/** What a reader answered, kept in the browser for a question and its numbers.
 * @param {string} key @returns {{answer: Answer, sure: boolean|null, shown: boolean, right: boolean, text: string}|null} */
export function recall(key) {
  try {
    return JSON.parse(localStorage.getItem(STORE + key) ?? "null");
  } catch {
    return null; // a browser that keeps nothing
  }
}

/** @param {string} key @param {object} what */
function remember(key, what) {
  try {
    localStorage.setItem(STORE + key, JSON.stringify(what));
  } catch {} // a browser that keeps nothing
}

/** The keys of all that was answered. Raises where the browser keeps nothing. */
export function answered() {
  return Object.keys(localStorage).filter((key) => key.startsWith(STORE));
}

/** Fields for numbers, each with its label. */
class Numbers {
  /** @param {string[]} labels */
  constructor(labels) {
    this.inputs = labels.map(() => Object.assign(element("input", ""), { type: "text", autocomplete: "off", inputMode: "text" }));
    this.roots = labels.map((label, i) => {
      const holder = element("label", "dcv-field", label);
      holder.append(this.inputs[i]);
      return holder;
    });
  }

  /** What was typed, unless a number is missing. */
  read() {
    const found = this.inputs.map(({ value }) => numberOf(value));
    this.inputs.forEach((input, i) => input.setAttribute("aria-invalid", `${Boolean(input.value) && Number.isNaN(found[i])}`));
    return found.some(Number.isNaN) ? undefined : found;
  }
}

/** Sentences of which one is chosen. */
class Options {
  /** @param {string[]} texts */
  constructor(texts) {
    const group = element("fieldset", "dcv-options");
    group.append(element("legend", "", "one of these:"));
    const name = `dcv-${crypto.randomUUID()}`;
    this.inputs = texts.map((text) => {
      const holder = element("label", "dcv-option");
      const input = Object.assign(element("input", ""), { type: "radio", name });
      holder.append(input, element("span", "", text));
      group.append(holder);
      return input;
    });
    this.roots = [group];
  }

  /** The number of the chosen one. */
  read() {
    const at = this.inputs.findIndex((input) => input.checked);
    return at < 0 ? undefined : at;
  }
}

const NO_CELL = "No cell is chosen. Click cells, or go with the arrow keys and press Space.";

/** A question: it is asked on the picture, and uncovered when an answer was committed to. */
class Question extends Screen {
  /** @param {Model} model @param {HTMLElement} el */
  constructor(model, el) {
    super(model, el, "dcv-question");
    this.name = model.get("name");
    this.root.dataset.question = this.name;
    this.root.setAttribute("aria-label", `question ${this.name}`);
    this.prompt = element("div", "dcv-prompt");
    this.form = element("form", "dcv-form");
    this.verdict = element("div", "dcv-verdict");
    this.verdict.tabIndex = -1;
    this.verdict.setAttribute("aria-live", "polite");
    this.head.append(element("div", "dcv-number", `Question ${this.name}`), this.prompt, this.form, this.verdict);
    this.at = 0; // which variant
    this.tried = 0;
    /** @type {Set<number>} */
    this.chosen = new Set();
    this.none = false; // whether "none" was said
    /** @type {(() => Answer|undefined)} */
    this.given = () => undefined; // what the form says
    /** @type {Map<number, string>} */
    this.judged = new Map();
    this.playOn = button("Play on", () =>
      this.explorer()?.dispatchEvent(new CustomEvent("dcv-play", { detail: this.variant.play })));
    this.came = () => { if (this.packed && this.explorer()) this.playOn.hidden = false; };
    document.addEventListener(CAME, this.came); // explorers may come after the answer
    this.begun();
    const { root } = this.stage;
    root.addEventListener("pointermove", (event) => { if (event.pointerType === "mouse" && !event.buttons) this.point(this.stage.at(event)); });
    root.addEventListener("pointerleave", () => this.point(null));
    root.addEventListener("click", (event) => { const at = this.stage.at(event); if (at) this.toggle(at); });
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.commit(true); });
  }

  close() {
    document.removeEventListener(CAME, this.came);
    super.close();
  }

  get variant() {
    const variants = this.packed?.head.variants ?? [];
    return variants[this.at % variants.length];
  }

  get key_() {
    return `${this.name} ${this.variant.seed}`;
  }

  loaded() {
    this.pose();
    const before = recall(this.key_);
    if (before && !this.python) this.uncover(before.answer, before.sure, before.shown, false);
    else if (before) this.say([["", `Last time: ${before.text}.`]]);
  }

  /** Ask, with nothing answered yet. */
  pose() {
    const { variant, packed } = this;
    if (!packed) return;
    this.tried = 0;
    this.chosen.clear();
    this.none = false;
    this.judged.clear();
    this.pointed = null;
    this.root.dataset.state = "asked";
    delete this.root.dataset.verdict;
    write(this.prompt, { textContent: variant.prompt });
    this.say([]);
    this.form.replaceChildren(this.fields(variant), this.commits());
    this.form.hidden = false;
    this.see(variant.covered);
  }

  /** Show a scene. @param {number} index */
  see(index) {
    if (!this.packed) return;
    this.scene = open(this.packed, index);
    this.root.dataset.scene = `${index}`;
    this.arrange();
    this.draw();
  }

  commits() {
    const row = element("div", "dcv-commits");
    const sure = button("I am sure", () => this.commit(true), "dcv-commit");
    const guess = button("I guess", () => this.commit(false), "dcv-commit");
    row.append(sure, guess, button("Show me", () => this.uncover(this.variant.true, null, true, true), "dcv-show"));
    return row;
  }

  /** What a reader fills in; `given` reads it. @param {Variant} variant */
  fields(variant) {
    const row = element("div", "dcv-fields");
    if (variant.kind === "cells") {
      this.count = element("span", "dcv-count", NO_CELL);
      row.append(this.count);
      this.given = () => this.chosen.size || this.none ? [...this.chosen].sort((a, b) => a - b) : undefined;
    } else {
      const fields = variant.kind === "choice" ? new Options(variant.options) : new Numbers(this.labels(variant));
      row.append(...fields.roots);
      this.given = () => this.none ? null : fields.read();
    }
    if (variant.none) row.append(this.noneButton(variant.kind === "size" ? "No output" : "None"));
    return row;
  }

  /** What the fields for numbers are called. @param {Variant} variant */
  labels({ kind, labels, cells, covered, panel }) {
    if (kind === "size") return ["rows", "columns"];
    const shown = this.packed && open(this.packed, covered).panels.find(({ name }) => name === panel);
    const names = kind === "fields" ? labels : cells.map((cell) => shown ? nameOf(shown, cell) : "");
    return names.map((name) => `${name} =`);
  }

  /** A button for the answer that there is none. @param {string} text */
  noneButton(text) {
    const made = button(text, () => {
      this.none = !this.none;
      made.setAttribute("aria-pressed", `${this.none}`);
      if (this.none) this.chosen.clear();
      this.draw();
    });
    made.setAttribute("aria-pressed", "false");
    return made;
  }

  /** An answer in words. @param {Answer} answer */
  write(answer) {
    const { kind, labels, options, panel, covered } = this.variant;
    if (kind === "choice") return options[Number(answer)];
    if (answer === null || !Array.isArray(answer)) return "no output";
    if (kind === "size") return answer.join("x");
    if (kind === "fields") return answer.map((value, i) => `${labels[i]} ${value}`).join(", ");
    if (kind === "numbers") return answer.join(", ");
    const shown = this.packed && open(this.packed, covered).panels.find(({ name }) => name === panel);
    return answer.length && shown ? `${answer.length} cell${answer.length > 1 ? "s" : ""}` : "none";
  }

  /** @param {boolean} sure */
  commit(sure) {
    if (this.root.dataset.state !== "asked") return;
    const answer = this.given();
    const { variant } = this;
    if (answer === undefined) {
      const asks = { size: "Type both numbers first.", numbers: "Type a number into each field first.", fields: "Type a number into each field first.", cells: "Choose a cell first.", choice: "Choose a sentence first." };
      this.say([["", asks[variant.kind]]]);
      return;
    }
    this.tried++;
    const trap = variant.traps.find(({ wrong }) => same(variant, answer, wrong));
    if (!same(variant, answer, variant.true) && this.tried < variant.tries) {
      this.say([["differs", `Not ${this.write(answer)}.`], ["", trap?.sentence ?? "Go through it once more."]]);
      return;
    }
    this.uncover(answer, sure, false, true);
  }

  /** Uncover. @param {Answer} answer @param {boolean|null} sure @param {boolean} shown whether it was not answered
   * @param {boolean} now whether it happens now, and not before */
  uncover(answer, sure, shown, now) {
    const { variant } = this;
    const right = !shown && same(variant, answer, variant.true);
    this.root.dataset.state = shown ? "shown" : "answered";
    if (!shown) this.root.dataset.verdict = right ? "right" : "wrong";
    const [yours, truth] = [this.write(answer), this.write(variant.true)];
    const trap = right || shown ? undefined : variant.traps.find(({ wrong }) => same(variant, answer, wrong));
    /** @type {[string, string][]} */
    const said = [];
    if (shown) said.push(["", `It is: ${truth}.`]);
    else if (right) said.push(["equal", `${sure === false ? "Right, though you guessed" : "Right"}: ${truth}.`]);
    else if (variant.kind === "cells" && Array.isArray(answer) && Array.isArray(variant.true))
      said.push(["differs", `${sure ? "You were sure. " : ""}${counted(answer, variant.true)}.`]);
    else said.push(["differs", `You: ${yours}. It is: ${truth}.`]);
    if (trap) said.push(["", trap.sentence]);
    said.push(["why", variant.why]);
    this.form.hidden = true;
    this.judge(answer, shown);
    this.say(said, trap);
    this.see(variant.open);
    if (now) {
      remember(this.key_, { answer, sure, shown, right, text: shown ? "shown" : yours });
      this.root.dispatchEvent(new CustomEvent("dcv-answered", { bubbles: true }));
      this.verdict.focus({ preventScroll: true });
    }
  }

  /** How each cell turned out. @param {Answer} answer @param {boolean} shown */
  judge(answer, shown) {
    const { variant } = this;
    this.judged.clear();
    if (variant.kind !== "cells" || !Array.isArray(variant.true)) return;
    for (const cell of variant.true) this.judged.set(cell, shown ? "right" : "missed");
    if (!shown && Array.isArray(answer)) for (const cell of answer) this.judged.set(cell, this.judged.has(cell) ? "right" : "wrong");
  }

  /** @param {[string, string][]} lines @param {{scene: number|null}} [trap] */
  say(lines, trap) {
    this.verdict.replaceChildren(...lines.map(([kind, text]) =>
      element("div", kind === "why" ? "dcv-why" : kind ? `dcv-note dcv-note-${kind}` : "", text)));
    if (this.root.dataset.state === "asked") return;
    this.playOn.hidden = !this.explorer();
    const row = element("div", "dcv-commits");
    const { variant } = this;
    if (trap && trap.scene !== null) {
      const { scene } = trap;
      const route = button("Show your route", () => {
        const mine = this.root.dataset.scene === `${scene}`;
        this.see(mine ? variant.open : scene);
        write(route, { textContent: mine ? "Show your route" : "Show how it is" });
      });
      row.append(route);
    }
    row.append(this.playOn);
    if ((this.packed?.head.variants ?? []).length > 1)
      row.append(button("Try another", () => { this.at++; this.pose(); this.prompt.focus(); }));
    this.verdict.append(row);
  }

  /** The explorer of the question's topic: the next one below it, or the last one above. */
  explorer() {
    const { play } = this.variant;
    const all = play ? [...document.querySelectorAll(".dcv-explorer")] : [];
    const ours = all.filter((one) => /** @type {HTMLElement} */ (one).dataset.topic === play?.topic);
    const below = ours.find((one) => this.root.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING);
    return below ?? ours[ours.length - 1];
  }

  draw() {
    const { scene, packed, room, variant } = this;
    if (!scene || !packed || !room || !variant) return;
    const asked = this.root.dataset.state === "asked";
    const values = valuesAt(scene, 0);
    const target = scene.panels.findIndex(({ name }) => name === variant.panel);
    const taps = this.pointed && this.pointed.panel !== target ? tapsOfCell(scene, this.pointed) : [];
    const lit = litBy(scene, taps, this.pointed);
    for (const [name, cells] of Object.entries(variant.marked)) {
      const panel = scene.panels.findIndex((one) => one.name === name);
      if (panel >= 0) for (const cell of cells) lit[panel][cell] ||= 1;
    }
    const choosing = variant.kind === "cells" && target >= 0;
    const opened = this.root.dataset.scene === `${variant.open}`;
    const shown = scene.panels.map((_, i) => ({
      values: values[i], lit: lit[i], pairs: new Map(),
      judged: choosing && i === target ? (asked ? new Map([...this.chosen].map((cell) => [cell, "chosen"])) : opened ? this.judged : new Map()) : new Map(),
    }));
    this.stageScene(shown, false);
    if (choosing && asked) this.offer(this.stage.frames[target], scene.panels[target]);
  }

  /** A panel whose cells can be chosen, for those who do not see it. @param {Frame} frame @param {Panel} panel */
  offer(frame, panel) {
    const root = frame.view?.root;
    if (!root) return;
    const here = this.pointed && this.scene?.panels[this.pointed.panel] === panel ? this.pointed.cell : null;
    const said = here === null ? "arrow keys go to its cells, Space chooses" : `${nameOf(panel, here)}${this.chosen.has(here) ? ", chosen" : ""}`;
    write(root, { ariaLabel: `${panel.title}: ${said}` });
    root.classList.add("dcv-choosing");
    if (this.count) {
      const some = this.chosen.size;
      write(this.count, { textContent: some ? `${some} cell${some > 1 ? "s" : ""} chosen.` : NO_CELL });
    }
  }

  /** @param {Place|null} next */
  point(next) {
    if (next?.panel === this.pointed?.panel && next?.cell === this.pointed?.cell) return;
    this.pointed = next;
    this.draw();
  }

  /** Choose a cell, or leave it again. @param {Place} at */
  toggle(at) {
    const { variant, scene } = this;
    const panel = scene?.panels[at.panel];
    if (this.root.dataset.state !== "asked" || variant.kind !== "cells" || panel?.name !== variant.panel) return;
    const mark = this.packed?.head.marks[panel.marks?.[at.cell] ?? 0];
    if (mark === "padding" || mark === "cropped") return; // no answer holds these
    if (!this.chosen.delete(at.cell)) this.chosen.add(at.cell);
    this.none = false;
    for (const pressed of this.form.querySelectorAll("[aria-pressed]")) pressed.setAttribute("aria-pressed", "false");
    this.pointed = at;
    this.draw();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const led = this.led(event);
    const [panel, { pointed }] = [this.stage.panelOf(event), this];
    if (led) this.point(led);
    else if (pointed && pointed.panel === panel && (event.key === " " || event.key === "Enter")) this.toggle(pointed);
    else return;
    event.preventDefault();
  }
}

/** @param {{model: Model, el: HTMLElement}} place */
function render({ model, el }) {
  const screen = model.get("controls") ? new Board(model, el) : new Question(model, el);
  return () => screen.close();
}

export default { render };
