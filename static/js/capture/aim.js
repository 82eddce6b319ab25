// @ts-check
/** Which of the codes in a frame the person means, and whether it was read already. Pure. */

import { isTooShort, needsSecondLook } from "./symbologies.js";

/** @typedef {import("./symbologies.js").Seen} Seen */

/** @param {Seen} code */
export function middleOf(code) {
  const n = code.polygon.length || 1;
  const sum = code.polygon.reduce((s, p) => ({ x: s.x + p.x, y: s.y + p.y }), { x: 0, y: 0 });
  return { x: sum.x / n, y: sum.y / n };
}

/** Return left, top, right and bottom of a code. @param {Seen} code */
export function boxOf(code) {
  const [xs, ys] = [code.polygon.map((p) => p.x), code.polygon.map((p) => p.y)];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

/**
 * Return the code nearest the middle of the frame.
 * @param {Seen[]} codes @param {number} width @param {number} height
 * @returns {Seen | null}
 */
export function nearestToMiddle(codes, width, height) {
  let best = null;
  let least = Infinity;
  for (const code of codes) {
    const { x, y } = middleOf(code);
    const distance = (x - width / 2) ** 2 + (y - height / 2) ** 2;
    if (distance < least) [best, least] = [code, distance];
  }
  return best;
}

/** Remembers what is in view, so that one label is one scan while it stays in view. */
export class Repeats {
  /** @param {number} holdMs how long after it was last seen a code counts as the same scan */
  constructor(holdMs = 2500) {
    this.holdMs = holdMs;
    /** @type {Map<string, number>} */
    this.seen = new Map();
  }

  /**
   * Return whether a code that is in view is new.
   * @param {Seen} code @param {number} now ms
   */
  isNew(code, now) {
    const last = this.seen.get(`${code.format} ${code.text}`);
    return last === undefined || now - last > this.holdMs;
  }

  /** @param {Seen} code @param {number} now */
  note(code, now) {
    this.seen.set(`${code.format} ${code.text}`, now);
  }
}

/** Lets a code that one look may have misread pass when a second frame reads the same. */
export class SecondLook {
  /** @param {number} withinMs how long a first look counts */
  constructor(withinMs = 1500) {
    this.withinMs = withinMs;
    /** @type {Map<string, number>} */
    this.seen = new Map();
  }

  /**
   * Return the codes that are sure, or that an earlier frame showed too.
   * @param {Seen[]} codes @param {number} now ms
   */
  keep(codes, now) {
    return codes.filter((code) => {
      if (isTooShort(code)) return false;
      if (!needsSecondLook(code)) return true;
      const key = `${code.format} ${code.text}`;
      const last = this.seen.get(key);
      this.seen.set(key, now);
      return last !== undefined && now - last <= this.withinMs;
    });
  }
}
