// The attention explorer: an overview of all heads, one map large, and the numbers of one query in words.

const MOST_KEYS = 8; // of the chosen query, the keys that are listed

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
  const caption = element("caption", {}, `${tokens[query]}, position ${query}, looks most at`);
  return element("table", {}, caption, element("tbody", {}, ...rows));
}

/** Make a canvas that Tab reaches and whose arrow keys call `move(right, down)`. */
function keyed(label, move) {
  const canvas = element("canvas", {
    role: "img",
    tabindex: "0",
    "aria-label": label,
    "data-lm-suppress-shortcuts": "true",
  });
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  canvas.addEventListener("keydown", (event) => {
    if (event.key === "Escape") canvas.parentElement.closest("[tabindex]")?.focus();
    if (!(event.key in steps)) return;
    event.preventDefault(); // the page would scroll
    move(...steps[event.key]);
  });
  return canvas;
}

/** Draw the colours of the weights from 0 to 1, with the weights that they stand for. */
function legend(palette) {
  const colour = (byte) => `rgb(${[0, 1, 2].map((part) => palette.getUint8(3 * byte + part)).join()})`;
  const stops = Array.from({ length: 18 }, (_, step) => colour(15 * step)).join();
  const marks = [0, 4, 25, 100].map((share) =>
    element("span", { style: `left: ${100 * Math.sqrt(share / 100)}%` }, `${share} %`),
  );
  const bar = element("div", { class: "attention-scale", style: `background: linear-gradient(to right, ${stops})` });
  return element("div", { class: "attention-legend", role: "img", "aria-label": "Dark is 0 %, bright is 100 %" }, bar, ...marks);
}

function render({ model, el }) {
  let maps, sheet, tokens, entropies, layout, key = 0; // of the answer that is drawn; `key`: where the pointer is
  const palette = model.get("palette");
  const clamp = (value, length) => Math.max(0, Math.min(length - 1, value));
  const set = (name, value, length) => {
    model.set(name, clamp(value, length));
    model.save_changes();
  };
  const chosen = () => {
    const layer = clamp(model.get("layer"), maps.length);
    const head = clamp(model.get("head"), maps[0].length);
    return { layer, head, query: clamp(model.get("query"), tokens.length), bytes: maps[layer][head] };
  };
  const nameOf = (head) => (maps && head >= maps[0].length - 1 ? "mean" : String(head));

  const overview = keyed("All heads, small. Arrow keys choose a layer and a head.", (right, down) => {
    const { layer, head } = chosen();
    set("layer", layer + down, maps.length);
    set("head", head + right, maps[0].length);
  });
  const large = keyed("The chosen head: rows are queries, columns keys. Arrow keys move.", (right, down) => {
    key = clamp(key + right, tokens.length);
    set("query", chosen().query + down, tokens.length);
    show();
  });
  const readout = element("p", { class: "attention-readout", role: "status", "aria-live": "polite" });
  const listed = element("div", { class: "live-columns" });

  const show = () => {
    if (!maps) return;
    const { layer, head, query, bytes } = chosen();
    key = clamp(key, tokens.length);
    drawOverview(overview, sheet, entropies, layer, head);
    layout = drawLarge(large, bytes, tokens, palette, query, key);
    const share = percent(weight(bytes[query * tokens.length + key]));
    const spread = `Mean entropy ${entropies[layer][head].toFixed(2)} of at most ${Math.log(tokens.length).toFixed(2)} nats.`;
    const name = nameOf(head) === "mean" ? "mean of all heads" : `head ${head}`;
    readout.textContent = `Layer ${layer}, ${name}: ${tokens[query]} → ${tokens[key]} ${share}. ${spread}`;
    listed.replaceChildren(strongest(bytes, tokens, query));
    for (const [part, length] of [[sliders.layer, maps.length], [sliders.head, maps[0].length], [sliders.query, tokens.length]]) {
      part.input.max = length - 1;
      part.show();
    }
  };

  overview.addEventListener("click", ({ offsetX, offsetY }) => {
    if (offsetX < LEFT || offsetY < TOP) return;
    set("layer", Math.floor((offsetY - TOP) / ROW), maps.length);
    set("head", Math.floor((offsetX - LEFT) / COLUMN), maps[0].length);
  });
  large.addEventListener("pointermove", ({ offsetX, offsetY }) => {
    const at = (offset) => Math.floor((offset - layout.room) / layout.cell);
    if (!layout || at(offsetX) < 0 || at(offsetY) < 0) return;
    key = at(offsetX);
    set("query", at(offsetY), tokens.length);
    show();
  });
}

export default { render };
