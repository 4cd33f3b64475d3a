// The live softmax: four sliders for four logits; Python does the sums.

const PLACES = ["first", "second", "third", "fourth"];

function draw(answer) {
  const head = ["word", "logit", "e to the logit", "", "share of the sum"];
  const rows = answer.rows.map(([word, logit, exponential, probability], place) =>
    element(
      "tr",
      {},
      element("th", { scope: "row", style: "white-space: nowrap" }, place ? word : `${word} (hidden)`),
      element("td", { class: "live-share" }, logit.toFixed(1)),
      element("td", { class: "live-share" }, exponential.toFixed(2)),
      bar(100 * probability, "padding-left: 1em", "min-width: 9em"),
      element("td", { class: "live-share" }, probability.toFixed(3)),
    ),
  );
  const names = head.map((name) =>
    element("th", { scope: "col", class: name === "word" ? "" : "live-share" }, name),
  );
  const table = element(
    "table",
    {},
    element("thead", {}, element("tr", {}, ...names)),
    element("tbody", {}, ...rows),
  );
  return [element("div", { class: "live-columns" }, table)];
}

function logit(model, place) {
  const range = { min: -5, max: 8, step: 0.1 };
  const { input, beside } = slider(model, PLACES[place], range, (value) => value.toFixed(1));
  bind(model, PLACES[place], input);
  return labeled(model.get("words")[place], input, beside);
}

function render({ model, el }) {
  const status = element("p", { class: "live-summary", role: "status", "aria-live": "polite" });
  const results = element("div", { class: "live-results" });
  el.classList.add("bertlab-live");
  el.append(...PLACES.map((_, place) => logit(model, place)), status, results);
  follow(model, status, results, draw);
}

export default { render };
