// Samplers at work: choose one, then go through its passes with the slider, its arrow keys or the two buttons.

const MARKS = { gap: "gap", new: "new" };

function chip([text, mark]) {
  const shown = element("span", { class: "live-text" }, text);
  const label = element("span", { class: "live-mark" }, MARKS[mark] ?? "");
  return element("li", { class: `live-token live-token-${mark || "old"}` }, shown, label);
}

function draw(answer) {
  const tokens = answer.tokens.filter(([text]) => text);
  return [element("ol", { class: "live-sentence" }, ...tokens.map(chip))];
}

function render({ model, el }) {
  const choice = control("select");
  choice.append(...model.get("samplers").map((name) => element("option", { value: name }, name)));
  bind(model, "sampler", choice);

  const passes = () => model.get("answer").passes ?? 0;
  const words = (step) => `pass ${step} of ${passes()}`;
  const { input, beside } = slider(model, "step", { min: 0, max: passes(), step: 1 }, words);
  bind(model, "step", input);
  let toTheEnd = false; // wanted before it is known how many passes there are
  input.addEventListener("input", () => (toTheEnd = false));
  const go = (step, end = false) => {
    toTheEnd = end;
    model.set("step", Math.min(Math.max(step, 0), passes()));
    model.save_changes();
  };
  const button = (label, action) => {
    const made = control("button", { type: "button" }, label);
    made.addEventListener("click", action);
    return made;
  };
  const another = () => {
    toTheEnd = false;
    model.set({ seed: model.get("seed") + 1, step: 0 });
    model.save_changes();
  };
  model.on("change:sampler", () => go(0));
  model.on("change:answer", () => {
    if (toTheEnd && model.get("step") !== passes()) go(passes(), true);
    input.max = passes();
    input.value = model.get("step");
    beside.textContent = words(model.get("step"));
    input.setAttribute("aria-valuetext", beside.textContent);
  });

  const status = element("p", { class: "live-summary", role: "status", "aria-live": "polite" });
  const results = element("div", { class: "live-results" });
  const buttons = element(
    "div",
    { class: "live-options" },
    button("Back", () => go(model.get("step") - 1)),
    button("Forward", () => go(model.get("step") + 1)),
    button("To the end", () => go(passes(), true)),
    button("Another sentence", another),
  );
  el.classList.add("bertlab-live");
  el.append(labeled("Sampler", choice), labeled("Passes", input, beside), buttons, status, results);
  follow(model, status, results, draw);
}

export default { render };
