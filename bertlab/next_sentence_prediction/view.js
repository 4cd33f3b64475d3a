// Two sentences: both go to Python at each pause in the typing, and the two answers of the model's head come back.

function draw(answer) {
  if (!answer.answers.length) return [];
  const names = ["answer", "label", "logit", "", "share"].map((name) =>
    element("th", { scope: "col", class: name === "answer" ? "" : "live-share" }, name),
  );
  const rows = answer.answers.map(([name, label, logit, probability]) =>
    element(
      "tr",
      {},
      element("th", { scope: "row", style: "white-space: nowrap" }, name),
      element("td", { class: "live-share" }, String(label)),
      element("td", { class: "live-share" }, logit.toFixed(2)),
      bar(100 * probability, "padding-left: 1em", "min-width: min(9em, 8vw)"),
      element("td", { class: "live-share" }, `${(100 * probability).toFixed(1)} %`),
    ),
  );
  const table = element(
    "table",
    {},
    element("thead", {}, element("tr", {}, ...names)),
    element("tbody", {}, ...rows),
  );
  return [element("div", { class: "live-columns" }, table)];
}

function sentence(model, name, label) {
  const input = control("input", { type: "text", autocomplete: "off", spellcheck: "false" });
  bind(model, name, input, 60);
  return labeled(label, input);
}

/** Put each text in the other's place. */
function swap(model) {
  const [first, second] = [model.get("first"), model.get("second")];
  model.set("first", second);
  model.set("second", first);
  model.save_changes();
}

function render({ model, el }) {
  const button = control("button", { type: "button" }, "Swap A and B");
  button.addEventListener("click", () => swap(model));
  const status = element("p", { class: "live-summary", role: "status", "aria-live": "polite" });
  const results = element("div", { class: "live-results" });
  el.classList.add("bertlab-live");
  el.append(
    sentence(model, "first", "Text A"),
    sentence(model, "second", "Text B"),
    element("div", { class: "live-options" }, button),
    status,
    results,
  );
  follow(model, status, results, draw);
}

export default { render };
