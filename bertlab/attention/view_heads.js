// The attention explorer: an overview of all heads, one map large, and the numbers of one query in words.

const EXPLORER_PAUSE = 60; // milliseconds without a key before the model is asked
const MOST_KEYS = 8; // listed of the chosen query
const OVERVIEW = "All heads. Below each its mean entropy, in nats: the higher, the more spread out. Click one.";
const LARGE = "The chosen head. Each row is a token that looks: it shares out 100 % among the columns. Point at one.";

/** Write a weight, given as a byte, in whole percent: it carries no more. */
function percent(byte) {
  const share = Math.round(byte / 2.55);
  return share ? `${share} %` : "< 1 %";
}

/** List the keys that get most of a query's attention, most first, each with a bar. */
function strongest(row, tokens, query) {
  const keys = [...row.keys()].sort((a, b) => row[b] - row[a]).slice(0, MOST_KEYS);
  const rows = keys.map((key) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, tokens[key]),
      element("td", {}, String(key)),
      bar(row[key] / 2.55),
      element("td", { class: "live-share" }, percent(row[key])),
    ),
  );
  const caption = element("caption", {}, `${tokens[query]} (${query}) looks most at`);
  return element("table", {}, caption, element("tbody", {}, ...rows));
}

/** Make a canvas that Tab reaches. */
const keyedCanvas = (label) => control("canvas", { role: "img", "aria-label": label, tabindex: "0" });

/** Call `move(right, down)` for each arrow key, which then does not scroll the page. */
function onArrows(canvas, move) {
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  canvas.addEventListener("keydown", (event) => {
    if (!(event.key in steps)) return;
    event.preventDefault();
    move(...steps[event.key]);
  });
}

/** Let a canvas scroll sideways where the page is narrower. */
const scrolled = (canvas) => element("div", { class: "explorer-scroll" }, canvas);

/** Draw the colors from 0 to 100 %, and write the weights that they stand for below. */
function legend(palette) {
  const color = (byte) => `rgb(${[0, 1, 2].map((part) => palette.getUint8(3 * byte + part)).join()})`;
  const stops = Array.from({ length: 18 }, (_, step) => color(15 * step)).join();
  const bar = element("div", { style: `background: linear-gradient(to right, ${stops})` });
  const marks = [0, 10, 50, 100].map((share) =>
    element("span", { style: `left: ${10 * Math.sqrt(share)}%` }, `${share} %`),
  );
  const scale = element("div", { class: "explorer-scale" }, bar, ...marks);
  return element("div", { class: "explorer-legend", "aria-hidden": "true" }, "Attention weight", scale);
}

/** Make the fields, sliders and canvases, and tell where in the attention the person is. */
function parts(model) {
  const field = (name) => {
    const input = control("input", { type: "text", autocomplete: "off", spellcheck: "false" });
    bind(model, name, input, EXPLORER_PAUSE);
    return input;
  };
  const answer = () => model.get("answer");
  const isMean = (head) => "shape" in answer() && head === answer().shape[1] - 1;
  return {
    text: field("text"),
    pair: field("pair"),
    layer: chooser(model, "layer", String),
    head: chooser(model, "head", (head) => (isMean(head) ? "mean" : String(head))),
    query: chooser(model, "query", (place) => `${place}: ${answer().tokens?.[place] ?? ""}`),
    overview: keyedCanvas("All heads, small. The arrow keys choose a layer and a head."),
    large: keyedCanvas("The chosen head: a row for each query, a column for each key. The arrow keys move."),
    readout: element("p", { class: "explorer-readout", role: "status", "aria-live": "polite" }),
    listed: element("div", { class: "live-columns" }),
  };
}

