// @ts-check
/** The keys of one burst as they come in: both readings of them, and how fast they are. Pure, no DOM. */

/** @typedef {import("./key_text.js").Reading} Reading */

/** Nobody presses five keys in a row this fast. */
const QUICK_MS = 35;
const SURE_GAPS = 4;

export class Burst {
  /** @param {import("./key_text.js").Focus} field @param {number} time */
  constructor(field, time) {
    this.field = field;
    this.startedAt = this.lastAt = time;
    /** @type {string | null} as the host's layout gave it; null where a key did not tell */
    this.typed = "";
    /** @type {string | null} as a US layout would have given it; null where a key did not tell */
    this.us = "";
    this.keys = 0;
    this.widest = 0;
    /** Gaps that are quick: all, and those without a slow one after them. */
    this.quickGaps = this.quickInRow = 0;
    /** Surely a scanner's: its keys must not act any more. */
    this.isSure = false;
    this.hasLetters = false;
    /** Something was pressed shortly before that may have been its beginning. */
    this.isTail = false;
    /** A character of it was lost. */
    this.isSpoilt = false;
    /** The name of a key without a character that came last. */
    this.odd = "";
    /** Keys whose text an input method has not brought yet. */
    this.awaited = 0;
    /** What an input method is composing. */
    this.composing = "";
    /** @type {Reading | null} what came before the character of a number typed with Alt: the computer may bring it itself */
    this.beforeAlt = null;
  }

  get mean() {
    return this.keys > 1 ? (this.lastAt - this.startedAt) / (this.keys - 1) : Infinity;
  }

  /** Return whether it came as fast as only scanners are, a pause or two aside. */
  get isQuick() {
    return this.keys > 1 && this.quickGaps * 2 >= this.keys - 1;
  }

  /** @param {number} time @param {number} keys */
  #count(time, keys) {
    const gap = time - this.lastAt;
    if (this.keys) {
      this.widest = Math.max(this.widest, gap);
      this.quickInRow = gap <= QUICK_MS ? this.quickInRow + 1 : 0;
      if (gap <= QUICK_MS) this.quickGaps += 1;
    }
    const more = Math.max(0, keys - 1);
    this.quickInRow += more;
    this.quickGaps += more;
    this.keys += keys;
    this.lastAt = time;
    if (this.quickInRow >= SURE_GAPS) this.isSure = true;
  }

  /** @param {string | null} text */
  #type(text) {
    this.typed = this.typed === null || text === null ? null : this.typed + text;
    if (text && /\p{L}/u.test(text)) this.hasLetters = true;
  }

  /** Add what a key says. @param {Reading} reading @param {number} time */
  add(reading, time) {
    if (this.odd) this.isSpoilt = true; // the odd key was in the middle
    this.beforeAlt = null;
    this.us = this.us === null || reading.us === null ? null : this.us + reading.us;
    this.#count(time, 1);
    if (reading.awaits) {
      this.awaited += 1;
      return;
    }
    this.#settle();
    this.#type(reading.typed);
  }

  /** Add the character of a number typed with Alt. @param {string | null} char @param {number} time */
  addAlt(char, time) {
    this.#settle();
    const { typed, us } = this;
    this.add({ typed: char, us: char }, time);
    this.beforeAlt = { typed, us };
  }

  /** The text of the keys before this one must have come by now. */
  #settle() {
    if (this.composing) this.#type(this.composing);
    this.composing = "";
    if (this.awaited) this.typed = null;
    this.awaited = 0;
  }

  /**
   * Take text that the computer brought without a key that says it.
   * @param {string} text @param {number} time
   */
  insert(text, time) {
    if (this.beforeAlt) {
      // Both readings end with the character of the number. The computer knows better which it is.
      const { typed, us } = this.beforeAlt;
      [this.typed, this.us] = [typed === null ? null : typed + text, us === null ? null : us + text];
      this.beforeAlt = null;
      return;
    }
    const length = [...text].length;
    const unasked = Math.max(0, length - this.awaited);
    if (unasked) {
      this.us = null;
      this.#count(time, unasked);
    }
    this.awaited = Math.max(0, this.awaited - length);
    this.#type(text);
  }

  /** Take what an input method is composing, in place of what it was composing before. @param {string} text @param {number} time */
  compose(text, time) {
    const unasked = [...text].length - [...this.composing].length - this.awaited;
    if (unasked > 0) {
      this.us = null;
      this.#count(time, unasked);
    }
    this.awaited = 0;
    this.composing = text;
  }

  /** What was composed is entered. */
  commit() {
    this.#type(this.composing);
    this.composing = "";
  }

  /** Return both readings, each null where it is not whole. */
  conclude() {
    this.#settle();
    return this.isSpoilt ? { typed: null, us: null } : { typed: this.typed, us: this.us };
  }
}
