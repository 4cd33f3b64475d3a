// The lattice of a CRF: a column for each word, a row for each tag, the best path, and a button for each of its moves.

const NODE = 46, GAP = 24, ROW = 32, HIGH = 24, ABOVE = 34, SOURCE = 18, FIRST = 38, LETTER = 7.6, LONGEST = 14;
const LEGEND =
  "A number is the probability of a tag, over all paths; the darker, the higher. Solid: the best path. " +
  "Dashed: the path that was best before moves were forbidden.";

/** Make an element of a drawing. */
function shape(tag, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function cut(word) {
  const letters = [...word];
  return letters.length > LONGEST ? `${letters.slice(0, LONGEST - 1).join("")}…` : word;
}

const paint = (color) => (color ? { style: `fill: ${color}` } : {});
const middle = (row) => ABOVE + ROW * row + HIGH / 2;

function node(x, row, [number, fill, ink], on, says) {
  return shape(
    "g",
    { class: `lattice-node ${on}` },
    shape("title", {}, says),
    shape("rect", { x: x - NODE / 2, y: middle(row) - HIGH / 2, width: NODE, height: HIGH, ...paint(fill) }),
    shape("text", { x, y: middle(row) + 4, ...paint(ink) }, number),
  );
}

/** The lines of a path, but for those that the other path shares. */
function lines(path, other, x, kind) {
  const columns = path.flatMap((row, column) => (row === null ? [] : [column]));
  return columns.flatMap((column, place) => {
    const before = columns[place - 1];
    const same = other[column] === path[column] && (place === 0 || other[before] === path[before]);
    if (same && other.length) return [];
    const [x1, y1] = place ? [x(before) + NODE / 2, middle(path[before])] : [SOURCE + 4, middle(0)];
    const [x2, y2] = [x(column) - NODE / 2, middle(path[column])];
    const half = (x1 + x2) / 2;
    return [shape("path", { d: `M${x1} ${y1}C${half} ${y1} ${half} ${y2} ${x2} ${y2}`, class: kind })];
  });
}

function column({ words, nodes, paths }, names, place, x) {
  const [[word], [old, now]] = [words[place], paths.map((path) => path[place])];
  const title = shape("text", { x, y: 18, class: "lattice-word" }, cut(word), shape("title", {}, word));
  if (!nodes[place].length) return [title, shape("text", { x, y: middle(0) + 4 }, "not read")];
  const drawn = nodes[place].map((share, row) => {
    const on = row === now ? "lattice-new" : row === old ? "lattice-old" : "";
    return node(x, row, share, on, `${word}, ${names[row]}: ${share[0]}`);
  });
  return [title, ...drawn];
}

function drawing(answer, names) {
  const widths = answer.words.map(([word]) => Math.max(NODE + GAP, [...cut(word)].length * LETTER + 8));
  const until = (place) => widths.slice(0, place).reduce((sum, wide) => sum + wide, FIRST);
  const x = (place) => until(place) + widths[place] / 2;
  const [width, height] = [until(widths.length), ABOVE + ROW * (names.length - 1) + HIGH + 4];
  const [old, now] = answer.paths;
  const says = [shape("title", {}, "The lattice of this sentence"), shape("desc", {}, answer.description)];
  says.forEach((part) => part.setAttribute("id", `lattice-${Math.random()}`)); // another widget has its own
  const labels = names.map((name, row) => shape("text", { x: 0, y: middle(row) + 4 }, name));
  const wide = Math.max(...names.map((name) => name.length)) * LETTER + 6;
  return [
    shape("svg", { width: wide, height, class: "lattice-tags", "aria-hidden": "true" }, ...labels),
    shape(
      "svg",
      { width, height, role: "img", "aria-labelledby": says[0].id, "aria-describedby": says[1].id },
      ...says,
      shape("text", { x: SOURCE, y: 18 }, "start"),
      shape("circle", { cx: SOURCE, cy: middle(0), r: 4 }),
      ...lines(old, now, x, "lattice-old"),
      ...lines(now, [], x, "lattice-new"),
      ...answer.words.flatMap((_, place) => column(answer, names, place, x(place))),
    ),
  ];
}

/** The words with their tags; entities in a frame with their type. */
function sentence({ words, entities, nodes }) {
  const one = ([word, tag, was], place) => {
    const lines = [nodes[place].length ? tag || "no tag" : "O, not read", ...(was && tag ? [`was ${was}`] : [])];
    const below = lines.map((line) => element("span", { class: "lattice-tag" }, line));
    return element("span", { class: "lattice-token" }, element("span", {}, word), ...below);
  };
  const drawn = words.map(one);
  for (const [kind, start, end] of entities) {
    const type = element("span", { class: "lattice-type" }, kind);
    drawn[start] = element("span", { class: "lattice-entity" }, type, ...drawn.slice(start, end));
    drawn.fill("", start + 1, end);
  }
  return element("div", { class: "lattice-sentence" }, ...drawn.filter(Boolean));
}

function render({ model, el }) {
  const button = (label, action, attributes = {}) => {
    const made = control("button", { type: "button", ...attributes }, label);
    made.addEventListener("click", action);
    return made;
  };
  const held = () => model.get("forbidden").split("\n").filter(Boolean);
  const send = (move, forbid) => {
    const others = held().filter((line) => line !== move);
    model.set("forbidden", (forbid ? [...others, move] : others).join("\n"));
    model.save_changes();
  };
  const mark = (label, move, forbid, says) => button(label, () => send(move, forbid), { "data-move": move, ...says });
  const text = control("input", { type: "text", autocomplete: "off", spellcheck: "false" });
  bind(model, "text", text, 100);
  const [from, to] = [["start", ...model.get("names")], model.get("names")].map((names) =>
    control("select", {}, ...names.map((name) => element("option", {}, name))),
  );
  const forbid = button("Forbid this move", () => send(`${from.value} → ${to.value}`, true));
  const other = element("div", { class: "live-options" }, labeled("From tag", from), labeled("to tag", to), forbid);
  const scroll = control("div", { class: "lattice-scroll", tabindex: 0, role: "region", "aria-label": "Lattice" });
  const moves = element("div", { class: "live-options", role: "group", "aria-label": "Moves of the path" });
  const list = element("ul", { class: "lattice-list", "aria-label": "Forbidden moves" });
  const status = element("p", { class: "live-summary", role: "status", "aria-live": "polite" });
  const results = element("div", { class: "live-results" });
  const legend = element("p", { class: "live-note" }, LEGEND);
  const below = element("div", { class: "lattice-below" }, scroll, legend, moves, other, list);
  const draw = (answer) => {
    const pressed = below.contains(document.activeElement) ? document.activeElement.dataset.move : undefined;
    const said = answer.notes.map((note) => element("p", { class: "live-problem" }, note));
    if (!answer.words.length) return said;
    const toggles = answer.moves.map((move) => {
      const on = held().includes(move);
      return mark(`Forbid ${move}`, move, !on, { "aria-pressed": on });
    });
    const allow = (move) => mark("Allow", move, false, { "aria-label": `Allow ${move}` });
    scroll.replaceChildren(...drawing(answer, model.get("names")));
    moves.replaceChildren(...toggles);
    list.replaceChildren(...held().map((move) => element("li", {}, `${move} is forbidden`, allow(move))));
    if (pressed) (below.querySelector(`[data-move="${CSS.escape(pressed)}"]`) ?? forbid).focus();
    return [...said, sentence(answer)];
  };
  const hide = () => (below.hidden = !model.get("answer").words?.length); // no text, or a problem
  model.on("change:answer", hide);
  el.classList.add("bertlab-live");
  el.append(labeled("Sentence", text), status, results, below);
  hide();
  follow(model, status, results, draw);
}

export default { render };
