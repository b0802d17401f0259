// The lecture view of a lesson: one section a screen, large, gone through by keys or buttons.
//
// A section is a heading of the second level and all that stands below it. What is not shown stays on the page,
// hidden: explorers and questions keep their state. The address says which section it is: ?lecture=3

const head = /** @type {HTMLElement} */ (document.querySelector("nav"));
const main = /** @type {HTMLElement} */ (document.querySelector("main"));
/** @type {Element[][]} */
const sections = [[]];
for (const part of main.children) {
  if (part.querySelector(":scope > h2")) sections.push([]);
  sections[sections.length - 1].push(part);
}
let at = 0; // the section that is shown, or was last

const enter = Object.assign(document.createElement("a"), { href: "?lecture", textContent: "Lecture view" });
const bar = document.createElement("nav");
bar.className = "lecture-bar";
bar.ariaLabel = "lecture";
const back = button("← Back", () => go(at - 1));
const said = document.createElement("span");
said.setAttribute("role", "status");
const next = button("Next →", () => go(at + 1));
bar.append(back, said, next, button("Leave", leave));
head.append(enter);
document.body.append(bar);

/** @param {string} text @param {() => void} call */
function button(text, call) {
  const made = Object.assign(document.createElement("button"), { type: "button", textContent: text });
  made.addEventListener("click", call);
  return made;
}

const running = () => document.documentElement.classList.contains("lecture");

/** Show a section, from its beginning. @param {number} number */
function go(number) {
  at = Math.max(0, Math.min(number, sections.length - 1));
  sections.forEach((parts, i) => parts.forEach((part) => part.classList.toggle("away", i !== at)));
  document.documentElement.classList.add("lecture");
  [back.disabled, next.disabled] = [at === 0, at === sections.length - 1];
  said.textContent = `${at + 1} of ${sections.length}: ${sections[at][0].querySelector("h1, h2")?.textContent}`;
  write(`?lecture=${at + 1}`);
  scrollTo(0, 0);
}

/** The page as it was, at the section that was shown. */
function leave() {
  document.documentElement.classList.remove("lecture");
  write("");
  sections[at][0].scrollIntoView();
  enter.focus({ preventScroll: true });
}

/** Only the part of the address between ? and # is ours. @param {string} search */
function write(search) {
  history.replaceState(history.state, "", location.pathname + search + location.hash);
}

/** The section that holds an element, or -1. @param {EventTarget|null} element */
function holding(element) {
  return sections.findIndex((parts) => parts.some((part) => part.contains(/** @type {Node|null} */ (element))));
}

enter.addEventListener("click", (event) => {
  event.preventDefault();
  go(at);
  next.focus();
});

// What leads to another place of the page leads to its section: a link, or a question that plays on.
addEventListener("hashchange", () => {
  const section = holding(document.querySelector(":target") ?? document.getElementById(location.hash.slice(1).split(":")[0]));
  if (running() && section >= 0) go(section);
});
addEventListener("dcv-play", ({ target }) => { if (running()) go(holding(target)); }, true);

// Page keys, which presenters' remote controls send, go on from wherever the keyboard is; arrow keys are a widget's
// own where it has the keyboard.
addEventListener("keydown", (event) => {
  if (!running() || event.ctrlKey || event.metaKey || event.altKey) return;
  const down = event.key === "PageDown";
  if (!down && event.key !== "PageUp") return;
  event.preventDefault();
  event.stopPropagation();
  const { scrollTop, scrollHeight, clientHeight } = document.documentElement;
  const rest = down ? scrollHeight - clientHeight - scrollTop : scrollTop;
  if (rest > 4) scrollBy(0, (down ? 0.8 : -0.8) * clientHeight);
  else go(at + (down ? 1 : -1));
}, true);
addEventListener("keydown", (event) => {
  if (!running() || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  const inside = /** @type {HTMLElement} */ (event.target).closest?.(".dcv, pre");
  if (event.key === "Escape" && inside) /** @type {HTMLElement} */ (event.target).blur();
  else if (event.key === "Escape") leave();
  else if (!inside && (event.key === "ArrowRight" || event.key === "ArrowLeft")) go(at + (event.key === "ArrowRight" ? 1 : -1));
});

const asked = new URLSearchParams(location.search).get("lecture");
if (asked !== null) go(Math.trunc(Number(asked)) - 1 || 0);
