// The attention explorer: an overview of all heads, one map large, and the numbers of one query in words.

const EXPLORER_PAUSE = 60; // milliseconds without a key before the model is asked
const MOST_KEYS = 8; // listed of the chosen query

/** Write a weight with two digits; the bytes that it comes in carry no more. */
function percent(weight) {
  if (weight > 0 && weight < 0.001) return "< 0.1 %";
  return `${Number((100 * weight).toPrecision(2))} %`;
}

/** List the keys that get most of a query's attention, most first, each with a bar. */
function strongest(bytes, tokens, query) {
  const row = bytes.subarray(query * tokens.length, (query + 1) * tokens.length);
  const keys = [...row.keys()].sort((a, b) => row[b] - row[a]).slice(0, MOST_KEYS);
  const rows = keys.map((key) => {
    const bar = element("div", { style: `width: ${100 * weight(row[key])}%` });
    return element(
      "tr",
      {},
      element("th", { scope: "row" }, tokens[key]),
      element("td", {}, String(key)),
      element("td", { class: "live-bar", "aria-hidden": "true" }, element("div", {}, bar)),
      element("td", { class: "live-share" }, percent(weight(row[key]))),
    );
  });
  const caption = element("caption", {}, `${tokens[query]} (${query}) looks most at`);
  return element("table", {}, caption, element("tbody", {}, ...rows));
}

/** Make a canvas that Tab reaches. In JupyterLab it keeps its keys, and Escape gives them back to the notebook. */
function keyedCanvas(label) {
  const named = { role: "img", "aria-label": label, tabindex: "0", "data-lm-suppress-shortcuts": "true" };
  const canvas = element("canvas", named);
  canvas.addEventListener("keydown", ({ key }) => {
    if (key === "Escape") canvas.parentElement.closest("[tabindex]")?.focus();
  });
  return canvas;
}

/** Call `move(right, down)` for each arrow key, which then does not scroll the page. */
function onArrows(canvas, move) {
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  canvas.addEventListener("keydown", (event) => {
    if (!(event.key in steps)) return;
    event.preventDefault();
    move(...steps[event.key]);
  });
}

/** Draw the colours from 0 to 100 %, and write the weights that they stand for below. */
function legend(palette) {
  const colour = (byte) => `rgb(${[0, 1, 2].map((part) => palette.getUint8(3 * byte + part)).join()})`;
  const stops = Array.from({ length: 18 }, (_, step) => colour(15 * step)).join();
  const bar = element("div", { style: `background: linear-gradient(to right, ${stops})` });
  const marks = [0, 4, 25, 100].map((share) =>
    element("span", { style: `left: ${10 * Math.sqrt(share)}%` }, `${share} %`),
  );
  return element("div", { class: "explorer-legend", "aria-hidden": "true" }, bar, ...marks);
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
    head: chooser(model, "head", (head) => (isMean(head) ? "mean of all" : String(head))),
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
  let key = 0;
  let layout;
  const show = () => {
    if (!drawn) return;
    const { tokens, entropies, maps, sheet } = drawn;
    const bytes = maps[layer.place()][head.place()];
    key = Math.max(0, Math.min(tokens.length - 1, key));
    drawOverview(overview, sheet, entropies, layer.place(), head.place());
    layout = drawLarge(large, bytes, tokens, palette, query.place(), key);
    const share = percent(weight(bytes[query.place() * tokens.length + key]));
    const entropy = entropies[layer.place()][head.place()].toFixed(2);
    const highest = Math.log(tokens.length).toFixed(2);
    readout.textContent =
      `Layer ${layer.beside.textContent}, head ${head.beside.textContent}: ${tokens[query.place()]} → ${tokens[key]} ` +
      `${share}. Mean entropy ${entropy} of at most ${highest} nats.`;
    listed.replaceChildren(strongest(bytes, tokens, query.place()));
  };
  return {
    show,
    layout: () => layout,
    point(toQuery, toKey) {
      key = toKey;
      query.choose(toQuery);
      show();
    },
    key: () => key,
    async take(answer) {
      const maps = await unpack(answer);
      if (answer !== model.get("answer")) return; // something newer has come in the meantime
      drawn = { ...answer, maps, sheet: drawThumbnails(maps, answer.tokens.length, palette) };
      layer.resize(maps.length);
      head.resize(maps[0].length);
      query.resize(answer.tokens.length);
      show();
    },
  };
}

/** Let pointer and arrow keys move through the two canvases. */
function listen({ layer, head, query, overview, large }, drawing) {
  onArrows(overview, (right, down) => {
    layer.choose(layer.place() + down);
    head.choose(head.place() + right);
  });
  onArrows(large, (right, down) => drawing.point(query.place() + down, drawing.key() + right));
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
    labelled("Text", text),
    labelled("Second text", pair),
    status,
    notes,
    labelled("Layer", layer.input, layer.beside),
    labelled("Head", head.input, head.beside),
    labelled("Query", query.input, query.beside),
    readout,
    element(
      "div",
      { class: "explorer-maps" },
      element("div", {}, overview, legend(model.get("palette"))),
      element("div", {}, large),
      listed,
    ),
  );
  listen(all, drawing);
  for (const name of ["layer", "head", "query"]) model.on(`change:${name}`, drawing.show);
  follow(model, status, notes, (answer) => {
    drawing.take(answer);
    return answer.notes.map((note) => element("p", { class: "live-note" }, note));
  });
}

export default { render };
