// Draws the outline of a room on the picture of a floor, by taps or by keys. The form's text field
// holds the corners, so what is drawn is what is sent, and the page works without this script.

const STEP = 10;
const FINE_STEP = 1;

/** Return the corners that a text lists, as pairs of numbers; what is no corner is left out. */
export function readCorners(text) {
  return [...text.matchAll(/(\d{1,4})\s*,\s*(\d{1,4})/g)].map((found) => [Number(found[1]), Number(found[2])]);
}

/** Return corners as the server reads them. */
export function showCorners(corners) {
  return corners.map(([x, y]) => `${x},${y}`).join(" ");
}

/** Return where in the picture a point of the window lies, in thousandths within the picture. */
export function findCorner(box, x, y, scale) {
  const part = (value, start, length) => Math.min(scale, Math.max(0, Math.round(((value - start) / length) * scale)));
  return [part(x, box.left, box.width), part(y, box.top, box.height)];
}

// The name space is that of the drawing on the page, so that no address stands here.
function draw(kind, attributes) {
  const shape = document.createElementNS(document.querySelector("[data-outline] svg").namespaceURI, kind);
  for (const [name, value] of Object.entries(attributes)) shape.setAttribute(name, value);
  return shape;
}

/** Return the shapes of an outline that is being drawn, and of the cross that keys move. */
function drawOutline(corners, cross) {
  const shapes = [];
  if (corners.length > 1) shapes.push(draw("polyline", { points: showCorners([...corners, corners[0]]) }));
  for (const [x, y] of corners) shapes.push(draw("path", { d: `M${x} ${y}h0.01`, class: "corner" }));
  if (cross) {
    const [x, y] = cross;
    shapes.push(draw("path", { d: `M${x - 25} ${y}h50M${x} ${y - 25}v50`, class: "cross" }));
  }
  return shapes;
}

/** Return where the cross stands after a key, or null if the key does not move it. */
export function moveCross([x, y], key, step, scale) {
  const to = { ArrowLeft: [x - step, y], ArrowRight: [x + step, y], ArrowUp: [x, y - step], ArrowDown: [x, y + step] }[key];
  return to ? to.map((value) => Math.min(scale, Math.max(0, value))) : null;
}

class Outline {
  constructor(canvas, field) {
    this.field = field;
    this.scale = Number(canvas.dataset.outline);
    this.most = Number(canvas.dataset.most);
    this.layer = canvas.querySelector("svg").appendChild(draw("g", {}));
    this.picture = canvas.querySelector("img");
    this.cross = null;
  }

  show() {
    this.layer.replaceChildren(...drawOutline(readCorners(this.field.value), this.cross));
  }

  add(corner) {
    const corners = readCorners(this.field.value);
    if (corners.length < this.most) this.field.value = showCorners([...corners, corner]);
    this.show();
  }

  undo() {
    this.field.value = showCorners(readCorners(this.field.value).slice(0, -1));
    this.show();
  }

  tap(event) {
    this.add(findCorner(this.picture.getBoundingClientRect(), event.clientX, event.clientY, this.scale));
  }

  press(event) {
    const from = this.cross || [this.scale / 2, this.scale / 2];
    const to = moveCross(from, event.key, event.shiftKey ? FINE_STEP : STEP, this.scale);
    if (event.key === "Enter" && this.cross) this.add(this.cross);
    else if (event.key === "Backspace") this.undo();
    else if (!to) return;
    else this.cross = to;
    event.preventDefault();
    this.show();
  }

  leave() {
    this.cross = null;
    this.show();
  }
}

function start(canvas, field) {
  const outline = new Outline(canvas, field);
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application");
  canvas.setAttribute("aria-label", "The floor. Arrow keys move the cross, Enter sets a corner, Backspace takes the last one back.");
  canvas.addEventListener("click", (event) => outline.tap(event));
  canvas.addEventListener("keydown", (event) => outline.press(event));
  canvas.addEventListener("blur", () => outline.leave());
  document.querySelector("[data-outline-undo]")?.addEventListener("click", () => outline.undo());
  field.addEventListener("input", () => outline.show());
  outline.show();
}

if (typeof document !== "undefined") {
  const canvas = document.querySelector("[data-outline]");
  const field = document.querySelector("#f-corners");
  if (canvas && field) start(canvas, field);
}
