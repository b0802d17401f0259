// Shows widgets of ours where no Python runs: on the pages of the course, and in saved files.
//
// A place on a page holds a widget's traits as JSON, and says where its payloads are: in a folder, or inside.
// The state of a widget is in the address, so that any state is a link.

/** @typedef {{name: string, kind: string, values: any[]}} Control */
/**
 * @typedef {object} Shown
 * @property {Record<string, any>} traits
 * @property {string} [folder]                  where its payloads are
 * @property {Record<string, string>} [inside]  or they themselves, in base64
 */
/** @typedef {(...values: any[]) => void} Call */
/** @typedef {{render: (place: {model: Plain, el: HTMLElement}) => void}} Widget   what shows a model in an element */

const NEAR = "600px"; // how far from the view a widget is made
const SETTLED = 300; // milliseconds without a change after which the address follows

/** A widget's model without Python: what is set is told at once, and to this page alone. */
export class Plain {
  /** @param {Record<string, any>} traits */
  constructor(traits) {
    this.traits = { ...traits };
    this.choices = true; // menus of arrays are answered
    /** @type {Map<string, Set<Call>>} */
    this.calls = new Map();
  }

  /** @param {string} name */
  get(name) {
    return this.traits[name];
  }

  /** @param {string} name @param {any} value */
  set(name, value) {
    if (this.traits[name] === value) return;
    this.traits[name] = value;
    for (const call of [...(this.calls.get(`change:${name}`) ?? [])]) call();
  }

  save_changes() {}

  send() {}

  /** @param {string} event @param {Call} call */
  on(event, call) {
    if (!this.calls.has(event)) this.calls.set(event, new Set());
    this.calls.get(event)?.add(call);
  }

  /** @param {string} event @param {Call} call */
  off(event, call) {
    this.calls.get(event)?.delete(call);
  }
}

/** What an address says of a state: whose it is ("" for the first), and settings; null where it says none.
 * @param {string} hash @returns {{id: string, settings: Record<string, string>}|null} */
export function readAddress(hash) {
  const [, id = "", text] = /^#(?:([\w-]+):)?([^:]*=.*)$/.exec(hash) ?? [];
  return text === undefined ? null : { id, settings: Object.fromEntries(new URLSearchParams(text)) };
}

/** The settings of a model that differ from how it began, as an address has them.
 * @param {Plain} model */
export function writeSettings(model) {
  const settings = new URLSearchParams();
  for (const [name, value] of Object.entries(model.get("initial") ?? {}))
    if (model.get(name) !== value) settings.set(name, model.get(name));
  if (model.get("step")) settings.set("step", model.get("step"));
  return `${settings}`.replaceAll("%2C", ",");
}

/** Set a model to what an address says; what it leaves out is as it began, and what is not listed too.
 * @param {Plain} model @param {Record<string, string>} settings */
export function applySettings(model, settings) {
  for (const { name, values } of /** @type {Control[]} */ (model.get("controls") ?? [])) {
    const value = values.find((listed) => `${listed}` === settings[name]);
    model.set(name, value === undefined ? model.get("initial")[name] : value);
  }
  model.set("playing", false);
  model.set("step", /^\d{1,6}$/.test(settings.step) ? Number(settings.step) : 0);
}

/** A widget and its place on a page. It is made when its reader comes near. */
class Place {
  /** @param {HTMLElement} el @param {Widget} widget */
  constructor(el, widget) {
    this.el = el;
    this.widget = widget;
    /** @type {Shown} */
    this.shown = JSON.parse(el.querySelector("script")?.textContent ?? "");
    this.model = new Plain(this.shown.traits);
    /** @type {Control[]} */
    this.controls = this.model.get("controls") ?? [];
    this.sources = this.controls.filter(({ kind }) => kind === "source");
    this.asked = 0; // how often payloads were asked for
    this.has = ""; // the payload that is there
    /** @type {any[]} */
    this.chosen = []; // and the choices that it answers
    for (const { name } of this.sources) this.model.on(`change:${name}`, () => { if (this.has) this.follow(); });
  }

  /** Make the widget, unless it is there. */
  open() {
    if (!this.has) this.follow();
  }

