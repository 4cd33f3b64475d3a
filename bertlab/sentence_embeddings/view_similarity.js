// Two sentences: a table with a cosine for each pair of pieces, and the pooled cosines, each beside the word overlap.

const LEGEND =
  "A number is the cosine of the piece of a on the left and the piece of b above: the darker, the higher, up to 1; " +
  "no color: 0 or below. In a frame: the best partner of the piece on the left. " +
  "Special tokens stand apart, and count as no partner.";

const says = (words) => element("span", { class: "similarity-says" }, words); // for screen readers only

function piece([token, special], scope) {
  return element("th", { scope, class: special ? "similarity-special" : "" }, token);
}

/** A cell; `special` if its column is that of a special token. */
function cell([number, fill, ink], best, special) {
  const kinds = [best && "similarity-best", special && "similarity-special"].filter(Boolean).join(" ");
  const style = fill ? `background: ${fill}; color: ${ink}` : "";
  return element("td", { class: kinds }, element("span", { style }, number), best ? says(" best partner") : "");
}

function matrix({ rows, columns, cells, partners }) {
  const corner = element("td", {}, element("span", { "aria-hidden": "true" }, "a ↓  b →"));
  const lines = rows.map((row, line) => {
    const own = cells[line].map((one, place) => cell(one, partners[line] === place, columns[place][1]));
    return element("tr", { class: row[1] ? "similarity-special" : "" }, piece(row, "row"), ...own);
  });
  return element(
    "table",
    { class: "similarity-matrix" },
    element("caption", {}, says("Cosines of the pieces of a, in rows, with those of b, in columns")),
    element("thead", {}, element("tr", {}, corner, ...columns.map((column) => piece(column, "col")))),
    element("tbody", {}, ...lines),
  );
}

/** One table for each pooling: its cosine, and below it the word overlap, which is the same in each. */
function pooled({ pooled, overlap }) {
  const line = (name, number, percent) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, name),
      bar(percent),
      element("td", { class: "live-share" }, number),
    );
  const tables = pooled.map(([name, number, percent]) =>
    element(
      "table",
      {},
      element("caption", {}, element("strong", {}, name), name === "[CLS]" ? " of both" : " of all tokens"),
      line("cosine", number, percent),
      line("word overlap", ...overlap),
    ),
  );
  return element("div", { class: "live-columns similarity-pooled" }, ...tables);
}

function draw(answer) {
  return answer.rows.length ? [pooled(answer)] : [];
}

function render({ model, el }) {
  const field = (name) => {
    const input = control("input", { type: "text", autocomplete: "off", spellcheck: "false" });
    bind(model, name, input, 100);
    return labeled(`Sentence ${name}`, input);
  };
  const options = model.get("layers").map((layer) => {
    const words = layer === "0" ? "0: what goes into layer 1" : layer;
    return element("option", { value: layer }, words);
  });
  const layer = control("select", {}, ...options);
  bind(model, "layer", layer);
  const status = element("p", { class: "live-summary", role: "status", "aria-live": "polite" });
  const scroll = control("div", { class: "similarity-scroll", tabindex: 0, role: "region", "aria-label": "Matrix" });
  const legend = element("p", { class: "live-note" }, LEGEND);
  const notes = element("div");
  const drawn = element("div", { class: "similarity-drawn" }, notes, scroll, legend);
  const results = element("div", { class: "live-results" });
  const show = (answer) => {
    drawn.hidden = !answer.rows?.length; // no text, or a problem
    if (drawn.hidden) return;
    notes.replaceChildren(...answer.notes.map((note) => element("p", { class: "live-problem" }, note)));
    scroll.replaceChildren(matrix(answer));
  };
  model.on("change:answer", () => show(model.get("answer")));
  el.classList.add("bertlab-live");
  el.append(field("a"), field("b"), labeled("Layer", layer), status, drawn, results);
  show(model.get("answer"));
  follow(model, status, results, draw);
}

export default { render };
