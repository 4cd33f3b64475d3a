// A batch as a matrix: a row for each anchor, a column for each positive, a button in each cell that leaves it out.

const STEPS = 20; // of the slider, for each power of ten; two digits then tell all temperatures apart
const COLDEST = 0.01;
const WARMEST = 1;
const LEGEND =
  "Large: the probability of the positive above for the anchor on the left, the darker, the higher; a row sums to 1. " +
  "Small: their cosine. In a frame: the anchor's own positive. " +
  "Click a cell, or go to it with the arrow keys and press Enter, to leave it out or to let it in again.";

/** The slider's steps in the place of the temperature, so that each step multiplies it by the same. */
function stepped(model) {
  return {
    get: () => Math.round(STEPS * Math.log10(model.get("temperature") / COLDEST)),
    set: (name, step) => model.set(name, Number((COLDEST * 10 ** (step / STEPS)).toPrecision(2))),
    save_changes: () => model.save_changes(),
    on: (event, action) => model.on(event, action),
  };
}

function temperature(model) {
  const max = Math.round(STEPS * Math.log10(WARMEST / COLDEST));
  const { input, beside } = slider(model, "temperature", { min: 0, max, step: 1 }, String);
  bind(stepped(model), "temperature", input);
  return labeled("Temperature", input, beside);
}

/** A text with the number of its row or column; a long one is cut by the style, and whole where one points at it. */
function title(text, number, scope) {
  const words = element("span", { class: "batch-text", title: text }, text);
  return element("th", { scope }, element("span", { class: "batch-number" }, String(number + 1)), " ", words);
}

function cell([share, cosine, out, fill, ink], row, column, toggle) {
  const own = row === column;
  const what = own ? `Own positive of row ${row + 1}` : `Leave out positive ${column + 1} of row ${row + 1}`;
  const attributes = {
    type: "button",
    class: [own && "batch-own", out && "batch-out"].filter(Boolean).join(" "),
    style: fill ? `background: ${fill}; color: ${ink}` : "",
    "aria-label": `${what}: probability ${share}, cosine ${cosine}`,
    ...(own ? { "aria-disabled": true } : { "aria-pressed": out }),
    "data-at": `${row} ${column}`,
    tabindex: -1,
  };
  const [large, small] = [element(out ? "s" : "span", { class: "batch-share" }, share), element("span", {}, cosine)];
  const made = control("button", attributes, large, small);
  made.addEventListener("click", () => toggle(row, column));
  return element("td", {}, made);
}

function matrix({ pairs, cells, losses }, toggle) {
  const corner = element("td", {}, element("span", { "aria-hidden": "true" }, "anchor ↓  positive →"));
  const heads = pairs.map(([, positive], column) => title(positive, column, "col"));
  const rows = pairs.map(([anchor], row) => {
    const own = cells[row].map((one, column) => cell(one, row, column, toggle));
    return element("tr", {}, title(anchor, row, "row"), ...own, element("td", { class: "batch-loss" }, losses[row]));
  });
  const loss = element("th", { scope: "col", class: "batch-loss" }, "loss", element("small", {}, "−ln p of its own"));
  return element(
    "table",
    { class: "batch-matrix" },
    element("thead", {}, element("tr", {}, corner, ...heads, loss)),
    element("tbody", {}, ...rows),
  );
}

/** The mean loss above what a guess costs, each with a bar. */
function draw({ pairs, mean, guess }) {
  if (!pairs.length) return [];
  const line = ([name, number, percent]) => {
    const share = element("td", { class: "live-share" }, number);
    return element("tr", {}, element("th", { scope: "row" }, name), bar(percent), share);
  };
  const table = element("table", {}, line(mean), line(guess));
  return [element("div", { class: "live-columns batch-mean" }, table)];
}

/** Let the arrow keys move among the cells, of which Tab reaches one; returns how to fill the matrix anew. */
function moving(scroll) {
  const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  let at = [0, 0];
  const find = ([row, column]) => scroll.querySelector(`[data-at="${row} ${column}"]`);
  const stand = (place) => {
    find(at)?.setAttribute("tabindex", -1);
    at = place;
    find(at).setAttribute("tabindex", 0);
  };
  scroll.addEventListener("focusin", ({ target }) => {
    if (target.dataset.at) stand(target.dataset.at.split(" ").map(Number));
  });
  scroll.addEventListener("keydown", (event) => {
    if (!(event.key in steps) || !event.target.dataset.at) return;
    event.preventDefault(); // the page would scroll
    find(at.map((place, axis) => place + steps[event.key][axis]))?.focus();
  });
  return (table, size) => {
    const focused = scroll.contains(document.activeElement) && document.activeElement !== scroll;
    scroll.replaceChildren(table);
    stand(at.map((place) => Math.min(place, size - 1)));
    if (focused) find(at).focus({ preventScroll: true });
  };
}

function render({ model, el }) {
  const text = control("textarea", { rows: 5, spellcheck: "false" });
  bind(model, "text", text, 300);
  const status = element("p", { class: "live-summary", role: "status", "aria-live": "polite" });
  const scroll = control("div", { class: "batch-scroll", tabindex: 0, role: "region", "aria-label": "Batch" });
  const results = element("div", { class: "live-results" });
  const legend = element("p", { class: "live-note" }, LEGEND);
  const rows = element("ol", { role: "list" });
  const words = element("details", {}, control("summary", {}, "Row by row, in words"), rows);
  const drawn = element("div", { class: "batch-drawn" }, scroll, results, legend, words);
  const fill = moving(scroll);
  const toggle = (row, column) => {
    if (row === column) return;
    const { pairs } = model.get("answer");
    const name = `${pairs[row][0]} | ${pairs[column][1]}`;
    const lines = model.get("excluded").split("\n").filter(Boolean);
    const others = lines.filter((line) => line !== name);
    model.set("excluded", (others.length < lines.length ? others : [...lines, name]).join("\n"));
    model.save_changes();
  };
  const show = () => {
    const answer = model.get("answer");
    drawn.hidden = !answer.pairs?.length; // no batch, or a problem
    if (drawn.hidden) return;
    fill(matrix(answer, toggle), answer.pairs.length);
    rows.replaceChildren(...answer.rows.map((line) => element("li", {}, line)));
  };
  model.on("change:answer", show);
  el.classList.add("bertlab-live");
  el.append(labeled("Pairs, one a line: anchor | positive", text), temperature(model), status, drawn);
  show();
  follow(model, status, results, draw);
}

export default { render };
