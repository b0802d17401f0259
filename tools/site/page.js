// Where the widget manager of a page finds what it loads: beside the page, never on another host.
window.requirejs?.config({
  paths: {
    anywidget: "assets/anywidget",
    "@jupyter-widgets": "assets/widgets",
    "@jupyter-widgets/html-manager/dist": "assets/widgets",
  },
});

// Text that is wider than its box is scrolled by keys, too.
const watcher = new ResizeObserver((seen) => {
  for (const { target } of seen) target.tabIndex = target.scrollWidth > target.clientWidth ? 0 : -1;
});
for (const text of document.querySelectorAll("pre")) watcher.observe(text);
