// @ts-check
/** How soon the next frame is looked at: a phone that is held still and shows nothing new stays cool. Pure. */

const QUICK_MS = 15;
const RESTING_MS = 300;
/** So long nothing moved before frames become rare. */
const SETTLE_MS = 1500;
/** Mean difference of two small pictures, of 255, that noise does not reach and a moving hand does. */
const MOVED = 5;

export class Pace {
  constructor() {
    /** @type {Uint8ClampedArray | null} the small picture that later ones are compared with */
    this.kept = null;
    this.movedAt = 0;
  }

  /**
   * Return how long to wait before the next frame.
   * @param {Uint8ClampedArray} pixels a small picture, always of the same size @param {number} now ms
   */
  wait(pixels, now) {
    if (!this.kept || differ(this.kept, pixels) > MOVED) {
      this.kept = pixels;
      this.movedAt = now;
    }
    return now - this.movedAt > SETTLE_MS ? RESTING_MS : QUICK_MS;
  }
}

/** @param {Uint8ClampedArray} one @param {Uint8ClampedArray} other */
function differ(one, other) {
  let sum = 0;
  for (let i = 1; i < one.length; i += 4) sum += Math.abs(one[i] - other[i]); // green is nearly the light
  return (4 * sum) / one.length;
}
