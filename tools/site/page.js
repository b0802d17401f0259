// Where the widget manager of a page finds what it loads: beside the page, never on another host.
requirejs.config({
  paths: {
    anywidget: "assets/anywidget",
    "@jupyter-widgets": "assets/widgets",
    "@jupyter-widgets/html-manager/dist": "assets/widgets",
  },
});
