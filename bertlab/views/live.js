// What the live widgets share. Whatever a person types reaches the page as text nodes, never as HTML.

/** Make an element; strings among the children become text nodes. */
function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/**
 * Make an input, a button or a canvas that keeps its keys: in JupyterLab, `b` on a bare button would insert a cell.
 * Escape leaves it for what it lies in, so that in JupyterLab the notebook's own keys work again.
 */
function control(tag, attributes = {}, ...children) {
  const node = element(tag, { "data-lm-suppress-shortcuts": "true", ...attributes }, ...children);
  node.addEventListener("keydown", (event) => {
    if (event.key === "Escape") node.parentElement.closest("[tabindex]")?.focus();
  });
  return node;
}

/** Put a visible label round an input, so that it is also the input's name for a screen reader. */
function labeled(label, input, ...after) {
  const kind = input.type === "checkbox" ? "live-switch" : "live-field";
  return element("label", { class: kind }, element("span", {}, label), input, ...after);
}

/** Make a table cell with a bar, as long as a share in percent. Screen readers pass it by: the number stands beside. */
function bar(percent, style = "", width = "") {
  const full = element("div", { style: width }, element("div", { style: `width: ${percent}%` }));
  return element("td", { class: "live-bar", style, "aria-hidden": "true" }, full);
}

/** Keep an input and a trait of the model equal; `delay` waits for a pause in the typing (milliseconds). */
function bind(model, name, input, delay = 0) {
  const property = { checkbox: "checked", range: "valueAsNumber" }[input.type] ?? "value";
  const show = () => {
    if (input[property] !== model.get(name)) input[property] = model.get(name);
  };
  const send = () => {
    model.set(name, input[property]);
    model.save_changes();
  };
  let timer;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    if (delay) timer = setTimeout(send, delay);
    else send();
  });
  model.on(`change:${name}`, show);
  show();
}

/** Make a slider with its value in words beside it; a screen reader hears the words as the slider's own value. */
function slider(model, name, attributes, say) {
  const input = control("input", { type: "range", ...attributes });
  const beside = element("span", { class: "live-value", "aria-hidden": "true" });
  const show = () => {
    beside.textContent = say(model.get(name));
    input.setAttribute("aria-valuetext", beside.textContent);
  };
  model.on(`change:${name}`, show);
  show();
  return { input, beside };
}

/**
 * Draw each answer of Python's, say what there is to say in the polite live region `status`, and say so too when
 * Python reports an error or does not answer at all.
 */
function follow(model, status, results, draw) {
  const silent = "Python has not answered yet: it is busy, or it has stopped. If so, run this cell again.";
  let late, lost;
  const update = () => {
    const { asked } = model.get("answer");
    const waiting = Object.entries(asked).some(([name, value]) => model.get(name) !== value);
    results.setAttribute("aria-busy", waiting);
    results.classList.remove("live-late");
    clearTimeout(late);
    clearTimeout(lost);
    if (!waiting) return;
    late = setTimeout(() => results.classList.add("live-late"), 400);
    lost = setTimeout(() => say(silent, true), 4000);
  };
  const say = (words, isProblem) => {
    status.textContent = words;
    status.classList.toggle("live-problem", isProblem);
  };
  const show = () => {
    const answer = model.get("answer");
    const failed = "problem" in answer;
    say(failed ? `Python reports an error. ${answer.problem}` : answer.summary, failed);
    results.replaceChildren(...(failed ? [] : draw(answer)));
    update();
  };
  model.on("change:answer", show);
  for (const name of Object.keys(model.get("answer").asked)) model.on(`change:${name}`, update);
  show();
}

/** Write something over a part of a text field, as if it had been typed. */
function writeOver(input, start, end, words) {
  input.setRangeText(words, start, end, "end");
  input.focus();
  input.dispatchEvent(new Event("input", { bubbles: true }));
}

/** A text field, a button that edits its text, and results that follow each pause in the typing. */
function editable({ model, el }, label, edit, draw) {
  const text = control("input", { type: "text", autocomplete: "off", spellcheck: "false" });
  bind(model, "text", text, 60);
  const button = control("button", { type: "button" }, label);
  button.addEventListener("click", () => edit(text));
  const status = element("p", { class: "live-summary", role: "status", "aria-live": "polite" });
  const results = element("div", { class: "live-results" });
  el.classList.add("bertlab-live");
  el.append(labeled("Text", text), element("div", { class: "live-options" }, button), status, results);
  follow(model, status, results, draw);
}
