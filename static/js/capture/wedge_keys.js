// @ts-check
/** Distinguishes a wedge scanner from a person by their keys. Pure, no DOM; `capture/wedge.js` feeds it. */
import { chooseText, usCharacter } from "./layouts.js";

/**
 * @typedef {object} WedgeSettings
 * @property {string} prefix what the scanner sends first, "" for nothing
 * @property {string} suffix what it sends last beside Enter or Tab
 * @property {"auto" | "typed" | "us"} layout how key codes are corrected
 * @property {number} maxGap ms between two keys of one code
 * @property {number} maxMean mean ms a key that a code that ends with Enter may have
 * @property {number} silence ms after which a code without an ending is taken
 *
 * @typedef {{key: string, code: string, shift: boolean, ctrl: boolean, alt: boolean, meta: boolean,
 *   caps: boolean, time: number}} Key
 * @typedef {{text: string, fixed: boolean, ending: string, keys: number, mean: number, typed: string}} Burst
 * @typedef {"none" | "started" | "added" | "swallow" | "ended"} Verdict
 */

/** @type {WedgeSettings} */
export const DEFAULTS = {
  prefix: "", suffix: "", layout: "auto", maxGap: 100, maxMean: 60, silence: 120,
};
const MIN_KEYS = 4;
const MIN_SILENT_KEYS = 5;
/** Nobody types five keys this fast. A code without an ending must be at least this fast. */
const MAX_SILENT_MEAN = 35;
const MODIFIERS = new Set(["Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock", "NumLock", "Fn"]);
/** Ctrl + key as terminals and scanners send control characters. */
const CONTROLS = /** @type {Record<string, string>} */ ({
  "]": "\u001d", "^": "\u001e", "6": "\u001e", "\\": "\u001c", "_": "\u001f", "-": "\u001f", d: "\u0004",
});
const CONTROL_CODES = /** @type {Record<string, string>} */ ({
  BracketRight: "\u001d", Digit6: "\u001e", Backslash: "\u001c", Minus: "\u001f", KeyD: "\u0004",
});

export class WedgeReader {
  /**
   * @param {Partial<WedgeSettings>} [settings]
   * @param {(code: string) => boolean} [isKnown]
   */
  constructor(settings = {}, isKnown = () => false) {
    this.settings = { ...DEFAULTS, ...settings };
    this.isKnown = isKnown;
    /** @type {Burst | null} the code of the last `ended` verdict */
    this.burst = null;
    this.endedAt = -Infinity;
    this.altDigits = "";
    this.reset();
  }

  reset() {
    this.typed = "";
    /** @type {string | null} */
    this.us = "";
    this.startedAt = 0;
    this.lastAt = -Infinity;
    this.keys = 0;
    this.widest = 0;
  }

  /** Return whether keys are being gathered. */
  get isGathering() {
    return this.keys > 0;
  }

  get mean() {
    return this.keys > 1 ? (this.lastAt - this.startedAt) / (this.keys - 1) : Infinity;
  }

  /**
   * Take one key press.
   * @param {Key} key
   * @returns {Verdict} `started`: remember what the focused field holds now; `ended`: `burst` has the
   *   code and the key must not act; `swallow`: the key must not act
   */
  press(key) {
    if (MODIFIERS.has(key.key)) return "none";
    if (key.alt && /^Numpad\d$/.test(key.code)) {
      this.altDigits += key.code.slice(-1);
      return this.isGathering ? "swallow" : "none";
    }
    const gap = key.time - this.lastAt;
    if (this.isGathering && gap > this.#widestGap()) this.reset();
    const ending = endingOf(key);
    if (ending !== null) return this.#end(ending, key.time);
    const character = this.#characterOf(key);
    if (character === null) {
      this.reset();
      return "none";
    }
    const isFirst = !this.isGathering;
    this.#add(character.typed, character.us, key.time);
    if (this.#endsWithSuffix() && this.#isBurst(false)) return this.#finish("suffix", key.time);
    if (isFirst) return "started";
    return key.ctrl && !key.alt ? "swallow" : "added";
  }

  /**
   * Take the release of Alt, which ends a character typed by its number (Alt+0029).
   * @param {number} time
   */
  releaseAlt(time) {
    const digits = this.altDigits;
    this.altDigits = "";
    if (!digits) return;
    const point = Number(digits);
    if (point > 0 && point < 0x80 && this.isGathering) {
      this.#add(String.fromCharCode(point), String.fromCharCode(point), time);
    }
  }

  /**
   * Take the silence after the last key. Return true where it ends a code.
   * @param {number} time
   */
  hush(time) {
    if (!this.isGathering || time - this.lastAt < this.settings.silence) return false;
    if (!this.#isBurst(true)) {
      this.reset();
      return false;
    }
    this.#finish("silence", time);
    return true;
  }

  #widestGap() {
    const hasPrefix = this.settings.prefix && this.typed.startsWith(this.settings.prefix);
    return hasPrefix ? 300 : this.settings.maxGap;
  }

  /** @param {string} typed @param {string | null} us @param {number} time */
  #add(typed, us, time) {
    if (this.keys === 0) this.startedAt = time;
    else this.widest = Math.max(this.widest, time - this.lastAt);
    this.typed += typed;
    this.us = this.us === null || us === null ? null : this.us + us;
    this.lastAt = time;
    this.keys += 1;
  }