/** Draw one answer, again and again, as the person goes from head to head and from token to token. */
function drawer(model, { layer, head, query, overview, large, readout, listed }) {
  const palette = model.get("palette");
  let drawn; // the answer with its maps unpacked
  let layout;
  let pointed = null; // the key that was pointed at; else the strongest one is named
  const showLarge = () => {
    if (!drawn) return;
    const { tokens, entropies, maps } = drawn;
    const bytes = maps[layer.place()][head.place()];
    const row = bytes.subarray(query.place() * tokens.length, (query.place() + 1) * tokens.length);
    const key = pointed ?? row.indexOf(Math.max(...row));
    layout = { key, ...drawLarge(large, bytes, tokens, palette, query.place(), key) };
    const entropy = entropies[layer.place()][head.place()].toFixed(2);
    const highest = Math.log(tokens.length).toFixed(2);
    readout.textContent =
      `Layer ${layer.place()}, head ${head.beside.textContent}: ` +
      `${tokens[query.place()]} gives ${percent(row[key])} of its attention to ${tokens[key]}. ` +
      `The head's mean entropy is ${entropy} of at most ${highest} nats.`;
    listed.replaceChildren(strongest(row, tokens, query.place()));
  };
  const show = () => {
    if (drawn) drawOverview(overview, drawn.sheet, drawn.entropies, layer.place(), head.place());
    showLarge();
  };
  const move = (draw) => () => {
    pointed = null;
    draw();
  };
  for (const name of ["layer", "head"]) model.on(`change:${name}`, move(show));
  model.on("change:query", move(showLarge));
  return {
    show,
    layout: () => layout,
    point(toQuery, toKey) {
      query.choose(toQuery);
      pointed = Math.max(0, Math.min(drawn.tokens.length - 1, toKey));
      showLarge();
    },
    async take(answer) {
      const maps = await unpack(answer);
      if (answer !== model.get("answer")) return; // something newer has come in the meantime
      drawn = { ...answer, maps, sheet: drawThumbnails(maps, answer.tokens.length, palette) };
      layer.resize(maps.length);
      head.resize(maps[0].length);
      query.resize(answer.tokens.length);
      move(show)();
    },
  };
}

/** Let pointer and arrow keys move through the two canvases. */
function listen({ layer, head, query, overview, large }, drawing) {
  onArrows(overview, (right, down) => {
    layer.choose(layer.place() + down);
    head.choose(head.place() + right);
  });
  onArrows(large, (right, down) => drawing.point(query.place() + down, drawing.layout().key + right));
  overview.addEventListener("click", ({ offsetX, offsetY }) => {
    if (offsetX < LEFT || offsetY < TOP) return;
    layer.choose(Math.floor((offsetY - TOP) / ROW));
    head.choose(Math.floor((offsetX - LEFT) / COLUMN));
  });
  large.addEventListener("pointermove", ({ offsetX, offsetY }) => {
    const { room, cell } = drawing.layout();
    const [toKey, toQuery] = [offsetX, offsetY].map((offset) => Math.floor((offset - room) / cell));
    if (toKey >= 0 && toQuery >= 0) drawing.point(toQuery, toKey);
  });
}

function render({ model, el }) {
  const all = parts(model);
  const drawing = drawer(model, all);
  const status = element("p", { class: "live-summary", role: "status", "aria-live": "polite" });
  const notes = element("div", { class: "live-results" });
  const { text, pair, layer, head, query, overview, large, readout, listed } = all;
  el.classList.add("bertlab-live");
  el.append(
    labeled("Text", text),
    labeled("Second text", pair),
    status,
    notes,
    element(
      "div",
      { class: "explorer-choosers" },
      labeled("Layer", layer.input, layer.beside),
      labeled("Head", head.input, head.beside),
      labeled("Query", query.input, query.beside),
    ),
    element(
      "div",
      { class: "explorer-maps" },
      element("div", {}, element("p", {}, OVERVIEW), legend(model.get("palette")), scrolled(overview)),
      element("div", {}, element("p", {}, LARGE), readout, scrolled(large)),
      listed,
    ),
  );
  listen(all, drawing);
  follow(model, status, notes, (answer) => {
    drawing.take(answer);
    return answer.notes.map((note) => element("p", { class: "live-problem" }, note));
  });
  const theme = new MutationObserver(drawing.show); // a canvas keeps the colors in which it was drawn
  theme.observe(document.body, { attributeFilter: ["data-jp-theme-light"] });
  const size = new ResizeObserver(drawing.show); // in a narrower page the chosen head may be out of sight
  size.observe(el);
  return () => [theme, size].forEach((observer) => observer.disconnect());
}

export default { render };
