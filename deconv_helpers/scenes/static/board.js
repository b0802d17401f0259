// Draws scenes and answers pointer and keys. What a scene means is decided in Python.
//
// One rule of pointing: a cell lights the cells of the other panels that share a tap with it.
// A redraw writes only what differs from what is on the page.

const TYPES = { i1: Int8Array, i2: Int16Array, i4: Int32Array };
const LEVELS = 8;
const CELL = { width: 40, height: 36, lowest: 22, widest: 84, digit: 8.6, margin: 10, tight: 4, narrowest: 24 };
const TINY = { largest: 22, smallest: 8 };
const IMAGE = { largest: 12, width: 360, shared: 240, many: 4 }; // more than many share the page
const TALL = 560, TALLEST = 900; // where the cells of a panel get lower, and where they lose their numbers
const MOST = 640; // numbers in a picture: the element of each costs the browser some 10 microseconds
const NEEDS_PYTHON = "Choosing other arrays and typing numbers needs Python: open this lesson in JupyterLab.";
const BESIDE = { border: 2, sign: 44 }; // what a panel needs beyond its cells

async function unpack(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const buffer = await new Response(stream).arrayBuffer();
  const length = new DataView(buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
  const array = (number) => {
    const [type, offset, size] = head.arrays[number];
    return new TYPES[type](buffer, 8 + length + offset, size);
  };
  return { head, array };
}

// A scene with its arrays in place of their numbers, made when it is first shown.
function open({ head, array }, index) {
  const scene = head.scenes[index];
  if (scene.opened) return scene.opened;
  const opened = { notes: scene.notes, captions: scene.captions };
  for (const key of ["stepTaps", "stepEnds", "changePanels", "changeCells", "changeValues", "changeEnds"])
    opened[key] = array(scene[key]);
  opened.taps = scene.taps.map(array); // for each panel the cell that takes part, -1 for none
  opened.panels = scene.panels.map((panel) => {
    const values = array(panel.values);
    const marks = panel.marks === null ? null : array(panel.marks);
    const first = marks ? Math.max(0, marks.indexOf(0)) : 0;
    const [rows, columns] = panel.shape;
    let peak = 0, widest = 0;
    for (const value of values) {
      peak = Math.max(peak, Math.abs(head.numbers[value] ?? 0));
      widest = Math.max(widest, head.texts[value].length);
    }
    for (let i = 0; i < opened.changeValues.length; i++)
      if (scene.panels[opened.changePanels[i]] === panel)
        widest = Math.max(widest, head.texts[opened.changeValues[i]].length);
    return {
      ...panel, rows, columns, values, marks, peak, widest,
      weights: panel.weights === null ? null : array(panel.weights),
      origin: [Math.floor(first / columns), first % columns],
    };
  });
  opened.marks = [...new Set(opened.panels.flatMap((panel) => [...(panel.marks ?? [])]))].filter(Boolean).sort();
  return (scene.opened = opened);
}

// The values of every panel at a step: the finished ones, or those after all changes up to the step.
function valuesAt(scene, step) {
  const shown = scene.panels.map((panel) => panel.values);
  if (step === 0) return shown;
  const copies = shown.map((values) => Int32Array.from(values));
  for (let i = 0; i < scene.changeEnds[step]; i++)
    copies[scene.changePanels[i]][scene.changeCells[i]] = scene.changeValues[i];
  return copies;
}

function tapsOfCell(scene, panel, cell) {
  const found = [];
  scene.taps[panel]?.forEach((other, tap) => { if (other === cell) found.push(tap); });
  return found;
}

function tapsOfStep(scene, step) {
  return scene.stepTaps.subarray(step > 1 ? scene.stepEnds[step - 2] : 0, scene.stepEnds[step - 1]);
}

// The step made of exactly these taps, or 0: its caption belongs to the cell that was pointed at.
function stepOfTaps(scene, taps) {
  for (let step = 1; step <= scene.captions.length; step++) {
    const others = tapsOfStep(scene, step);
    if (taps.length && others.length === taps.length && taps.every((tap, i) => others[i] === tap)) return step;
  }
  return 0;
}

function element(tag, className, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

// Change properties of a node, but only those that differ: every write costs a layout.
function write(node, properties) {
  for (const [key, value] of Object.entries(properties)) if (node[key] !== value) node[key] = value;
}

// Give `parent` the first `count` of its children to be: those it has stay untouched.
function keep(parent, count, child) {
  let n = parent.childElementCount; // counted once: the browser counts anew after each change
  for (; n > count; n--) parent.lastChild.remove();
  for (; n < count; n++) parent.append(child(n));
}

function square(side, smallest) {
  const length = Math.max(smallest, side);
  return { numbers: false, width: length, height: length };
}

// The row and column of a cell, and the cell at them: null where there is none.
function placeOf({ columns }, cell) {
  return [Math.floor(cell / columns), cell % columns];
}

function cellIn({ rows, columns }, row, column) {
  return row >= 0 && row < rows && column >= 0 && column < columns ? row * columns + column : null;
}

// The class of a cell's fill; "" for the base.
function fillOf(panel, value, i, head) {
  if (panel.weights) return panel.weights[i] < 0 ? "" : `dcv-w${panel.weights[i] % 49}`;
  const level = Math.round((LEVELS * (head.numbers[value] ?? 0)) / (panel.peak || 1));
  return level === 0 ? "" : `dcv-l${Math.max(-LEVELS, Math.min(LEVELS, level))}`;
}

// A panel of cells with numbers: an element for each.
class Cells {
  constructor() {
    this.root = element("div", "dcv-grid");
    this.cells = [];
  }

  show(panel, values, lit, head, look) {
    const count = panel.rows * panel.columns;
    keep(this.root, count, (i) => (this.cells[i] ??= Object.assign(element("div", ""), { number: i })));
    const columns = `repeat(${panel.columns}, ${look.width}px)`;
    if (this.columns !== columns) this.root.style.gridTemplateColumns = this.columns = columns;
    const height = `${look.height}px`;
    if (this.height !== height) this.root.style.setProperty("--dcv-cell-height", (this.height = height));
    this.root.classList.toggle("dcv-editable", panel.editable);
    for (let i = 0; i < count; i++) {
      const cell = this.cells[i];
      const mark = panel.marks ? panel.marks[i] : 0;
      const name = `dcv-cell ${head.classes[mark]} ${fillOf(panel, values[i], i, head)} ${LIT[lit[i]]}`;
      const text = head.texts[values[i]];
      if (cell.name !== name) cell.className = cell.name = name;
      if (cell.text !== text) cell.textContent = cell.text = text;
    }
  }

  cellAt(event) {
    return event.target.number ?? null;
  }

  box(number) {
    const cell = this.cells[number];
    return [cell.offsetLeft, cell.offsetTop, cell.offsetWidth, cell.offsetHeight];
  }
}
const LIT = ["", "dcv-lit", "dcv-point"];

// A panel of small squares: which one is at the pointer follows from its place.
class Squares {
  constructor(name) {
    this.root = element("div", name);
  }

  cellAt({ target, clientX, clientY }) {
    if (target !== this.root) return null;
    const box = this.root.firstChild.getBoundingClientRect(); // as it is on the page, which may be zoomed
    const row = Math.floor(((clientY - box.top) / box.height) * this.panel.rows);
    const column = Math.floor(((clientX - box.left) / box.width) * this.panel.columns);
    return cellIn(this.panel, row, column);
  }

  box(number) {
    const [row, column] = placeOf(this.panel, number);
    return [column, row, 1, 1].map((sides) => sides * this.side);
  }
}

// A panel of cells without numbers: a path for all cells of one fill, one mark or one way to be lit.
// Lengths are in sides of a cell.
class Tiles extends Squares {
  constructor() {
    super("dcv-tiles");
    this.root.innerHTML = "<svg><g></g><g></g><g></g><g></g></svg>";
    this.picture = this.root.firstChild;
    this.layers = [...this.picture.children]; // fills, lines, marks, lights
  }

  show(panel, values, lit, head, look) {
    const { rows, columns } = panel;
    Object.assign(this, { panel, side: look.width });
    const size = { viewBox: `0 0 ${columns} ${rows}`, width: columns * look.width, height: rows * look.width };
    for (const [name, value] of Object.entries(size))
      if (this.picture.getAttribute(name) !== `${value}`) this.picture.setAttribute(name, value);
    const [fills, marks, lights] = [new Map(), new Map(), new Map()];
    const add = (paths, name, path) => { if (name) paths.set(name, (paths.get(name) ?? "") + path); };
    for (let i = 0; i < values.length; i++) {
      const [row, column] = placeOf(panel, i);
      const mark = head.classes[panel.marks?.[i] ?? 0];
      add(fills, fillOf(panel, values[i], i, head), `M${column} ${row}h1v1h-1z`);
      for (const [x, y, stroke] of STROKES[mark] ?? []) add(marks, mark, `M${column + x} ${row + y}${stroke}`);
      add(lights, LIT[lit[i]], `M${column}.1 ${row}.1h.8v.8h-.8z`);
    }
    let lines = "";
    for (let row = 1; row < rows; row++) lines += `M0 ${row}h${columns}`;
    for (let column = 1; column < columns; column++) lines += `M${column} 0v${rows}`;
    [fills, new Map([["dcv-lines", lines]]), marks, lights].forEach((paths, n) => {
      keep(this.layers[n], paths.size, () => document.createElementNS(this.picture.namespaceURI, "path"));
      [...paths].forEach(([name, path], i) => {
        const node = this.layers[n].children[i];
        if (node.name !== name) node.setAttribute("class", (node.name = name));
        if (node.path !== path) node.setAttribute("d", (node.path = path));
      });
    });
  }
}
// Where the strokes of a mark begin in a cell, and where they lead; a stroke of no length is a dot.
const STROKES = {
  "dcv-padding": [[0, 0.5, "l.5,-.5"], [0, 1, "l1,-1"], [0.5, 1, "l.5,-.5"]],
  "dcv-cropped": [[0.5, 0, "l.5,.5"], [0, 0, "l1,1"], [0, 0.5, "l.5,.5"]],
  "dcv-inserted-zero": [0.25, 0.75].flatMap((x) => [0.25, 0.75].map((y) => [x, y, "h0"])),
};

// A panel of pixels: grey levels on a canvas, what is lit as one box.
class Pixels extends Squares {
  constructor() {
    super("dcv-image");
    this.canvas = document.createElement("canvas");
    this.frame = element("div", "dcv-box");
    this.root.append(this.canvas, this.frame);
  }

  show(panel, values, lit, head, look) {
    Object.assign(this, { panel, side: look.width });
    this.canvas.style.width = `${panel.columns * this.side}px`;
    if (this.values !== values) {
      this.values = values;
      this.canvas.width = panel.columns;
      this.canvas.height = panel.rows;
      const pixels = new ImageData(panel.columns, panel.rows);
      for (let i = 0; i < values.length; i++) {
        pixels.data.fill(head.numbers[values[i]] ?? 0, 4 * i, 4 * i + 3);
        pixels.data[4 * i + 3] = 255;
      }
      this.canvas.getContext("2d").putImageData(pixels, 0, 0);
    }
    let [left, top, right, bottom] = [Infinity, Infinity, -1, -1];
    for (let i = 0; i < lit.length; i++) {
      if (!lit[i]) continue;
      const [row, column] = placeOf(panel, i);
      left = Math.min(left, column); right = Math.max(right, column);
      top = Math.min(top, row); bottom = Math.max(bottom, row);
    }
    this.frame.hidden = right < 0;
    if (right < 0) return;
    const place = { left, top, width: right - left + 1, height: bottom - top + 1 };
    for (const [key, value] of Object.entries(place)) this.frame.style[key] = `${value * this.side}px`;
  }
}

// A view with its title and the sign before it; the view is replaced when the panel changes its kind.
class Frame {
  constructor() {
    this.root = element("div", "dcv-with-sign");
    this.sign = element("div", "dcv-sign");
    this.figure = element("figure", "dcv-panel");
    this.title = element("figcaption", "dcv-title");
    this.figure.append(this.title);
    this.root.append(this.sign, this.figure);
  }

  show(panel, values, lit, head, look) {
    const Kind = panel.image ? Pixels : look.numbers ? Cells : Tiles;
    if (!(this.view instanceof Kind)) {
      const focused = this.view?.root === document.activeElement;
      this.view?.root.remove();
      this.view = new Kind();
      this.view.root.tabIndex = 0;
      this.view.root.setAttribute("role", "application");
      this.figure.append(this.view.root);
      if (focused) this.view.root.focus();
    }
    write(this.sign, { textContent: panel.sign, hidden: !panel.sign });
    write(this.title, { textContent: panel.title });
    write(this.figure, { className: `dcv-panel dcv-${panel.role}` });
    write(this.view.root, { ariaLabel: `${panel.title}: arrow keys read its cells` });
    this.view.show(panel, values, lit, head, look);
  }
}

// JupyterLab's shortcuts would take the arrow keys from a menu and Enter from a button.
function keepPlainKeys(event) {
  const other = event.shiftKey || event.ctrlKey || event.metaKey || event.altKey;
  if (!other && event.key !== "Escape") event.stopPropagation();
}

function render({ model, el }) {
  const alive = Boolean(model.widget_manager?.kernel); // whether Python answers
  const root = element("div", "dcv");
  root.tabIndex = 0;
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "picture; left and right arrow keys go through its steps");
  // JupyterLab's own shortcuts (arrow keys, letters) stay out of the picture.
  root.dataset.lmSuppressShortcuts = "true";
  const place = element("div", "dcv-panels");
  const caption = element("div", "dcv-caption");
  caption.setAttribute("aria-live", "polite");
  const error = element("div", "dcv-error");
  error.setAttribute("role", "alert");
  const notes = element("div", "dcv-notes");
  const legend = element("div", "dcv-legend");
  root.append(caption, place, error, notes, legend);
  root.classList.toggle("dcv-still", !alive);
  el.append(root);

  const frames = [];
  let packed = null; // all scenes
  let loads = 0; // how often they came
  let scene = null; // the one that is shown
  let pointed = null; // { panel, cell } under the pointer or the arrow keys
  let editor = null;
  let telling = 0; // the timer that will tell how many steps there are
  let room = 0; // width for panels, in pixels
  let drawn = 1; // how many times larger than usual everything was drawn

  // A caption keeps the height it once had in a scene, so that pointing does not move the panels below it.
  const keeper = new ResizeObserver(() => { caption.style.minHeight = `${caption.offsetHeight}px`; });
  function forgetHeight() {
    caption.style.minHeight = "";
    keeper.unobserve(caption); // observed anew, it is measured anew
    keeper.observe(caption);
  }

  async function load() {
    const mine = ++loads;
    const found = await unpack(model.get("payload"));
    if (mine !== loads) return; // a newer one is on its way
    found.head.classes = found.head.marks.map((mark) => `dcv-${mark.replaceAll(" ", "-")}`);
    packed = found;
    choose();
  }

  function choose() {
    if (!packed) return;
    let index = 0;
    for (const [name, low, count] of model.get("controls")) index = index * count + (Number(model.get(name)) - low);
    const before = scene;
    scene = open(packed, index);
    // What is typed into another cell stays, when Python answers what was typed before.
    const size = (shown) => shown.panels[editor.panel]?.values.length;
    if (editor && (root.dataset.scene !== `${index}` || size(before) !== size(scene))) closeEditor();
    root.dataset.scene = index;
    pointed = pointed && sameCell(before.panels[pointed.panel], scene.panels[pointed.panel]);
    forgetHeight();
    keep(place, scene.panels.length, (i) => (frames[i] ??= new Frame()).root);
    notes.replaceChildren(...scene.notes.map(([kind, text]) => element("span", `dcv-note dcv-note-${kind}`, text)));
    draw();
    clearTimeout(telling);
    telling = setTimeout(tellSteps, 50); // once the picture stands: other controls follow, and Python is told
  }

  function tellSteps() {
    const count = scene.captions.length;
    if (model.get("step") > count) model.set("step", count);
    if (model.get("n_steps") !== Math.max(1, count)) model.set("n_steps", Math.max(1, count));
    model.save_changes();
  }

  // Where the cell that was pointed at stands in the panel of another scene: the row and column that are read.
  function sameCell(from, to) {
    if (from.name !== to?.name) return null;
    const [row, column] = placeOf(from, pointed.cell);
    const cell = cellIn(to, row - from.origin[0] + to.origin[0], column - from.origin[1] + to.origin[1]);
    return cell === null ? null : { panel: pointed.panel, cell };
  }

  // How large the cells of each panel are: as wide as their texts need and the page allows.
  function looks() {
    const widest = Math.max(0, ...scene.panels.filter((p) => !p.image).map((p) => p.widest)) * CELL.digit;
    const wanted = Math.min(CELL.widest, Math.max(CELL.width, Math.ceil(widest) + CELL.margin));
    const tight = Math.min(CELL.widest, Math.max(CELL.narrowest, Math.ceil(widest) + CELL.tight));
    const spaces = scene.panels.map((panel) => room - BESIDE.border - (panel.sign ? BESIDE.sign : 0));
    const pictures = scene.panels.filter((panel) => panel.image).length;
    const across = pictures > IMAGE.many ? IMAGE.shared : IMAGE.width;
    const most = scene.panels.map(({ rows, columns }, i) => ({
      width: Math.floor(spaces[i] / columns),
      height: Math.max(CELL.lowest, Math.min(CELL.height, Math.floor(TALL / rows))),
    }));
    const counts = scene.panels.map(({ rows, values, image }, i) =>
      !image && most[i].width >= tight && most[i].height * rows <= TALLEST ? values.length : 0);
    const found = scene.panels.map(({ rows, columns, image }, i) => {
      const { width, height } = most[i];
      if (image) return square(Math.min(IMAGE.largest, Math.floor(across / columns), width), 1);
      // Too many numbers: the largest panels lose theirs, and panels of one size together.
      const numbers = counts.filter((count) => count <= counts[i]).reduce((sum, count) => sum + count, 0);
      if (counts[i] && numbers <= MOST) return { numbers: true, width: Math.min(wanted, width), height };
      return square(Math.min(TINY.largest, width, Math.floor(TALLEST / rows)), TINY.smallest);
    });
    const slack = found.map(({ width }, i) => spaces[i] / (width * scene.panels[i].columns));
    const scale = model.get("large") ? Math.max(1, Math.min(2, ...slack)) : 1;
    if (scale !== drawn) {
      root.style.setProperty("--dcv-font", `${15 * (drawn = scale)}px`);
      forgetHeight();
    }
    return found.map((one) => ({ ...one, width: Math.floor(one.width * scale), height: Math.floor(one.height * scale) }));
  }

  function draw() {
    if (!scene || !room) return;
    const { head } = packed;
    const step = Math.min(model.get("step"), scene.captions.length);
    root.dataset.step = step;
    const values = valuesAt(scene, step);
    const taps = pointed ? tapsOfCell(scene, pointed.panel, pointed.cell) : step ? tapsOfStep(scene, step) : [];
    const lit = scene.panels.map((panel) => new Uint8Array(panel.values.length));
    scene.taps.forEach((cells, panel) => {
      if (panel !== pointed?.panel) for (const tap of taps) if (cells[tap] >= 0) lit[panel][cells[tap]] = 1;
    });
    if (pointed) lit[pointed.panel][pointed.cell] = 2;
    const sizes = looks();
    scene.panels.forEach((panel, i) => frames[i].show(panel, values[i], lit[i], head, sizes[i]));
    write(caption, { textContent: pointed ? read(values, taps) : step ? scene.captions[step - 1] : "" });
    explain(scene.panels.some((panel, i) => !panel.image && !sizes[i].numbers));
    if (editor) placeEditor();
  }

  // The pointed cell in words: where it is, what stands there, and the sum it belongs to if that is a step.
  function read(values, taps) {
    const panel = scene.panels[pointed.panel];
    const [row, column] = placeOf(panel, pointed.cell);
    const mark = panel.marks?.[pointed.cell] ?? 0;
    const value = packed.head.texts[values[pointed.panel][pointed.cell]];
    const cell = `${panel.name}[${row - panel.origin[0]}, ${column - panel.origin[1]}]`;
    const caption = scene.captions[stepOfTaps(scene, taps) - 1] ?? "";
    if (caption.startsWith(cell)) return caption;
    return cell + (value && ` = ${value}`) + (mark ? ` (${packed.head.marks[mark]})` : "") + (caption && `.  ${caption}`);
  }

  function explain(hidden) {
    const key = scene.marks.join() + hidden;
    if (legend.dataset.key === key) return;
    legend.dataset.key = key;
    legend.replaceChildren(...scene.marks.map((mark) => {
      const entry = element("span", "");
      entry.append(element("i", `dcv-swatch ${packed.head.classes[mark]}`), packed.head.legend[mark]);
      return entry;
    }));
    if (hidden) legend.append(element("span", "", "Numbers are hidden where cells are too small or too many: point at a cell to read it."));
  }

  function point(next) {
    if (next?.panel === pointed?.panel && next?.cell === pointed?.cell) return;
    pointed = next;
    draw();
  }

  function found(event) {
    const panel = frames.findIndex((frame) => frame.view?.root.contains(event.target));
    const cell = panel < 0 ? null : frames[panel].view.cellAt(event);
    return cell === null ? null : { panel, cell };
  }

  // Typing into a cell. The text goes to Python as it stands and is never used as markup.
  function edit({ panel, cell }, text) {
    const shown = scene.panels[panel];
    if (!shown.editable || (shown.marks?.[cell] ?? 0) !== 0) return;
    closeEditor();
    if (!alive) {
      error.textContent = NEEDS_PYTHON;
      return;
    }
    const input = element("input", "dcv-editor");
    input.setAttribute("aria-label", `new value of ${shown.name}`);
    input.value = text ?? packed.head.texts[shown.values[cell]];
    editor = { input, panel, cell };
    frames[panel].figure.append(input); // a drawing keeps nothing in the view but its cells
    placeEditor();
    input.focus();
    if (text === undefined) input.select();
    // To leave the window, or to open a menu for pasting, is not to leave the cell.
    input.addEventListener("blur", () => { if (document.hasFocus()) commit(input); });
    input.addEventListener("contextmenu", (event) => event.stopPropagation());
  }

  function placeEditor() {
    const { figure, view } = frames[editor.panel];
    const [left, top, width, height] = view.box(editor.cell);
    const from = { left: view.root.offsetLeft + view.root.clientLeft, top: view.root.offsetTop + view.root.clientTop };
    const place = { left: from.left + left, top: from.top + top, width, height };
    for (const [key, value] of Object.entries(place)) editor.input.style[key] = `${value}px`;
    const beyond = place.left + editor.input.offsetWidth - figure.clientWidth; // it may be wider than its cell
    if (beyond > 0) editor.input.style.left = `${Math.max(0, place.left - beyond)}px`;
  }

  function commit(input) {
    if (editor?.input !== input) return;
    const { panel, cell } = editor;
    closeEditor();
    const shown = packed.head.texts[scene.panels[panel].values[cell]];
    if (input.value === shown && !root.classList.contains("dcv-waiting")) return;
    root.classList.add("dcv-waiting");
    model.send({ kind: "edit", scene: Number(root.dataset.scene), panel: scene.panels[panel].name, cell, text: input.value });
  }

  function closeEditor() {
    const open = editor;
    editor = null;
    open?.input.remove();
  }

  // Not while something is dragged, nor over the editor: its cell stays the pointed one.
  root.addEventListener("pointermove", (event) => {
    if (event.pointerType === "mouse" && !event.buttons && event.target !== editor?.input) point(found(event));
  });
  root.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse") point(null); });
  let pressed = null;
  root.addEventListener("pointerdown", (event) => { pressed = found(event); });
  root.addEventListener("click", (event) => {
    if (event.target === editor?.input) return;
    const at = found(event);
    point(at);
    const dragged = at?.panel !== pressed?.panel || at?.cell !== pressed?.cell;
    if (at && alive && !dragged) edit(at);
  });

  root.addEventListener("keydown", (event) => {
    if (event.target === editor?.input) {
      const { panel, input } = editor;
      if (event.key === "Enter") commit(input);
      if (event.key === "Escape") closeEditor();
      if (event.key === "Enter" || event.key === "Escape") frames[panel].view.root.focus();
      return;
    }
    const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    const panel = frames.findIndex((frame) => frame.view?.root === event.target);
    if (event.key === "Escape") {
      point(null);
    } else if (event.ctrlKey || event.metaKey || event.altKey || !scene) {
      return;
    } else if (panel >= 0 && event.key in moves) {
      const here = pointed?.panel === panel; // the first key only says where
      const [row, column] = here ? placeOf(scene.panels[panel], pointed.cell) : [0, 0];
      const [down, right] = here ? moves[event.key] : [0, 0];
      point({ panel, cell: cellIn(scene.panels[panel], row + down, column + right) ?? pointed.cell });
    } else if (pointed?.panel === panel && (event.key === "Enter" || /^[-0-9.]$/.test(event.key))) {
      edit(pointed, event.key === "Enter" ? undefined : event.key);
    } else if (event.target === root && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
      const next = model.get("step") + (event.key === "ArrowRight" ? 1 : -1);
      model.set("step", Math.max(0, Math.min(scene.captions.length, next)));
      model.save_changes();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  });

  for (const [name] of model.get("controls")) model.on(`change:${name}`, choose);
  model.on("change:payload", load);
  model.on("change:large", draw);
  model.on("change:step", () => {
    pointed = null; // a step is shown, wherever the pointer rests
    draw();
  });
  const showError = () => { error.textContent = model.get("message"); };
  model.on("change:message", showError);
  // Where less motion is wished for, Play goes one step for each press.
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  model.on("change:step", () => setTimeout(() => {
    if (!calm.matches || !model.get("playing")) return;
    model.set("playing", false);
    model.save_changes();
  }));
  model.on("msg:custom", () => root.classList.remove("dcv-waiting")); // Python has answered
  showError();

  const watcher = new ResizeObserver(() => {
    const style = getComputedStyle(root);
    const width = root.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    if (width === room || width <= 0) return; // nothing new, or scrolled out of the page
    room = width;
    forgetHeight();
    draw();
  });
  watcher.observe(root);

  // What the controls beside the board lack, once they are there. ipywidgets gives neither its sliders nor
  // Play's buttons an accessible name: sliders get the words of their label. Controls that ask Python say
  // so where there is none.
  const naming = setInterval(() => {
    const explorer = el.closest(".dcv-explorer");
    if (explorer) explorer.onkeydown = keepPlainKeys;
    const sliders = explorer?.querySelectorAll(".widget-slider") ?? [];
    const asking = explorer?.querySelector(".dcv-asking");
    if (!alive && asking && !asking.inert) {
      asking.inert = true;
      asking.after(element("div", "dcv-needs", NEEDS_PYTHON));
    }
    for (const slider of sliders) {
      const label = slider.querySelector(".widget-label")?.textContent ?? "";
      slider.querySelector(".noUi-handle")?.setAttribute("aria-label", label);
      const number = slider.querySelector(".widget-readout"); // may be typed into
      if (number) Object.assign(number, { role: "textbox", ariaLabel: label });
    }
    const buttons = explorer?.querySelectorAll(".widget-play button") ?? [];
    ["Play or pause", "Stop"].forEach((name, i) => buttons[i]?.setAttribute("aria-label", name));
    if (sliders.length && asking) clearInterval(naming);
  }, 300);

  load();
  return () => {
    root.remove(); // ipywidgets keeps what a closed view has drawn
    watcher.disconnect();
    keeper.disconnect();
    clearTimeout(telling);
    clearInterval(naming);
  };
}

export default { render };
