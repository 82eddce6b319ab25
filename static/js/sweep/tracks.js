// @ts-check
/**
 * Follows labels from frame to frame while the camera moves, and decides which of them count. Pure.
 * A label counts when two frames agree on it, or by one frame where its code carries a strong check. Of what one check
 * digit guards, one of the frames has to show many lines of it: a misread of a few lines comes again.
 */
import { boxOf, middleOf } from "../capture/aim.js";
import { codeOf, isTooShort, needsSecondLook } from "../capture/symbologies.js";

/**
 * @typedef {import("../capture/symbologies.js").Seen} Seen
 * @typedef {{x: number, y: number}} Point
 * @typedef {{votes: number, at: number, isStrong: boolean, isClear: boolean}} Claim a text that was read in one place;
 *   clear where one of the frames showed it in many lines
 * @typedef {{polygon: Point[], seenAt: number, text: string, claims: Map<string, Claim>, isAgreed: boolean}} Track
 */

/** How long an earlier frame can agree with this one. */
const AGREE_WITHIN_MS = 3000;
/** How long a label that a frame missed keeps its outline, which moves with the others. */
const HOLD_MS = 450;
/** How far an outline runs ahead of the frame that it was read in. */
const MAX_AHEAD_MS = 160;
/** Two frames this far apart say nothing about the speed of the hand. */
const MAX_STEP_MS = 600;

/** Return whether one frame is enough for a code: it carries more than one check digit, or none were needed. @param {Seen} code */
function isStrong(code) {
  return !needsSecondLook({ ...code, polygon: [] }); // however tall it was
}

/** Return whether a code needs a second look however many lines show it. @param {Seen} code */
function isNeverClear(code) {
  const tall = [[0, 0], [10, 0], [10, 10], [0, 10]].map(([x, y]) => ({ x, y }));
  return needsSecondLook({ ...code, polygon: tall });
}

export class Tracks {
  constructor() {
    /** @type {Track[]} */
    this.tracks = [];
    /** Texts that counted, however often they come into view again. */
    this.agreed = new Set();
    /** @type {Map<string, Claim>} what was read, also of labels that frames missed since */
    this.claims = new Map();
    /** Pixels a millisecond by which the picture moves. */
    this.speed = { x: 0, y: 0 };
    this.at = 0;
  }

  /**
   * Take what one frame shows.
   * @param {Seen[]} codes @param {number} at ms, when the frame was taken
   * @returns {Seen[]} the codes that count now, each once
   */
  take(codes, at) {
    const seen = withoutParts(codes.filter((code) => code.polygon.length && !isTooShort(code)));
    this.#measure(seen, at);
    this.tracks = this.tracks.filter((track) => at - track.seenAt <= HOLD_MS);
    const step = at - this.at;
    for (const track of this.tracks) track.polygon = moved(track.polygon, this.speed, step);
    this.at = at;
    const found = [];
    for (const code of seen) {
      const track = this.#find(code, at) ?? this.#begin(code);
      track.polygon = code.polygon;
      track.seenAt = at;
      if (this.#vote(track, code, at)) found.push(code);
    }
    return found;
  }

  /** Return the outlines of what is in view, as they should be by now. @param {number} now */
  outlines(now) {
    const shift = Math.min(MAX_AHEAD_MS, Math.max(0, now - this.at));
    return { dx: this.speed.x * shift, dy: this.speed.y * shift, tracks: this.tracks };
  }

  /** Measure how the picture moved since the last frame, by the labels that both show. @param {Seen[]} seen @param {number} at */
  #measure(seen, at) {
    const step = at - this.at;
    if (step <= 0 || step > MAX_STEP_MS) this.speed = { x: 0, y: 0 };
    if (step <= 0 || step > MAX_STEP_MS) return;
    const moves = [];
    for (const track of this.tracks) {
      if (track.seenAt !== this.at) continue; // where it was is a guess
      const code = seen.find((one) => codeOf(one) === track.text);
      if (code) moves.push(between(middle(track.polygon), middleOf(code)));
    }
    if (!moves.length) return;
    this.speed = { x: median(moves.map((m) => m.x)) / step, y: median(moves.map((m) => m.y)) / step };
  }

  /**
   * Return the place of a code: the one of its text, else one that lies where the code is and was not read otherwise in this frame.
   * @param {Seen} code @param {number} at
   */
  #find(code, at) {
    const text = codeOf(code);
    const same = this.tracks.find((track) => track.text === text || track.claims.has(text));
    if (same) return same;
    const point = middleOf(code);
    return this.tracks.find((track) => track.seenAt !== at && isNear(track.polygon, point)) ?? null;
  }

  /** @param {Seen} code @returns {Track} */
  #begin(code) {
    const track = { polygon: code.polygon, seenAt: 0, text: codeOf(code), claims: new Map(), isAgreed: false };
    this.tracks.push(track);
    return track;
  }

  /** Count a frame for a code. @param {Track} track @param {Seen} code @param {number} at @returns {boolean} it counts from now on */
  #vote(track, code, at) {
    const text = codeOf(code);
    const before = this.claims.get(text);
    const votes = before && at - before.at <= AGREE_WITHIN_MS ? before.votes + Number(before.at !== at) : 1;
    const isClear = !needsSecondLook(code) || Boolean(votes > 1 && before?.isClear);
    const claim = { votes, at, isStrong: isStrong(code), isClear: isClear || isNeverClear(code) };
    track.claims.set(text, claim);
    this.claims.set(text, claim);
    if (!leads(track.claims, text)) return false;
    track.text = text;
    track.isAgreed = claim.isStrong || (votes > 1 && claim.isClear) || this.agreed.has(text);
    if (!track.isAgreed || this.agreed.has(text)) return false;
    this.agreed.add(text);
    return true;
  }
}

/** Return whether no other text of a place has as good a claim. @param {Map<string, Claim>} claims @param {string} text */
function leads(claims, text) {
  const weight = (/** @type {Claim | undefined} */ claim) => (claim ? claim.votes + (claim.isStrong ? 1 : 0) : 0);
  return [...claims].every(([other, claim]) => other === text || weight(claim) < weight(claims.get(text)));
}

/** Leave out what one check digit guards and what lies in a code with a strong check: it is a part of that. @param {Seen[]} codes */
function withoutParts(codes) {
  const strong = codes.filter(isStrong);
  return codes.filter((code) => strong.includes(code) || !strong.some((other) => isInside(boxOf(other), middleOf(code))));
}

/** @param {number[]} box @param {Point} point */
function isInside([left, top, right, bottom], { x, y }) {
  return x >= left && x <= right && y >= top && y <= bottom;
}

/** @param {Point[]} polygon */
function middle(polygon) {
  return middleOf({ polygon, text: "", format: "" });
}

/** Return whether a point is nearer to the middle of a place than half its size. @param {Point[]} polygon @param {Point} point */
function isNear(polygon, point) {
  const [left, top, right, bottom] = boxOf({ polygon, text: "", format: "" });
  const { x, y } = between(middle(polygon), point);
  return Math.hypot(x, y) <= Math.hypot(right - left, bottom - top) / 2;
}

/** @param {Point} from @param {Point} to */
function between(from, to) {
  return { x: to.x - from.x, y: to.y - from.y };
}

/** @param {Point[]} polygon @param {Point} speed @param {number} ms */
function moved(polygon, speed, ms) {
  return polygon.map(({ x, y }) => ({ x: x + speed.x * ms, y: y + speed.y * ms }));
}

/** @param {number[]} numbers */
function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}
