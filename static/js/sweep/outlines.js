// @ts-check
/** Draws labels where they are in the picture, in the colour and with the sign of their verdict. */

// An icon of the page knows the name of the space of drawings: no address is written here.
const SVG = document.querySelector("svg")?.namespaceURI ?? null;

/** @param {string} name @param {Record<string, string>} [attributes] */
function make(name, attributes = {}) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

export class Outlines {
  /** @param {(name: string) => Node} icon */
  constructor(icon) {
    this.icon = icon;
    // The picture is cut to its box in the same way.
    this.root = make("svg", { class: "sweep-outlines", preserveAspectRatio: "xMidYMid slice", "aria-hidden": "true" });
    this.group = make("g");
    this.root.append(this.group);
    /** @type {Map<string, Element>} by text */
    this.shown = new Map();
    this.unit = 1;
  }

  /** @param {number} width @param {number} height of the frames */
  setSize(width, height) {
    const box = `0 0 ${width} ${height}`;
    if (this.root.getAttribute("viewBox") !== box) this.root.setAttribute("viewBox", box);
    this.unit = Math.max(width, height) / 200;
  }

  /**
   * Show these labels and no others.
   * @param {{text: string, polygon: {x: number, y: number}[]}[]} tracks
   * @param {(text: string) => string} answerOf
   */
  show(tracks, answerOf) {
    const texts = new Set(tracks.map((track) => track.text));
    for (const [text, outline] of this.shown) {
      if (texts.has(text)) continue;
      outline.remove();
      this.shown.delete(text);
    }
    for (const { text, polygon } of tracks) this.#draw(text, polygon, answerOf(text));
  }

  /** Move all by as much as the hand moved since the frame was taken. @param {number} dx @param {number} dy */
  shift(dx, dy) {
    this.group.setAttribute("transform", `translate(${dx.toFixed(1)} ${dy.toFixed(1)})`);
  }

  /** @param {string} text @param {{x: number, y: number}[]} polygon @param {string} answer */
  #draw(text, polygon, answer) {
    let outline = this.shown.get(text);
    if (!outline) {
      outline = make("g", { "data-text": text });
      outline.append(make("polygon", { class: "edge" }), make("polygon", { class: "line" }));
      this.shown.set(text, outline);
      this.group.append(outline);
    }
    const points = widen(polygon, 2 * this.unit);
    const written = points.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");
    for (const shape of outline.querySelectorAll("polygon")) shape.setAttribute("points", written);
    if (outline.getAttribute("data-answer") !== answer) this.#sign(outline, answer);
    const top = points.reduce((best, point) => (point.y < best.y ? point : best));
    outline.querySelector(".sign")?.setAttribute("transform", `translate(${top.x.toFixed(1)} ${top.y.toFixed(1)})`);
  }

  /** @param {Element} outline @param {string} answer */
  #sign(outline, answer) {
    outline.setAttribute("data-answer", answer);
    outline.querySelector(".sign")?.remove();
    const icon = this.icon(answer);
    if (!(icon instanceof Element)) return; // it is still being read
    const size = 5 * this.unit;
    for (const [name, value] of Object.entries({ x: -size / 2, y: -size / 2, width: size, height: size })) {
      icon.setAttribute(name, String(value));
    }
    const sign = make("g", { class: "sign" });
    sign.append(make("circle", { r: String(4 * this.unit) }), icon);
    outline.append(sign);
  }
}

/** Return an outline a little outside of a code. @param {{x: number, y: number}[]} polygon @param {number} by */
function widen(polygon, by) {
  const x = polygon.reduce((sum, point) => sum + point.x, 0) / polygon.length;
  const y = polygon.reduce((sum, point) => sum + point.y, 0) / polygon.length;
  return polygon.map((point) => {
    const far = Math.hypot(point.x - x, point.y - y) || 1;
    return { x: point.x + ((point.x - x) / far) * by, y: point.y + ((point.y - y) / far) * by };
  });
}
