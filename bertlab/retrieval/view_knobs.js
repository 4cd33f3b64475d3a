// The knobs: an index and a slider for its knob; what it finds against how fast it is, a circle for each turn.

const WIDTH = 640, HEIGHT = 350, LEFT = 46, RIGHT = 20, ABOVE = 36, BELOW = 52, LETTER = 7, LINE = 14;
const LEGEND =
  "Each circle is an index at one turn of its knob: the farther right, the faster (each step multiplies the speed by " +
  "the same); the higher, the more of the exact hits it finds; its area is the size of a vector in it. " +
  "The turns of the chosen index are filled and joined by a line, and the chosen one has a ring. " +
  "A circle without a name has no room for one: it is in the table.";

/** Make an element of a drawing. */
function shape(tag, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

const across = (part) => LEFT + (WIDTH - LEFT - RIGHT) * part;
const up = (part) => HEIGHT - BELOW - (HEIGHT - ABOVE - BELOW) * part;

function text(x, y, anchor, words, kind = "") {
  return shape("text", { x, y, "text-anchor": anchor, class: kind }, words);
}

function axes(answer) {
  const [end, ground] = [across(1), up(0)];
  return [
    ...answer.up.map(([part]) => shape("line", { x1: LEFT, y1: up(part), x2: end, y2: up(part), class: "knobs-grid" })),
    ...answer.up.map(([part, words]) => text(LEFT - 6, up(part) + 4, "end", words)),
    ...answer.across.map(([part, words]) => text(across(part), ground + 27, "middle", words)),
    text(LEFT, 10, "start", "exact hits found"),
    text(end, HEIGHT - 6, "end", "times as fast as flat"),
  ];
}

const apart = (one, other) =>
  one.x + one.w <= other.x || other.x + other.w <= one.x || one.y + one.h <= other.y || other.y + other.h <= one.y;

/** Where a label fits beside its circle; nowhere if other labels, or the chosen index's circles, are there. */
function room({ x, y, r, own }, words, taken) {
  const w = LETTER * words.length + 4, [cx, cy, far] = [across(x), up(y), r + 4];
  const [sides, ends] = [[[far, -LINE / 2], [-far - w, -LINE / 2]], [[-w / 2, -far - LINE], [-w / 2, far]]];
  return (own ? [...ends, ...sides] : [...sides, ...ends])
    .map(([dx, dy]) => ({ x: cx + dx, y: cy + dy, w, h: LINE }))
    .find((box) => box.x >= LEFT && box.x + w <= WIDTH && box.y >= LINE && taken.every((other) => apart(box, other)));
}

/** Labels: all turns of the chosen index, the chosen one in full, and the last turn of each other. */
function labels(circles) {
  const last = circles.filter(({ name }, place) => circles[place + 1]?.name !== name);
  const wanted = [...circles.filter(({ own }) => own), ...last.filter(({ own }) => !own)];
  wanted.sort((one, other) => other.chosen - one.chosen);
  const box = ({ x, y, r }) => ({ x: across(x) - r, y: up(y) - r, w: 2 * r, h: 2 * r });
  const taken = circles.filter(({ own }) => own).map(box);
  return wanted.flatMap((circle) => {
    const { own, chosen, name, label } = circle;
    const words = own && !chosen ? label.split(", ").at(-1) : own ? label : name;
    const place = room(chosen ? { ...circle, r: circle.r + 5 } : circle, words, taken);
    if (!place) return [];
    taken.push(place);
    return [text(place.x + 2, place.y + 11, "start", words, own ? "knobs-label knobs-own" : "knobs-label")];
  });
}

function drawing(answer, choose) {
  const { circles } = answer;
  const own = circles.filter((circle) => circle.own);
  const path = own.map(({ x, y }, place) => `${place ? "L" : "M"}${across(x)} ${up(y)}`).join(" ");
  const one = ({ name, x, y, r, own, chosen, says }) => {
    const at = { cx: across(x), cy: up(y) };
    const ring = chosen ? [shape("circle", { ...at, r: r + 5, class: "knobs-ring" })] : [];
    const kind = own ? "knobs-own" : "";
    const made = shape("g", { class: kind }, shape("title", {}, says), shape("circle", { ...at, r }), ...ring);
    const turns = circles.filter((other) => other.name === name);
    made.addEventListener("click", () => choose(name, turns.findIndex((other) => other.says === says)));
    return made; // the fields above do the same for keys
  };
  const attributes = { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `All indexes. ${answer.summary}` };
  const order = [...circles].sort((first, second) => first.own - second.own || second.r - first.r); // small ones on top
  return shape("svg", attributes, ...axes(answer), shape("path", { d: path }), ...order.map(one), ...labels(circles));
}

function table({ head, rows, circles }) {
  const titles = head.map((words) => element("th", { scope: "col" }, words));
  const lines = rows.map(([name, ...cells], place) => {
    const chosen = circles[place].chosen ? { "aria-current": "true" } : {};
    const numbers = cells.map((words) => element("td", { class: "live-share" }, words));
    return element("tr", chosen, element("th", { scope: "row" }, name), ...numbers);
  });
  const made = element("table", {}, element("thead", {}, element("tr", {}, ...titles)), element("tbody", {}, ...lines));
  return control("div", { class: "knobs-table", tabindex: 0, role: "region", "aria-label": "All indexes" }, made);
}

function render({ model, el }) {
  const options = model.get("kinds").map((kind) => element("option", { value: kind }, kind));
  const kind = control("select", {}, ...options);
  bind(model, "kind", kind);
  const say = (place) => model.get("answer").values?.[place] ?? "";
  const { input, beside, resize } = chooser(model, "place", say);
  const knob = labeled("Knob", input, beside);
  const single = control("input", { type: "checkbox" });
  bind(model, "single", single);
  const status = element("p", { class: "live-summary", role: "status", "aria-live": "polite" });
  const plot = element("div", { class: "knobs-plot" });
  const legend = element("p", { class: "live-note" }, LEGEND);
  const results = element("div", { class: "live-results" });
  const all = element("details", {}, control("summary", {}, "All of them as a table"), results);
  const choose = (name, place) => {
    model.set("kind", name);
    model.set("place", place);
    model.save_changes();
  };
  const draw = (answer) => {
    knob.hidden = !answer.knob;
    knob.firstChild.textContent = answer.knob;
    resize(answer.values.length);
    plot.replaceChildren(drawing(answer, choose));
    return [table(answer)];
  };
  el.classList.add("bertlab-live");
  const asked = element("div", { class: "live-options" }, labeled("Speed for one query at a time", single));
  el.append(labeled("Index", kind), knob, asked, status, plot, legend, all);
  follow(model, status, results, draw);
}

export default { render };
