// The chooser: lists and sliders for what a task needs; what remains and what speaks for it, the rest with the reason.

const NOTE =
  "Work is the matrix products of the layers for one token, not seconds; weights are in fp32 (int8: a quarter). " +
  "A candidate that fails several constraints says the first, and names the others.";

const LISTS = { task: "Task", labels: "Labels", languages: "Language" };
const SLIDERS = {
  length: "Length of texts",
  latency: "Work affordable",
  memory: "Memory",
  labeled: "Labeled examples",
};

function chosen(model, name, label) {
  const words = model.get("options")[name].map(([value, says]) => element("option", { value }, says));
  const input = control("select", {}, ...words);
  bind(model, name, input);
  return labeled(label, input);
}

function slid(model, name, label) {
  const steps = model.get("steps")[name];
  const { input, beside } = slider(model, name, { min: 0, max: steps.length - 1 }, (place) => steps[place]);
  bind(model, name, input);
  return labeled(label, input, beside);
}

function verdict({ name, kept, says, dropped_by }) {
  const others = dropped_by.slice(1);
  const more = others.length ? [element("span", { class: "chooser-more" }, ` Also: ${others.join(", ")}.`)] : [];
  const title = element(kept ? "strong" : "span", { class: "chooser-name" }, name);
  return element("li", { class: kept ? "chooser-kept" : "chooser-out" }, title, element("span", {}, says, ...more));
}

/** One half of the verdicts under its heading, which also names the list for a screen reader. */
function half(title, verdicts) {
  const heading = element("p", { class: "chooser-title" }, `${title} (${verdicts.length})`);
  const list = element("ul", { class: "chooser-list", "aria-label": title }, ...verdicts.map(verdict));
  return element("div", {}, heading, ...(verdicts.length ? [list] : []));
}

function render({ model, el }) {
  const all = (labels, make) => Object.entries(labels).map(([name, label]) => make(model, name, label));
  const lists = element("div", { class: "chooser-lists" }, ...all(LISTS, chosen));
  const status = element("p", { class: "live-summary", role: "status", "aria-live": "polite" });
  const results = element("div", { class: "live-results chooser-results" });
  const draw = ({ verdicts }) => [
    half("What remains", verdicts.filter(({ kept }) => kept)),
    half("What dropped out", verdicts.filter(({ kept }) => !kept)),
  ];
  el.classList.add("bertlab-live");
  const note = element("p", { class: "live-note" }, NOTE);
  el.append(lists, ...all(SLIDERS, slid), status, results, note);
  follow(model, status, results, draw);
}

export default { render };