  /** @param {Key} key @returns {{typed: string, us: string | null} | null} */
  #characterOf(key) {
    if (key.ctrl && !key.alt) {
      const control = CONTROLS[key.key] ?? CONTROL_CODES[key.code];
      // A person's Ctrl+D is a bookmark. A scanner's comes in the middle of a code.
      return control && this.isGathering ? { typed: control, us: control } : null;
    }
    if (key.meta || [...key.key].length !== 1) return null;
    return { typed: key.key, us: usCharacter(key.code, key.shift, key.caps) };
  }

  #endsWithSuffix() {
    const { suffix } = this.settings;
    return suffix !== "" && this.typed.length > suffix.length && this.typed.endsWith(suffix);
  }

  /** @param {boolean} isSilent */
  #isBurst(isSilent) {
    const { prefix, maxMean } = this.settings;
    if (prefix && this.typed.startsWith(prefix) && this.typed.length > prefix.length) return true;
    if (isSilent) return this.keys >= MIN_SILENT_KEYS && this.mean <= Math.min(MAX_SILENT_MEAN, maxMean);
    return this.keys >= MIN_KEYS && this.mean <= maxMean;
  }

  /** @param {string} ending @param {number} time @returns {Verdict} */
  #end(ending, time) {
    if (!this.isGathering) {
      // The second half of CR LF, or a scanner that ends with Enter and Tab.
      const follows = time - this.endedAt <= this.settings.maxGap;
      if (follows) this.endedAt = time;
      return follows ? "swallow" : "none";
    }
    if (!this.#isBurst(false)) {
      this.reset();
      return "none";
    }
    return this.#finish(ending, time);
  }

  /** @param {string} ending @param {number} time @returns {Verdict} */
  #finish(ending, time) {
    const strip = (/** @type {string} */ text) => stripEnds(text, this.settings);
    const us = this.us === null ? null : strip(this.us);
    const chosen = chooseText(strip(this.typed), us, { layout: this.settings.layout, isKnown: this.isKnown });
    this.burst = { ...chosen, ending, keys: this.keys, mean: this.mean, typed: this.typed };
    this.reset();
    this.endedAt = time;
    return "ended";
  }
}

/** @param {string} text @param {WedgeSettings} settings */
function stripEnds(text, { prefix, suffix }) {
  let rest = text;
  if (prefix && rest.startsWith(prefix)) rest = rest.slice(prefix.length);
  if (suffix && rest.endsWith(suffix)) rest = rest.slice(0, -suffix.length);
  return rest;
}

/** @param {Key} key @returns {string | null} */
function endingOf(key) {
  if (key.key === "Enter" || key.key === "\r") return "Enter";
  if (key.key === "Tab" && !key.shift) return "Tab";
  if (key.key === "\n") return "LF";
  if (key.ctrl && !key.alt && (key.code === "KeyJ" || key.key === "j" || key.key === "J")) return "LF";
  if (key.ctrl && !key.alt && (key.code === "KeyM" || key.key === "m" || key.key === "M")) return "CR";
  return null;
}
