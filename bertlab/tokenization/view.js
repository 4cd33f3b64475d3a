// The live tokenizer: what is typed goes to Python, and the pieces that come back are drawn as chips.

const EXPLAINED = [
  ["id", "the piece’s place in the vocabulary (input_ids): all that the model is given of it"],
  ["type", "0 in the first text, 1 in the second (token_type_ids)"],
  ["attend", "1: the model reads this piece; 0: padding, which it ignores (attention_mask)"],
  ["##", "the piece carries on the word to its left, and its left edge is dashed"],
];

function chip(row) {
  const numbers = [["id", row.id], ["type", row.token_type_id], ["attend", row.attention_mask]];
  const pairs = numbers.map(([name, number]) =>
    element("div", {}, element("dt", {}, name), element("dd", {}, String(number))),
  );
  const kind = `live-piece live-${row.kind}${row.is_continuation ? " live-continuation" : ""}`;
  return element("li", { class: kind }, element("span", { class: "live-text" }, row.piece), element("dl", {}, ...pairs));
}

/** One list item for each word, with its pieces side by side in it; neighboring words differ in color. */
function words(rows) {
  const groups = [];
  for (const row of rows) {
    if (row.is_continuation) groups.at(-1).push(row);
    else groups.push([row]);
  }
  return groups.map((group, place) =>
    element(
      "li",
      { class: `live-word ${place % 2 ? "live-odd" : "live-even"}` },
      element("ol", { role: "list" }, ...group.map(chip)),
    ),
  );
}

function draw(answer) {
  const notes = answer.notes.map((note) => element("p", { class: "live-note" }, note));
  const list = element("ol", { class: "live-words", role: "list", "aria-label": "Pieces" }, ...words(answer.rows));
  return [list, ...notes];
}

/** A slider over the stops in `vocab_sizes`; the trait holds the size itself. */
function vocabulary(model) {
  const sizes = model.get("vocab_sizes");
  const say = (size) => `${size.toLocaleString("en")} entries`;
  const { input, beside } = slider(model, "vocab_size", { min: 0, max: sizes.length - 1 }, say);
  const show = () => (input.value = sizes.indexOf(model.get("vocab_size")));
  input.addEventListener("input", () => {
    model.set("vocab_size", sizes[input.valueAsNumber]);
    model.save_changes();
  });
  model.on("change:vocab_size", show);
  show();
  return labeled("Vocabulary", input, beside);
}

function length(model) {
  const { input, beside } = slider(model, "max_length", { min: 4, max: 64 }, (length) => `${length} pieces`);
  bind(model, "max_length", input);
  return labeled("Length", input, beside);
}

/** A checkbox that shows `dependent` only while it is on. */
function toggle(model, name, label, dependent) {
  const box = control("input", { type: "checkbox" });
  const show = () => (dependent.hidden = !model.get(name));
  bind(model, name, box);
  model.on(`change:${name}`, show);
  show();
  return labeled(label, box);
}

function render({ model, el }) {
  const text = control("input", { type: "text", autocomplete: "off", spellcheck: "false" });
  const pair = control("input", { type: "text", autocomplete: "off", spellcheck: "false" });
  bind(model, "text", text);
  bind(model, "pair", pair);
  const second = labeled("Second text", pair);
  const fitted = length(model);
  const status = element("p", { class: "live-summary", role: "status", "aria-live": "polite" });
  const results = element("div", { class: "live-results" });
  const explained = EXPLAINED.map(([name, words]) =>
    element("div", {}, element("dt", {}, name), element("dd", {}, words)),
  );
  el.classList.add("bertlab-live");
  el.append(
    labeled("Text", text),
    second,
    element(
      "div",
      { class: "live-options" },
      toggle(model, "has_pair", "Add a second text", second),
      toggle(model, "fits", "Pad or cut to a fixed length", fitted),
    ),
    fitted,
    ...(model.get("vocab_sizes").length ? [vocabulary(model)] : []),
    status,
    results,
    element("dl", { class: "live-legend" }, ...explained),
  );
  follow(model, status, results, draw);
}

export default { render };
