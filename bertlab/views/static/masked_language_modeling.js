// The live fill-mask: the sentence goes to Python at each pause in the typing, and the model's guesses come back.

const MASK_PAUSE = 60; // milliseconds without a key before the model is asked

function guesses(column, place, many) {
  const rows = column.map(([token, probability]) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, token),
      element(
        "td",
        { class: "live-bar", "aria-hidden": "true" },
        element("div", {}, element("div", { style: `width: ${100 * probability}%` })),
      ),
      element("td", { class: "live-share" }, `${(100 * probability).toFixed(1)} %`),
    ),
  );
  const caption = many ? `Guesses for [MASK] number ${place + 1}` : "Guesses for [MASK]";
  return element("table", {}, element("caption", {}, caption), element("tbody", {}, ...rows));
}

function draw(answer) {
  const many = answer.columns.length > 1;
  const tables = answer.columns.map((column, place) => guesses(column, place, many));
  const notes = answer.notes.map((note) => element("p", { class: "live-note" }, note));
  return [element("div", { class: "live-columns" }, ...tables), ...notes];
}

/** Write [MASK] where the caret is, over what is selected, with spaces where it would touch a word. */
function insertMask(input) {
  const before = input.value.slice(0, input.selectionStart);
  const after = input.value.slice(input.selectionEnd);
  const inserted = `${/\S$/.test(before) ? " " : ""}[MASK]${/^\w/.test(after) ? " " : ""}`;
  input.setRangeText(inserted, input.selectionStart, input.selectionEnd, "end");
  input.focus();
  input.dispatchEvent(new Event("input", { bubbles: true }));
}

function render({ model, el }) {
  const text = control("input", { type: "text", autocomplete: "off", spellcheck: "false" });
  bind(model, "text", text, MASK_PAUSE);
  const button = control("button", { type: "button" }, "Insert [MASK]");
  button.addEventListener("click", () => insertMask(text));
  const status = element("p", { class: "live-summary", role: "status", "aria-live": "polite" });
  const results = element("div", { class: "live-results" });
  el.classList.add("bertlab-live");
  el.append(labelled("Text", text), element("div", { class: "live-options" }, button), status, results);
  follow(model, status, results, draw);
}

export default { render };