  /** Get the payload of what menus say. Where it cannot be had, they go back, and a still picture stays. */
  async follow() {
    const mine = ++this.asked;
    await null; // several menus may be set at once
    const chosen = this.sources.map(({ name }) => this.model.get(name));
    const name = ["payload", ...this.sources.map(({ values }, i) => values.indexOf(chosen[i]))].join("-");
    if (mine !== this.asked || name === this.has) return;
    let payload;
    try {
      payload = await this.bytes(name);
    } catch {
      if (mine !== this.asked) return;
      if (this.has) this.sources.forEach((control, i) => this.model.set(control.name, this.chosen[i]));
      this.model.set("message", "What you chose could not be loaded. Check the network, and choose it again.");
      return;
    }
    if (mine !== this.asked) return;
    const first = !this.has;
    [this.has, this.chosen] = [name, chosen];
    this.model.set("message", "");
    this.model.set("payload", payload);
    if (first) this.widget.render({ model: this.model, el: this.el });
  }

  /** @param {string} name @returns {Promise<DataView|Uint8Array>} */
  async bytes(name) {
    const { folder, inside } = this.shown;
    if (inside) return Uint8Array.from(atob(inside[name]), (letter) => letter.charCodeAt(0));
    const reply = await fetch(`${folder}/${name}.bin`);
    if (!reply.ok) throw new Error(`${reply.status}`);
    return new DataView(await reply.arrayBuffer());
  }
}

/** The address of a page, which follows its widgets and leads them. */
class Address {
  /** @param {Place[]} places */
  constructor(places) {
    this.places = places.filter(({ controls }) => controls.length);
    this.timer = 0;
    for (const place of this.places)
      for (const name of [...place.controls.map((control) => control.name), "step", "playing"])
        place.model.on(`change:${name}`, () => this.later(place));
    addEventListener("hashchange", () => this.go(true));
    const [entry] = performance.getEntriesByType("navigation");
    this.go(/** @type {PerformanceNavigationTiming} */ (entry)?.type === "navigate"); // else the place is known
  }

  /** @param {Place} place */
  of(place) {
    const settings = writeSettings(place.model);
    const mine = place === this.places[0] ? settings : `${place.el.id}:${settings}`;
    return `#${settings ? mine : place.el.id}`;
  }

  /** Show what the address says. @param {boolean} there   whether to go there, too */
  go(there) {
    const found = readAddress(location.hash);
    const place = found && (found.id ? this.places.find(({ el }) => el.id === found.id) : this.places[0]);
    if (!place) return;
    applySettings(place.model, found.settings);
    if (there) place.el.scrollIntoView();
  }

  /** @param {Place} place */
  later(place) {
    clearTimeout(this.timer);
    if (!place.model.get("playing")) this.timer = setTimeout(() => this.write(place), SETTLED);
  }

  /** The page's history stays as long as it is: Back leaves the page. @param {Place} place */
  write(place) {
    try {
      history.replaceState(history.state, "", this.of(place));
    } catch {
      // Some frames have no address of their own.
    }
  }

  /** A button beside a widget that gives its state as a link. @param {Place} place */
  link(place) {
    const row = Object.assign(document.createElement("div"), { className: "link" });
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: "Copy link" });
    const said = document.createElement("span");
    said.setAttribute("role", "status");
    button.addEventListener("click", async () => {
      this.write(place);
      try {
        await navigator.clipboard.writeText(`${new URL(this.of(place), location.href)}`);
        said.textContent = "Copied: it opens this picture.";
      } catch {
        said.textContent = "The link is in the address bar.";
      }
      setTimeout(() => { said.textContent = ""; }, 4000);
    });
    row.append(button, said);
    place.el.after(row);
  }
}

/** Make all widgets of a page as its reader comes near. @param {Widget} widget @param {{links?: boolean}} [options] */
export function start(widget, { links = false } = {}) {
  const places = [...document.querySelectorAll(".live")].map((el) => new Place(/** @type {HTMLElement} */ (el), widget));
  const address = new Address(places);
  const watcher = new IntersectionObserver((seen) => {
    for (const { target, isIntersecting } of seen) if (isIntersecting) places.find(({ el }) => el === target)?.open();
  }, { rootMargin: NEAR });
  for (const place of places) {
    watcher.observe(place.el);
    if (links && place.controls.length) address.link(place);
    // Who answers a question may go on with an explorer of the page: it is made meanwhile.
    if (!place.controls.length) place.el.addEventListener("focusin", () => places.forEach((other) => other.open()), { once: true });
  }
}
