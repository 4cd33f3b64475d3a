// A slider over places that change with every answer, such as the tokens of what is typed.

/**
 * Make a slider for a trait that counts from 0; `say` puts a place into words. Call `resize` with the number of places
 * once it is known: a trait beyond the last place shows, and counts, as the last one.
 */
function chooser(model, name, say) {
  const input = control("input", { type: "range", min: 0, max: 0 });
  const beside = element("span", { class: "live-value", "aria-hidden": "true" });
  const show = () => {
    input.value = model.get(name);
    beside.textContent = say(input.valueAsNumber);
    input.setAttribute("aria-valuetext", beside.textContent);
  };
  const choose = (place) => {
    if (place === model.get(name)) return;
    model.set(name, Math.max(0, Math.min(Number(input.max), place)));
    model.save_changes();
  };
  input.addEventListener("input", () => choose(input.valueAsNumber));
  model.on(`change:${name}`, show);
  return {
    input,
    beside,
    choose,
    place: () => input.valueAsNumber,
    resize(length) {
      input.max = length - 1;
      show();
    },
  };
}
