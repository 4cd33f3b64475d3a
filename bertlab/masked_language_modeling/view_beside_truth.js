// A model beside the truth: the sentence goes to Python at each pause in the typing, two distributions come back.

const NOWRAP = "white-space: nowrap";
const BAR = "width: 32%; padding-left: 1em";

function comparison([rows, divergence], place, many) {
  const share = (probability) => element("td", { class: "live-share" }, `${(100 * probability).toFixed(1)} %`);
  const drawn = (probability) => [bar(100 * probability, BAR), share(probability)];
  const lines = rows.map(([word, truth, guess]) =>
    element("tr", {}, element("th", { scope: "row", style: NOWRAP }, word), ...drawn(truth), ...drawn(guess)),
  );
  const names = ["word", "", "truth", "", "model"].map((name) =>
    element("th", { scope: "col", class: name === "word" ? "" : "live-share" }, name),
  );
  const which = many ? `[MASK] number ${place + 1}` : "[MASK]";
  return element(
    "table",
    {},
    element("caption", {}, `${which}: ${divergence.toFixed(3)} nats from the truth`),
    element("thead", {}, element("tr", {}, ...names)),
    element("tbody", {}, ...lines),
  );
}

function draw(answer) {
  const many = answer.columns.length > 1;
  const tables = answer.columns.map((column, place) => comparison(column, place, many));
  return [element("div", { class: "live-columns" }, ...tables)];
}

/** Write [MASK] over the word in which the caret stands. */
function hideWord(input) {
  const caret = input.selectionStart;
  const start = input.value.slice(0, caret).search(/\S*$/);
  const end = caret + input.value.slice(caret).search(/\s|$/);
  writeOver(input, start, end, "[MASK]");
}

function render(view) {
  editable(view, "Hide the word at the caret", hideWord, draw);
}

export default { render };
