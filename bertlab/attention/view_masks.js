// The three masks: a table with a row for each query and a column for each key, redrawn for each answer of Python's.

const KINDS = [
  ["full", "Full: an encoder"],
  ["causal", "Causal: a decoder"],
  ["padding", "Padding"],
  ["causal+padding", "Causal and padding"],
];

const LEGEND =
  "Dot: the row's token, the query, may use the column's, the key. Stripes: it may not. Solid frame: what the chosen " +
  "position may use. Dashed: what may use it. Click a row to choose another.";

/** One row of the table: the query's token, and a cell for each key, ● where the query may use it. */
function maskRow(answer, query, choose) {
  const cells = answer.mask[query].map((may, key) => {
    const kind = `${may ? "mask-used" : "mask-hidden"}${key === answer.position ? " mask-column" : ""}`;
    return element("td", { class: kind }, may ? "●" : "");
  });
  const row = element("tr", {}, element("th", { scope: "row" }, answer.tokens[query]), ...cells);
  row.classList.toggle("mask-row", query === answer.position);
  row.addEventListener("click", () => choose(query));
  return row;
}

function maskTable(answer, choose) {
  const heads = answer.tokens.map((token, key) => {
    const head = element("th", { scope: "col" }, element("span", {}, token));
    head.classList.toggle("mask-column", key === answer.position);
    return head;
  });
  const rows = answer.tokens.map((_, query) => maskRow(answer, query, choose));
  return element(
    "table",
    { class: "mask-table", "aria-label": "Which query may use which key" },
    element("thead", {}, element("tr", {}, element("td", { class: "mask-axes" }, "query ↓  key →"), ...heads)),
    element("tbody", {}, ...rows),
  );
}

/** Radio buttons for the kind of mask; the arrow keys go from one to the next. */
function maskKinds(model) {
  const group = `mask-${Math.random()}`; // two widgets on a page must not share their buttons
  const buttons = KINDS.map(([kind, label]) => {
    const button = control("input", { type: "radio", name: group, value: kind });
    button.addEventListener("change", () => {
      model.set("kind", kind);
      model.save_changes();
    });
    const show = () => (button.checked = model.get("kind") === kind);
    model.on("change:kind", show);
    show();
    return element("label", { class: "live-switch" }, element("span", {}, label), button);
  });
  return element("fieldset", { class: "live-options mask-kinds" }, element("legend", {}, "Mask"), ...buttons);
}

function render({ model, el }) {
  const text = control("input", { type: "text", autocomplete: "off", spellcheck: "false" });
  bind(model, "text", text);
  const position = chooser(model, "position", (place) => `${place}: ${model.get("answer").tokens?.[place] ?? ""}`);
  const status = element("p", { class: "live-summary", role: "status", "aria-live": "polite" });
  const contract = element("p", { "aria-live": "polite" });
  const results = element("div", { class: "live-results" });
  const draw = (answer) => {
    position.resize(answer.tokens.length);
    contract.textContent = answer.contract;
    const notes = answer.notes.map((note) => element("p", { class: "live-problem" }, note));
    const table = element("div", { class: "mask-scroll" }, maskTable(answer, position.choose));
    return [...notes, element("p", { class: "live-note" }, LEGEND), table];
  };
  el.classList.add("bertlab-live");
  el.append(
    labeled("Text", text),
    maskKinds(model),
    contract,
    labeled("Position", position.input, position.beside),
    status,
    results,
  );
  follow(model, status, results, draw);
}

export default { render };
