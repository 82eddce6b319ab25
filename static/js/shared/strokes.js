// @ts-check
/** The strokes of a signature while it is drawn: whole numbers on the pad, without time or pressure. */

/** The pad's own units, whatever its size on the screen. */
export const PAD = { w: 1200, h: 400 };
/** As the server has them: domain/signatures/strokes.py. */
export const LIMITS = { strokes: 64, points: 4000, leastPoints: 20, widthParts: 10 };
/** A hand that rests or trembles adds no points: the next one is at least this far away. */
const STEP = 4;

/** @typedef {[number, number]} Point */

export class Strokes {
  /** @param {Point[][]} strokes */
  constructor(strokes = []) {
    this.list = strokes;
    this.isDown = false;
  }

  get points() {
    return this.list.reduce((sum, stroke) => sum + stroke.length, 0);
  }

  /** @param {number} x @param {number} y in units of the pad; outside it is its edge */
  #place(x, y) {
    const within = (/** @type {number} */ value, /** @type {number} */ most) => Math.round(Math.min(Math.max(value, 0), most));
    return /** @type {Point} */ ([within(x, PAD.w), within(y, PAD.h)]);
  }

  /** Puts the pen down. @param {number} x @param {number} y */
  start(x, y) {
    if (this.list.length >= LIMITS.strokes || this.points >= LIMITS.points) return false;
    this.list.push([this.#place(x, y)]);
    return (this.isDown = true);
  }

  /** Draws on to a point. @param {number} x @param {number} y */
  draw(x, y) {
    if (!this.isDown || this.points >= LIMITS.points) return false;
    const stroke = this.list[this.list.length - 1];
    const [fromX, fromY] = stroke[stroke.length - 1];
    const point = this.#place(x, y);
    if (Math.hypot(point[0] - fromX, point[1] - fromY) < STEP) return false;
    stroke.push(point);
    return true;
  }

  lift() {
    this.isDown = false;
  }

  undo() {
    this.lift();
    this.list.pop();
  }

  clear() {
    this.lift();
    this.list = [];
  }

  /** Returns whether the server would take it as a signature. */
  isEnough() {
    const across = this.list.flat().map(([x]) => x);
    if (across.length < LIMITS.leastPoints) return false;
    return (Math.max(...across) - Math.min(...across)) * LIMITS.widthParts >= PAD.w;
  }

  /** Returns what the form sends; nothing without a stroke. */
  toText() {
    return this.list.length ? JSON.stringify({ ...PAD, strokes: this.list }) : "";
  }

  /** Returns the data of an SVG path. A single point is a line to itself: round ends make it a dot. */
  toPath() {
    const ends = (/** @type {Point[]} */ stroke) => (stroke.length > 1 ? stroke : [stroke[0], stroke[0]]);
    return this.list.map((stroke) => `M${ends(stroke).map((point) => point.join(" ")).join("L")}`).join("");
  }

  /** @param {string} text what a form sent before */
  static read(text) {
    try {
      const given = JSON.parse(text);
      const isOurs = given.w === PAD.w && given.h === PAD.h && Array.isArray(given.strokes);
      return new Strokes(isOurs ? given.strokes : []);
    } catch {
      return new Strokes();
    }
  }
}
