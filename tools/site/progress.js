// The first page says how many questions of each lesson were answered, and forgets that when it is told to.
// Answers are kept by board.js, in this browser alone.
import { recall, answered } from "./board.js";

const lessons = [...document.querySelectorAll("[data-asked]")].map((place) => {
  const bar = Object.assign(document.createElement("progress"), { ariaHidden: "true" });
  const words = place.textContent ?? "";
  return { place, bar, words, asked: place.getAttribute("data-asked")?.split(",") ?? [] };
});
const box = /** @type {HTMLElement} */ (document.querySelector(".progress"));
const said = document.createElement("p");
said.setAttribute("role", "status");
said.tabIndex = -1; // what was forgotten leaves no button to stand on
const forget = button("Forget my answers", () => confirm(true));
const keep = button("Keep them", () => { confirm(false); forget.focus(); });
const sure = button("Yes, forget them all", () => {
  for (const key of answered()) localStorage.removeItem(key);
  confirm(false);
  said.focus();
});
box.append(said, forget, keep, sure);

/** @param {string} text @param {() => void} call */
function button(text, call) {
  const made = Object.assign(document.createElement("button"), { type: "button", textContent: text });
  made.addEventListener("click", call);
  return made;
}

/** How many of these were answered, and how many rightly. @param {string[]} asked */
function count(asked) {
  const kept = asked.map(recall).filter((answer) => answer && !answer.shown);
  return { all: asked.length, done: kept.length, right: kept.filter((answer) => answer?.right).length };
}

/** @param {{all: number, done: number, right: number}} counted */
function inWords({ all, done, right }) {
  return `${done} of ${all} question${all > 1 ? "s" : ""} answered, ${right} right`;
}

/** Say what is kept. */
function show() {
  /** @type {string[]|null} */
  let kept = null;
  try {
    kept = answered();
  } catch {} // a browser that keeps nothing
  for (const { place, bar, words, asked } of lessons) {
    const counted = count(asked);
    Object.assign(bar, { max: counted.all, value: counted.done });
    place.replaceChildren(...(counted.done ? [bar, inWords(counted)] : [words]));
  }
  const all = count(lessons.flatMap(({ asked }) => asked));
  const counted = `${inWords(all)}. Your answers are kept in this browser alone.`;
  const none = `${all.all} questions, none answered yet. Your answers will be kept in this browser alone, and counted here.`;
  said.textContent = !kept ? "This browser keeps no answers, so none are counted here." : all.done ? counted : none;
  forget.hidden = !kept?.length || !sure.hidden;
}

/** Ask whether to forget, or ask no more. The button that was pressed makes room for the harmless one.
 * @param {boolean} asks */
function confirm(asks) {
  keep.hidden = sure.hidden = !asks;
  show();
  if (asks) keep.focus();
}

box.addEventListener("keydown", ({ key }) => { if (key === "Escape" && !keep.hidden) keep.click(); });
addEventListener("storage", show); // answered in another tab
addEventListener("pageshow", show); // or before Back
confirm(false);
box.hidden = false;
