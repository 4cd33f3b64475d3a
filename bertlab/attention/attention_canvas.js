// What the attention explorer draws: all maps small on one canvas, one of them large on another.

const THUMB = 32; // width and height of a small map
const COLUMN = THUMB + 4;
const ROW = THUMB + 15; // with a line for the entropy
const LEFT = 40; // room for the numbers of the layers, and of the heads above
const TOP = 34;
const AXIS = 18; // room for the name of an axis

/** Unpack the maps: for each layer and map (the heads, then their mean) a square of bytes, row by row. */
async function unpack(answer) {
  const { buffer, byteOffset, byteLength } = answer.maps;
  const stream = new Blob([new Uint8Array(buffer, byteOffset, byteLength)]).stream();
  const bytes = await new Response(stream.pipeThrough(new DecompressionStream("deflate"))).arrayBuffer();
  const size = answer.tokens.length ** 2;
  const [layers, maps] = answer.shape;
  const cut = (layer, map) => new Uint8Array(bytes, (layer * maps + map) * size, size);
  return Array.from({ length: layers }, (_, layer) => Array.from({ length: maps }, (_, map) => cut(layer, map)));
}

/** Find the place in the palette of a weight, given as a byte: by its root, so that small weights differ visibly. */
const shade = (byte) => Math.round(Math.sqrt(255 * byte));

/** Paint a square of bytes with a palette of 256 colors. */
function paint(bytes, width, palette) {
  const image = new ImageData(width, width);
  for (let place = 0; place < bytes.length; place++) {
    const start = 3 * shade(bytes[place]);
    for (let color = 0; color < 3; color++) {
      image.data[4 * place + color] = palette.getUint8(start + color);
    }
    image.data[4 * place + 3] = 255;
  }
  return image;
}

/** Make a map small or large; of the weights that fall on one point the highest shows, so that no line gets lost. */
function resize(bytes, length) {
  const small = new Uint8Array(THUMB * THUMB);
  const from = Array.from({ length: THUMB + 1 }, (_, point) => Math.floor((point * length) / THUMB));
  for (let y = 0; y < THUMB; y++) {
    for (let x = 0; x < THUMB; x++) {
      let highest = 0;
      for (let query = from[y]; query < Math.max(from[y + 1], from[y] + 1); query++) {
        for (let key = from[x]; key < Math.max(from[x + 1], from[x] + 1); key++) {
          highest = Math.max(highest, bytes[query * length + key]);
        }
      }
      small[y * THUMB + x] = highest;
    }
  }
  return small;
}

/** Give a canvas a size in CSS pixels, sharp on every screen, and clear it. */
function prepare(canvas, width, height) {
  const scale = window.devicePixelRatio;
  const style = getComputedStyle(canvas);
  canvas.width = width * scale;
  canvas.height = height * scale;
  canvas.style.width = `${width}px`;
  const context = canvas.getContext("2d");
  context.scale(scale, scale);
  context.fillStyle = style.color;
  context.strokeStyle = style.getPropertyValue("--odd");
  context.textBaseline = "middle";
  context.textAlign = "center";
  context.font = `11px ${style.fontFamily}`;
  return context;
}

/** Draw all maps on a canvas of their own, to be copied whenever the choice among them changes. */
function drawThumbnails(maps, length, palette) {
  const sheet = new OffscreenCanvas(maps[0].length * COLUMN, maps.length * ROW);
  const context = sheet.getContext("2d");
  maps.forEach((row, layer) =>
    row.forEach((bytes, map) =>
      context.putImageData(paint(resize(bytes, length), THUMB, palette), map * COLUMN, layer * ROW),
    ),
  );
  return sheet;
}

/** Name what the columns stand for, in the middle of the upper edge, and the rows, upright at the left. */
function nameAxes(context, columns, rows, middle, height) {
  const font = context.font;
  context.font = `italic ${font}`;
  context.fillText(columns, middle, AXIS / 2);
  context.save();
  context.rotate(-Math.PI / 2);
  context.fillText(rows, -height, AXIS / 2);
  context.restore();
  context.font = font;
}

