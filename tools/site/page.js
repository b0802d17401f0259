// What a page does beside reading: its explorers move, and text that is wider than its box is scrolled by keys, too.
import board from "./board.js";
import { start } from "./host.js";

start(board, { links: true });

const watcher = new ResizeObserver((seen) => {
  for (const { target } of seen)
    /** @type {HTMLElement} */ (target).tabIndex = target.scrollWidth > target.clientWidth ? 0 : -1;
});
for (const text of document.querySelectorAll("pre")) watcher.observe(text);
