// What BertViz needs of jQuery and require.js, so that its views run in a frame of their own without a network.

/** The few calls that BertViz makes of jQuery, on one element or, where nothing matches, on none. */
function jQuery(selector) {
  const tag = selector.match(/^<(\w+)/);
  const node = tag ? document.createElement(tag[1]) : document.querySelector(selector);
  const chained = (change) => (...values) => {
    if (node) change(...values);
    return wrapped;
  };
  const wrapped = {
    node,
    append: chained((child) => node.append(child.node)),
    attr: chained((name, value) => node.setAttribute(name, value)),
    change: chained(() => node.dispatchEvent(new Event("change"))),
    empty: chained(() => node.replaceChildren()),
    on: chained((event, listener) => node.addEventListener(event, listener)),
    text: chained((text) => (node.textContent = text)),
    val: chained((value) => (node.value = value)),
  };
  return wrapped;
}

const require = { config() {} };
const requirejs = (names, callback) => callback(jQuery, window.d3);

/** Unpack the scripts (base64 of a zlib stream), run them, and make the frame as high as what they draw. */
async function start(packed) {
  const bytes = Uint8Array.from(atob(packed), (char) => char.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const script = document.createElement("script");
  script.textContent = await new Response(stream).text();
  document.body.append(script);
  const names = { layer: "Layer", att_head: "Head", filter: "Attention" };
  for (const select of document.querySelectorAll("select")) select.setAttribute("aria-label", names[select.id]);
  const fit = () => (frameElement.style.height = `${document.documentElement.offsetHeight}px`);
  new ResizeObserver(fit).observe(document.documentElement);
}
