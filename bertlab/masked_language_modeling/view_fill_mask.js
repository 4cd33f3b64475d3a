// The live fill-mask: the sentence goes to Python at each pause in the typing, and the model's guesses come back.

function guesses(column, place, many) {
  const rows = column.map(([token, probability]) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, token),
      bar(100 * probability),
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
  writeOver(input, input.selectionStart, input.selectionEnd, inserted);
}

function render(view) {
  editable(view, "Insert [MASK]", insertMask, draw);
}

export default { render };
