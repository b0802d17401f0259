// Formulas as pictures: reads [[TeX, whether it stands alone], ...] and writes as many pieces of SVG.

const read = require("fs").readFileSync(0, "utf8");

require("mathjax")
  .init({ loader: { load: ["input/tex", "output/svg"] }, svg: { fontCache: "none" } })
  .then((MathJax) => {
    const drawn = JSON.parse(read).map(([tex, display]) =>
      MathJax.startup.adaptor.innerHTML(MathJax.tex2svg(tex, { display })));
    process.stdout.write(JSON.stringify(drawn));
  });
