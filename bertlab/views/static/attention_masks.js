// The three masks: a table with a row for each query and a column for each key, redrawn for each answer of Python's.

const KINDS = [
  ["full", "Full: an encoder"],
  ["causal", "Causal: a decoder"],
  ["padding", "Padding"],
];

/** One row of the table: the query's token, and a cell for each key, ● where the query may use it. */
function query(answer, place, choose) {
  const chosen = place === answer.position;
  const cells = answer.mask[place].map((may, key) => {
    const kind = `${may ? "mask-used" : "mask-hidden"}${key === answer.position ? " mask-column" : ""}`;
    return element("td", { class: kind }, may ? "●" : "");
  });
  const header = element("th", { scope: "row" }, answer.tokens[place]);
  const row = element("tr", { class: chosen ? "mask-row" : null, "aria-current": chosen ? "true" : null }, header, ...cells);
  row.addEventListener("click", () => choose(place));
  return row;
}

function table(answer, choose) {
  const heads = answer.tokens.map((token, key) =>
    element("th", { scope: "col", class: key === answer.position ? "mask-column" : null }, element("span", {}, token)),
  );
  const rows = answer.tokens.map((_, place) => query(answer, place, choose));
  return element(
    "table",
    { class: "mask-table" },
    element("caption", {}, "Each row may use the columns with a dot. Click a row, or move the slider."),
    element("thead", {}, element("tr", {}, element("td", {}), ...heads)),
    element("tbody", {}, ...rows),
  );
}

/** Radio buttons for the kind of mask; the arrow keys go from one to the next. */
function kinds(model) {
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
  const say = (position) => `${position}: ${model.get("answer").tokens?.[position] ?? ""}`;
  const { input, beside } = slider(model, "position", { min: 0, max: 0 }, say);
  const choose = (position) => {
    model.set("position", position);
    model.save_changes();
  };
  input.addEventListener("input", () => choose(input.valueAsNumber));
  const status = element("p", { class: "live-summary", role: "status", "aria-live": "polite" });
  const results = element("div", { class: "live-results" });
  const draw = (answer) => {
    input.max = answer.tokens.length - 1;
    input.value = answer.position;
    beside.textContent = say(answer.position);
    input.setAttribute("aria-valuetext", beside.textContent);
    const notes = answer.notes.map((note) => element("p", { class: "live-note" }, note));
    return [element("div", { class: "mask-scroll" }, table(answer, choose)), ...notes];
  };
  el.classList.add("bertlab-live");
  el.append(labelled("Text", text), kinds(model), labelled("Position", input, beside), status, results);
  follow(model, status, results, draw);
}

export default { render };
