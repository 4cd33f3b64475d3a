// A review: it goes to Python at each pause in the typing, and the verdict comes back with two measures of each word.

/** A bar to the left of the middle for the first label, to the right for the second. */
function fromTheMiddle(value, largest) {
  const share = (50 * Math.abs(value)) / largest;
  const style = `width: ${share}%; margin-left: ${value < 0 ? 50 - share : 50}%`;
  const full = element("div", {}, element("div", { style }));
  return element("td", { class: "live-bar", style: "width: 24%; padding-left: 1em", "aria-hidden": "true" }, full);
}

function signed(value) {
  return element("td", { class: "live-share" }, `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`);
}

function draw(answer) {
  if (!answer.words.length) return [];
  const largest = [1, 2].map((column) => Math.max(...answer.words.map((word) => Math.abs(word[column])), 1e-9));
  const heads = ["word", "", "gradient × input", "", "left out", ""].map((name, column) =>
    element("th", { scope: "col", class: column ? "live-share" : "" }, name),
  );
  const rows = answer.words.map(([word, gradient, leftOut]) =>
    element(
      "tr",
      {},
      element("th", { scope: "row", style: "width: 24%" }, word),
      fromTheMiddle(gradient, largest[0]),
      signed(gradient),
      fromTheMiddle(leftOut, largest[1]),
      signed(leftOut),
      element("td", { class: "live-share" }, gradient * leftOut > 0 ? "" : "disagree"),
    ),
  );
  const [first, second] = answer.names;
  const caption = element("caption", {}, `Left is towards ${first}, right towards ${second}`);
  const table = element(
    "table",
    { style: "max-width: 46em" },
    caption,
    element("thead", {}, element("tr", {}, ...heads)),
    element("tbody", {}, ...rows),
  );
  return [element("div", { class: "live-columns" }, table)];
}

function render({ model, el }) {
  const input = control("input", { type: "text", autocomplete: "off", spellcheck: "false" });
  bind(model, "text", input, 150);
  const status = element("p", { class: "live-summary", role: "status", "aria-live": "polite" });
  const results = element("div", { class: "live-results" });
  el.classList.add("bertlab-live");
  el.append(labeled("Review", input), status, results);
  follow(model, status, results, draw);
}

export default { render };
