// The search: a question, a choice of three searches, and hits that lead to the cells they come from.

const WAYS = { meaning: "meaning (vectors)", words: "words (BM25)", both: "both, fused" };

/** Text with the words of the question marked. */
const words = (pieces) => pieces.map(([piece, found]) => (found ? element("mark", {}, piece) : piece));

/**
 * Let a link open a notebook at a cell, as one in a markdown cell does: JupyterLab's manager of widgets knows in which
 * folder this notebook lies. Elsewhere it stays an ordinary link.
 */
async function lead(model, link, target) {
  const { resolver, linkHandler } = model.widget_manager?.rendermime ?? {};
  if (!resolver || !linkHandler) return;
  const [file, cell] = target.split("#");
  const path = await resolver.resolveUrl(file);
  linkHandler.handleLink(link, decodeURIComponent(path), `#${cell}`);
  const [address] = (await resolver.getDownloadUrl(path)).split("?"); // behind it is a token
  link.href = `${address}#${cell}`; // for who opens it in another tab
}

function hit(model, { title, excerpt, link, rated }) {
  const name = link ? control("a", { href: link }, ...words(title)) : element("strong", {}, ...words(title));
  if (link) lead(model, name, link);
  const score = element("span", { class: "search-rated" }, rated);
  return element("li", {}, name, " ", score, element("p", {}, ...words(excerpt)));
}

function ways(model) {
  const group = `search-${Math.random()}`; // another widget has its own
  const inputs = Object.keys(WAYS).map((value) => control("input", { type: "radio", name: group, value }));
  const show = () => {
    for (const input of inputs) input.checked = input.value === model.get("how");
  };
  for (const input of inputs) {
    input.addEventListener("change", () => {
      model.set("how", input.value);
      model.save_changes();
    });
  }
  model.on("change:how", show);
  show();
  const choices = inputs.map((input) => element("label", {}, input, element("span", {}, WAYS[input.value])));
  return element("div", { class: "search-ways", role: "radiogroup", "aria-label": "Search by" }, ...choices);
}

function render({ model, el }) {
  const text = control("input", { type: "text", autocomplete: "off", spellcheck: "false" });
  bind(model, "text", text, 300);
  const status = element("p", { class: "live-summary", role: "status", "aria-live": "polite" });
  const results = element("div", { class: "live-results" });
  const draw = ({ hits, notes }) => [
    ...notes.map((note) => element("p", { class: "live-problem" }, note)),
    element("ol", { class: "search-hits" }, ...hits.map((found) => hit(model, found))),
  ];
  el.classList.add("bertlab-live");
  el.append(labeled("Question", text), ways(model), status, results);
  follow(model, status, results, draw);
}

export default { render };
