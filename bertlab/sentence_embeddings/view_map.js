// The map of sentences: points with labels where there is room, a list to choose from, the nearest of the chosen one.

const WIDTH = 780, HEIGHT = 420, EDGE = 30, RADIUS = 10, LETTER = 7.3, LINE = 15;
const LEGEND =
  "Lines lead from the chosen sentence to the nearest by cosine, in all dimensions. " +
  "A point without a label has no room for one: its number is in the list.";

/** Make an element of a drawing. */
function shape(tag, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** Put points on the page, as large as fits; a step is as long in either direction, so that distances are true. */
function placed(points) {
  const ends = [0, 1].map((axis) => {
    const all = points.map((point) => point[axis]);
    return [Math.min(...all), Math.max(...all)];
  });
  const [wide, high] = ends.map(([low, top]) => top - low || 1e-9);
  const scale = Math.min((WIDTH - 2 * EDGE) / wide, (HEIGHT - 2 * EDGE) / high);
  const [x, y] = ends.map(([low, top]) => (low + top) / 2);
  return points.map((point) => [WIDTH / 2 + scale * (point[0] - x), HEIGHT / 2 - scale * (point[1] - y)]);
}

const overlap = (one, other) =>
  one.x < other.x + other.w && other.x < one.x + one.w && one.y < other.y + other.h && other.y < one.y + one.h;

/**
 * Where a label fits: right or left of its point, or with its number below or above; nowhere if other points or labels
 * are there.
 */
function room(label, number, [x, y], taken) {
  const box = (words, left, top) => {
    const w = [...words].length * LETTER + 4;
    return { words, x: left(w), y: top, w, h: LINE };
  };
  const named = `${number + 1} ${label}`;
  const boxes = [
    box(label, () => x + RADIUS + 3, y - LINE / 2),
    box(label, (w) => x - RADIUS - 3 - w, y - LINE / 2),
    box(named, (w) => x - w / 2, y + RADIUS + 2),
    box(named, (w) => x - w / 2, y - RADIUS - 2 - LINE),
  ];
  const fits = (one) => one.x >= 0 && one.x + one.w <= WIDTH && one.y >= 0 && one.y + LINE <= HEIGHT;
  return boxes.find((one) => fits(one) && !taken.some((other) => overlap(one, other)));
}

function dot(number, sentence, [x, y], kind, choose) {
  const made = shape(
    "g",
    { class: `map-point ${kind}` },
    shape("title", {}, sentence),
    shape("circle", { cx: x, cy: y, r: RADIUS }),
    shape("text", { x, y: y + 4 }, String(number + 1)),
  );
  made.addEventListener("click", () => choose(number)); // the list does the same for keys
  return made;
}

function drawing(answer, choose) {
  const { points, labels, sentences, chosen, real } = answer;
  const spots = placed(points), near = real.map(([number]) => number);
  const taken = spots.map(([x, y]) => ({ x: x - RADIUS, y: y - RADIUS, w: 2 * RADIUS, h: 2 * RADIUS }));
  const order = [...new Set([chosen, ...near, ...points.keys()])]; // who gets room for a label first
  const words = order.flatMap((number) => {
    const box = room(labels[number], number, spots[number], taken);
    if (!box) return [];
    taken.push(box);
    return [shape("text", { x: box.x + 2, y: box.y + 11, class: "map-label" }, box.words)];
  });
  const ends = ([x1, y1], [x2, y2]) => ({ x1, y1, x2, y2 });
  const lines = near.map((number) => shape("line", ends(spots[chosen], spots[number])));
  const kind = (number) => (number === chosen ? "map-chosen" : near.includes(number) ? "map-near" : "");
  const dots = order.reverse().map((number) => dot(number, sentences[number], spots[number], kind(number), choose));
  const label = `A map of ${sentences.length} sentences; the list below has them all`;
  const attributes = { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label };
  return shape("svg", attributes, ...lines, ...words, ...dots);
}

function nearest(title, rows, sentences, elsewhere) {
  const one = ([number, how, both]) => {
    const says = both ? how : `${how}, ${elsewhere}`;
    const note = element("span", { class: both ? "map-how" : "map-how map-only" }, says);
    return element("li", {}, `${number + 1} ${sentences[number]} `, note);
  };
  return element("section", {}, element("strong", {}, title), element("ol", {}, ...rows.map(one)));
}

function draw({ sentences, real, seen, dimensions }) {
  if (!sentences.length) return [];
  const lists = [
    nearest(`Nearest by cosine, in all ${dimensions} dimensions`, real, sentences, "not near on the map"),
    nearest("Nearest on the map", seen, sentences, "only on the map"),
  ];
  return [element("div", { class: "map-nearest" }, ...lists)];
}

function render({ model, el }) {
  const text = control("textarea", { rows: 7, spellcheck: "false", autocomplete: "off" });
  bind(model, "text", text, 300);
  const status = element("p", { class: "live-summary", role: "status", "aria-live": "polite" });
  const results = element("div", { class: "live-results" });
  const group = `map-${Math.random()}`; // another widget has its own
  const list = element("div", { class: "map-list", role: "radiogroup", "aria-label": "Chosen sentence" });
  const legend = element("p", { class: "live-note" }, LEGEND);
  const plot = element("div", { class: "map-plot" });
  const notes = element("div");
  const title = element("strong", {}, "Choose a sentence");
  const drawn = element("div", { class: "map-drawn" }, notes, plot, legend, results, title, list);
  const choose = (number) => {
    model.set("chosen", number + 1);
    model.save_changes();
  };
  const choice = (sentence, number) => {
    const input = control("input", { type: "radio", name: group });
    input.addEventListener("change", () => choose(number));
    return element("label", {}, input, element("span", {}, `${number + 1} ${sentence}`));
  };
  let listed = "";
  const show = () => {
    const answer = model.get("answer");
    drawn.hidden = !answer.sentences?.length; // too few sentences, or a problem
    if (drawn.hidden) return;
    if (listed !== answer.sentences.join("\n")) list.replaceChildren(...answer.sentences.map(choice));
    listed = answer.sentences.join("\n");
    list.querySelectorAll("input")[answer.chosen].checked = true;
    notes.replaceChildren(...answer.notes.map((note) => element("p", { class: "live-problem" }, note)));
    plot.replaceChildren(drawing(answer, choose));
  };
  model.on("change:answer", show);
  el.classList.add("bertlab-live");
  el.append(labeled("Sentences, one a line", text), status, drawn);
  show();
  follow(model, status, results, draw);
}

export default { render };
