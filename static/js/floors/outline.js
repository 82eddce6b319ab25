// Draws the outline of a room on the picture of a floor, by taps or by keys. The form's text field
// holds the corners, so what is drawn is what is sent, and the page works without this script.

const SVG = "http://www.w3.org/2000/svg";
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

function draw(kind, attributes) {
  const shape = document.createElementNS(SVG, kind);
  for (const [name, value] of Object.entries(attributes)) shape.setAttribute(name, value);
  return shape;
}

function start(canvas, field) {
  const scale = Number(canvas.dataset.outline);
  const most = Number(canvas.dataset.most);
  const svg = canvas.querySelector("svg");
  const layer = svg.appendChild(draw("g", {}));
  let cross = null;

  const show = () => {
    const corners = readCorners(field.value);
    const shapes = [];
    if (corners.length > 1) shapes.push(draw("polyline", { points: showCorners([...corners, corners[0]]) }));
    for (const [x, y] of corners) shapes.push(draw("path", { d: `M${x} ${y}h0.01`, class: "corner" }));
    if (cross) {
      const [x, y] = cross;
      shapes.push(draw("path", { d: `M${x - 25} ${y}h50M${x} ${y - 25}v50`, class: "cross" }));
    }
    layer.replaceChildren(...shapes);
  };
  const add = (corner) => {
    const corners = readCorners(field.value);
    if (corners.length >= most) return;
    field.value = showCorners([...corners, corner]);
    show();
  };
  const undo = () => {
    field.value = showCorners(readCorners(field.value).slice(0, -1));
    show();
  };
  const move = (event) => {
    const step = event.shiftKey ? FINE_STEP : STEP;
    const [x, y] = cross || [scale / 2, scale / 2];
    const to = { ArrowLeft: [x - step, y], ArrowRight: [x + step, y], ArrowUp: [x, y - step], ArrowDown: [x, y + step] }[event.key];
    if (!to) return false;
    cross = to.map((value) => Math.min(scale, Math.max(0, value)));
    show();
    return true;
  };

  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application");
  canvas.setAttribute("aria-label", "The floor. Arrow keys move the cross, Enter sets a corner, Backspace takes the last one back.");
  canvas.addEventListener("click", (event) => add(findCorner(canvas.querySelector("img").getBoundingClientRect(), event.clientX, event.clientY, scale)));
  canvas.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && cross) add(cross);
    else if (event.key === "Backspace") undo();
    else if (!move(event)) return;
    event.preventDefault();
  });
  canvas.addEventListener("blur", () => {
    cross = null;
    show();
  });
  document.querySelector("[data-outline-undo]")?.addEventListener("click", undo);
  field.addEventListener("input", show);
  show();
}

if (typeof document !== "undefined") {
  const canvas = document.querySelector("[data-outline]");
  const field = document.querySelector("#f-corners");
  if (canvas && field) start(canvas, field);
}