/** Scroll what is chosen into sight, where the page is narrower than the canvas. */
function reveal(canvas, left, width) {
  const box = canvas.parentElement;
  const furthest = Math.max(box.scrollLeft, left + width - box.clientWidth);
  box.scrollLeft = Math.min(furthest, left);
}

/** Draw the overview: the small maps with their numbers and entropies, and a frame round the chosen one. */
function drawOverview(canvas, sheet, entropies, layer, map) {
  const maps = entropies[0].length;
  const context = prepare(canvas, LEFT + maps * COLUMN, TOP + entropies.length * ROW);
  context.drawImage(sheet, LEFT, TOP);
  nameAxes(context, "head", "layer", LEFT + (maps * COLUMN) / 2, TOP + (entropies.length * ROW) / 2);
  entropies.forEach((row, at) => {
    context.fillText(at, (LEFT + AXIS) / 2, TOP + at * ROW + THUMB / 2);
    row.forEach((entropy, column) => {
      context.fillText(entropy.toFixed(2), LEFT + column * COLUMN + THUMB / 2, TOP + at * ROW + THUMB + 7);
    });
  });
  for (let column = 0; column < maps; column++) {
    context.fillText(column < maps - 1 ? column : "mean", LEFT + column * COLUMN + THUMB / 2, (TOP + AXIS) / 2);
  }
  context.lineWidth = 3;
  context.strokeRect(LEFT + map * COLUMN - 1.5, TOP + layer * ROW - 1.5, THUMB + 3, THUMB + 3);
  reveal(canvas, LEFT + map * COLUMN - 4, COLUMN + 4);
}

/** Lay out the large map: the side of a cell, the room for the labels, and which labels can be read (every nth). */
function layOut(context, tokens) {
  const cell = Math.max(4, Math.min(30, Math.floor(440 / tokens.length)));
  const room = AXIS + Math.min(100, 10 + Math.max(...tokens.map((token) => context.measureText(token).width)));
  return { cell, room, every: Math.ceil(12 / cell), side: room + cell * tokens.length + 2 };
}

/** Write the tokens, from top to bottom; the chosen one is bold, and those that would touch it are left out. */
function writeTokens(context, { cell, room, every }, tokens, chosen, x, align) {
  const font = context.font;
  context.textAlign = align;
  tokens.forEach((token, place) => {
    const far = Math.abs(place - chosen);
    if (far && (place % every || far < every)) return;
    context.font = far ? font : `bold ${font}`;
    context.fillText(token, x, room + (place + 0.5) * cell, room - AXIS - 8);
  });
  context.font = font;
}

/** Draw the large map, with a frame round the row of the chosen query and round the cell of a key. */
function drawLarge(canvas, bytes, tokens, palette, query, key) {
  const layout = layOut(prepare(canvas, 1, 1), tokens);
  const { cell, room, side } = layout;
  const context = prepare(canvas, side, side);
  const image = new OffscreenCanvas(tokens.length, tokens.length);
  image.getContext("2d").putImageData(paint(bytes, tokens.length, palette), 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(image, room, room, cell * tokens.length, cell * tokens.length);
  writeTokens(context, layout, tokens, query, room - 5, "right");
  context.save();
  context.rotate(-Math.PI / 2);
  writeTokens(context, layout, tokens, key, 5 - room, "left");
  context.restore();
  nameAxes(context, "key (is looked at)", "query (looks)", room + (side - room) / 2, room + (side - room) / 2);
  context.lineWidth = 2; // outside of what they frame, for a cell may be only 4 points wide
  context.strokeRect(room - 1, room + query * cell - 1, cell * tokens.length + 2, cell + 2);
  context.strokeRect(room + key * cell - 1, room + query * cell - 1, cell + 2, cell + 2);
  reveal(canvas, room + key * cell, cell);
  return layout;
}
