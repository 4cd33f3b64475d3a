// Name the cause: the curves of a run, a button for each look, and a guess. Every press is a line of `moves`.

const WIDTH = 400, HEIGHT = 230, LEFT = 38, RIGHT = 74, ABOVE = 30, BELOW = 36;

/** Make an element of a drawing. */
function shape(tag, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function text(x, y, anchor, words) {
  return shape("text", { x, y, "text-anchor": anchor }, words);
}

function line(x1, y1, x2, y2, kind) {
  return shape("line", { x1, y1, x2, y2, class: kind });
}

/** The mark of a curve at a point: round for training, square for validation. */
function dot(name, x, y) {
  if (name === "training") return shape("circle", { cx: x, cy: y, r: 4 });
  return shape("rect", { x: x - 3.5, y: y - 3.5, width: 7, height: 7 });
}

function group(name, points) {
  const drawn = points.map((point, place) => point && `${points[place - 1] ? "L" : "M"}${point.join(" ")}`);
  const path = shape("path", { d: drawn.filter(Boolean).join(" ") });
  return shape("g", { class: `cause-${name}` }, path, ...points.filter(Boolean).map((point) => dot(name, ...point)));
}

function axes(picture, x, y) {
  const { steps, top, mark } = picture;
  const step = [0.2, 0.5, 1, 2, 5, 10].find((size) => top / size < 6.5) ?? top;
  const heights = Array.from({ length: Math.floor(top / step + 1e-9) + 1 }, (_, place) => place * step);
  const [end, ground] = [WIDTH - RIGHT, HEIGHT - BELOW];
  const words = mark[1].split(" ");
  return [
    ...heights.map((value) => line(LEFT, y(value), end, y(value), "cause-grid")),
    ...heights.map((value) => text(LEFT - 6, y(value) + 4, "end", String(Number(value.toFixed(2))))),
    ...steps.map((value) => text(x(value), ground + 15, "middle", String(value))),
    text((LEFT + end) / 2, HEIGHT - 4, "middle", "step"),
    line(LEFT, y(mark[0]), end, y(mark[0]), "cause-mark"),
    text(end + 6, y(mark[0]) - 2, "start", words[0]),
    text(end + 6, y(mark[0]) + 11, "start", words.slice(1).join(" ")),
  ];
}

function legend(name, place) {
  const x = LEFT + 110 * place;
  const sample = group(name, [[x, 12], [x + 17, 12], [x + 34, 12]]);
  return [sample, text(x + 42, 16, "start", name)];
}

function plot(picture) {
  const { steps, top, curves } = picture;
  const x = (step) => LEFT + ((WIDTH - LEFT - RIGHT - 8) * step) / steps.at(-1);
  const y = (value) => HEIGHT - BELOW - ((HEIGHT - ABOVE - BELOW) * value) / top;
  const drawing = shape(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": picture.words },
    ...axes(picture, x, y),
    ...curves.map(([name, values]) =>
      group(name, values.map((value, place) => value !== null && [x(steps[place]), y(value)])),
    ),
    ...curves.flatMap(([name], place) => legend(name, place)),
  );
  return element("figure", {}, element("figcaption", {}, picture.title), drawing);
}

function table(rows) {
  const cell = (words, kind) => element("td", { class: kind }, words);
  const head = ["check", "this run", "sound run", "what it is"].map((name) => element("th", { scope: "col" }, name));
  const lines = rows.map(([label, here, sound, means]) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, label),
      cell(here, "live-share"),
      cell(sound, "live-share"),
      cell(means, "cause-means"),
    ),
  );
  return element(
    "table",
    { class: "cause-table" },
    element("thead", {}, element("tr", {}, ...head)),
    element("tbody", {}, ...lines),
  );
}

function render({ model, el }) {
  const send = (move) => {
    const before = model.get("moves");
    model.set("moves", before ? `${before}\n${move}` : move);
    model.save_changes();
  };
  const button = (label, action) => {
    const made = control("button", { type: "button" }, label);
    made.addEventListener("click", action);
    return made;
  };
  const looks = model.get("looks").map((label) => button(label, () => send(`look ${label}`)));
  const names = [["", "choose a cause"], ...model.get("causes")];
  const choice = control("select", {}, ...names.map(([value, words]) => element("option", { value }, words)));
  const guess = () => (choice.value ? send(`guess ${choice.value}`) : choice.focus());

  const curves = element("div", { class: "cause-figures" });
  const closer = element("div", { class: "cause-looks", role: "group", "aria-label": "Look closer" }, ...looks);
  const results = element("div", { class: "live-results" });
  const buttons = element(
    "div",
    { class: "live-options" },
    button("That's it", guess),
    button("Give up", () => send("give up")),
    button("Another run", () => send("another run")),
  );
  const status = element("p", { class: "live-summary", role: "status", "aria-live": "polite" });
  let number;
  const draw = (answer) => {
    if (answer.number !== number) choice.value = "";
    number = answer.number;
    const seen = answer.rows.map(([label]) => label);
    for (const look of looks) look.setAttribute("aria-pressed", seen.includes(look.textContent));
    curves.replaceChildren(...answer.figures.map(plot));
    return seen.length ? [table(answer.rows)] : [];
  };
  el.classList.add("bertlab-live");
  const title = element("p", { class: "cause-title", "aria-hidden": "true" }, "Look closer");
  el.append(curves, title, closer, results, labeled("The cause", choice), buttons, status);
  follow(model, status, results, draw);
}

export default { render };
