// @ts-check
/**
 * Distinguishes a wedge scanner from a person by their keys. Pure, no DOM; `capture/wedge.js` feeds it.
 * A burst is whole, or it is not a scan: what was cut or lost a character is reported as not read whole.
 */
import { Burst } from "./burst.js";
import { altCharacter, altDigitOf, characterOf, endingOf, isKeypadMove, isSilent } from "./key_text.js";
import { chooseText } from "./layouts.js";

/**
 * @typedef {import("./key_text.js").Key} Key
 * @typedef {object} WedgeSettings
 * @property {string} prefix what the scanner sends first, "" for nothing
 * @property {string} suffix what it sends last beside Enter or Tab
 * @property {"auto" | "typed" | "us"} layout how key codes are corrected
 * @property {"" | "typed" | "us"} learned which layout earlier codes showed
 * @property {string} ending how the scanner ended its last codes
 * @property {number} ended how many of them in a row; after two, silence never ends a code
 * @property {number} maxGap ms between two keys of one code in a text field
 * @property {number} maxMean mean ms a key that a code that ends with Enter may have there
 * @property {number} silence ms that a pause in a code is shorter than
 *
 * @typedef {{text: string, fixed: boolean, readings?: [string, string], ending: string, keys: number, mean: number,
 *   typed: string}} Read
 * @typedef {"none" | "started" | "added" | "swallow" | "ended" | "broken"} Verdict
 */

/** @type {WedgeSettings} */
export const DEFAULTS = {
  prefix: "", suffix: "", layout: "auto", learned: "", ending: "", ended: 0, maxGap: 100, maxMean: 60, silence: 700,
};
export const ENDINGS_TO_LEARN = 2;
/** A piece that is shorter than this is never a scan. */
const MIN_KEYS = 3;
const MIN_TYPED_KEYS = 4;
const MIN_SILENT_KEYS = 5;
/** A handheld that types through Android's input method enters its code in pieces of this size or more. */
const MIN_PIECE = 4;
/** Three keys in a text field must be this fast, and one or two this fast are a scanner's and not a person's. */
const SHORT_MEAN = 35;
const MACHINE_MS = 20;
/** After a code that was cut, its rest may still come. */
const REST_MS = 2000;
/** After an ending there may be another: CR LF, or F8 and Enter. */
const FOLLOW_MS = 250;
const PREFIX_GAP_MS = 300;

export class WedgeReader {
  /**
   * @param {Partial<WedgeSettings>} [settings]
   * @param {(code: string) => unknown} [find] what is known by a code
   */
  constructor(settings = {}, find = () => null) {
    this.settings = { ...DEFAULTS, ...settings };
    this.find = find;
    /** @type {Read | null} the code of the last `ended` verdict */
    this.burst = null;
    /** What is left of the code of the last `broken` verdict. */
    this.fragment = "";
    /** The beginning of a code that was cut. */
    this.cutText = "";
    this.endedAt = this.cutAt = this.typedAt = -Infinity;
    this.altDigits = "";
    /** @type {Burst | null} */
    this.now = null;
    /** @type {Burst | null} a burst that fell silent, until the next key tells when it was pressed */
    this.lapsed = null;
  }

  reset() {
    this.now = null;
  }

  /** Return whether keys are being gathered. */
  get isGathering() {
    return this.now !== null;
  }

  /** Return whether the keys that come now must not act. */
  get isHolding() {
    return this.now !== null && (this.now.isSure || this.now.field === "none");
  }

  /** Return whether a browser has seen how its scanner ends a code. */
  get knowsEnding() {
    return this.settings.ended >= ENDINGS_TO_LEARN;
  }

  /** A character of the burst was lost: the page lost the focus in the middle. */
  spoil() {
    const burst = this.now ?? this.lapsed;
    if (burst) burst.isSpoilt = true;
  }

  /** A person turned to something else: what is not surely a scanner's is theirs. */
  turn() {
    this.lapsed = null;
    if (!this.now?.isSure) this.reset();
  }

  /**
   * Take the time while no key comes. A burst that ends so lapses: a machine that was busy may deliver the rest late.
   * @param {number} time @returns {Verdict} as `tick`
   */
  hush(time) {
    const burst = this.now;
    const verdict = this.tick(time);
    if (burst && !this.now && verdict !== "ended") this.lapsed = burst;
    return verdict;
  }

  /** Go on with a burst that lapsed if a key was pressed right after it, whenever it was delivered. @param {number} time */
  #resume(time) {
    const burst = this.lapsed;
    this.lapsed = null;
    if (!burst || this.now || time - burst.lastAt > this.#widestGap(burst)) return;
    this.now = burst;
    if (this.endedAt < burst.startedAt) return;
    // It was told as not read whole, and its field was put back: the rest belongs to no field.
    burst.isSure = true;
    this.endedAt = this.cutAt = -Infinity;
  }

  /**
   * Take one key press. Call `tick` with its time first.
   * @param {Key} key
   * @returns {Verdict} `started`, `added`: may be a code's; `swallow`: the key must not act; `ended`: nor this one, and
   *   `burst` has the code; `broken`: nor this one, and the code was not read whole
   */
  press(key) {
    if (isSilent(key)) return "none";
    this.#resume(key.time);
    if (key.repeat) return this.isHolding ? "swallow" : "none";
    const digit = altDigitOf(key);
    if (digit !== null) return this.#pressAlt(digit, key.time);
    this.releaseAlt(key.time, key.field);
    if (this.now && key.time - this.now.lastAt > this.#widestGap(this.now)) this.reset();
    const ending = endingOf(key);
    if (ending !== null) return this.#end(ending, key.time);
    const character = characterOf(key);
    if (character === null || (!this.now && key.ctrl && !key.alt)) return this.#pressOdd(key);
    return this.#add(character, key);
  }

  /** @param {string} digit @param {number} time @returns {Verdict} */
  #pressAlt(digit, time) {
    this.altDigits += digit;
    if (this.now) this.now.lastAt = time;
    return this.isHolding ? "swallow" : "none";
  }

  /** Take a key without a character: a person's, or one in the middle of a code. @param {Key} key @returns {Verdict} */
  #pressOdd(key) {
    const burst = this.now;
    const isPart = burst && (burst.isSure || (burst.isQuick && key.time - burst.lastAt <= SHORT_MEAN));
    if (!isPart) {
      this.reset();
      return "none";
    }
    burst.odd = key.key;
    burst.lastAt = key.time;
    return "swallow";
  }

  /** @param {import("./key_text.js").Reading} reading @param {Key} key @returns {Verdict} */
  #add(reading, key) {
    const isFirst = !this.now;
    const burst = (this.now ??= this.#begin(key));
    burst.add(reading, key.time);
    this.typedAt = key.time;
    if (this.#hasPrefix(burst)) burst.isSure = true;
    if (this.#endsWithSuffix(burst) && this.#isCode(burst, 0)) return this.#finish(burst, "suffix", key.time);
    if (burst.isSure || (key.ctrl && !key.alt)) return "swallow";
    return isFirst ? "started" : "added";
  }

  /** @param {Pick<Key, "field" | "time">} key */
  #begin({ field = "text", time }) {
    const burst = new Burst(field, time);
    // In the scan field, what came before is there to be seen, and is put in front.
    burst.isTail = (field === "text" || field === "date") && time - this.typedAt <= this.settings.silence;
    return burst;
  }

  /**
   * Take the release of Alt, which ends a character typed by its number (Alt+0029).
   * @param {number} time
   * @param {import("./key_text.js").Focus} [field]
   */
  releaseAlt(time, field = "text") {
    const digits = this.altDigits;
    this.altDigits = "";
    if (!digits) return;
    const char = altCharacter(digits);
    if (!this.now && char === null) return;
    this.now ??= this.#begin({ field, time });
    this.now.addAlt(char, time);
  }

  /**
   * Take text that no key says: from an input method, or the character of a number typed with Alt.
   * @param {string} text
   * @param {{time: number, field: import("./key_text.js").Focus, isMachine?: boolean, isComposed?: boolean}} given
   *   `isMachine`: the page shows no keyboard on which a person could have typed it; `isComposed`: in place of what was
   *   composed before
   */
  insert(text, { time, field, isMachine = false, isComposed = false }) {
    this.#resume(time);
    if (this.now && time - this.now.lastAt > this.#widestGap(this.now)) this.reset();
    if (!this.now && !isMachine) return;
    this.now ??= this.#begin({ field, time });
    if (isComposed) this.now.compose(text, time);
    else this.now.insert(text, time);
    this.typedAt = time;
    if (isMachine && text.length >= MIN_PIECE) this.now.isSure = true;
  }

  /** An input method has entered what it composed. */
  commit() {
    this.now?.commit();
  }

  /**
   * Take the time. A burst ends when it was silent for long enough.
   * @param {number} time
   * @returns {Verdict} `ended`, `broken`, or `none`
   */
  tick(time) {
    const burst = this.now;
    if (!burst || time - burst.lastAt < this.settings.silence) return "none";
    this.reset();
    if (burst.field !== "none" && !burst.isSure) {
      // A person's is in the field, and stays there.
      return burst.keys >= MIN_TYPED_KEYS && burst.widest <= MACHINE_MS ? this.#cut(burst, time) : "none";
    }
    const isWhole = this.#isScannersPace(burst) && (burst.keys >= MIN_SILENT_KEYS || this.#hasPrefix(burst));
    if (isWhole && !burst.isTail && (!this.knowsEnding || burst.odd)) return this.#finish(burst, burst.odd || "silence", time);
    const isScanners = burst.isSure || burst.keys >= MIN_KEYS || burst.isQuick;
    return isScanners ? this.#cut(burst, time) : "none";
  }

  /** @param {Burst} burst */
  #hasPrefix({ typed }) {
    const { prefix } = this.settings;
    return typed !== null && prefix !== "" && typed.length > prefix.length && typed.startsWith(prefix);
  }

  /** @param {Burst} burst */
  #isScannersPace(burst) {
    return burst.isQuick || burst.mean <= this.settings.maxMean;
  }

  /** @param {Burst} burst */
  #widestGap(burst) {
    const { prefix, maxGap, maxMean, silence } = this.settings;
    if (burst.isSure || burst.field === "none") return silence;
    if (burst.field === "date") return burst.hasLetters ? silence : maxMean;
    return prefix && burst.typed?.startsWith(prefix) ? PREFIX_GAP_MS : maxGap;
  }

  /** @param {Burst} burst */
  #endsWithSuffix({ typed }) {
    const { suffix } = this.settings;
    return typed !== null && suffix !== "" && typed.length > suffix.length && typed.endsWith(suffix);
  }

  /** Return whether a burst is a scanner's code. @param {Burst} burst @param {number} gap ms before its ending */
  #isCode(burst, gap) {
    if (burst.isSure) return true;
    if (burst.keys < MIN_KEYS) return false;
    // Nobody types on a button. In a date nobody types letters.
    if (burst.field === "none" || (burst.field === "date" && burst.hasLetters)) return true;
    if (gap > this.settings.maxGap) return false;
    if (burst.keys < MIN_TYPED_KEYS) return Math.max(burst.mean, gap) <= SHORT_MEAN;
    return burst.mean <= this.settings.maxMean;
  }

  /** Return whether keys are the rest of a code whose beginning was lost. @param {Burst} burst @param {number} gap */
  #isPiece(burst, gap) {
    if (burst.keys >= MIN_KEYS) return false;
    if (this.#isRest(burst)) return true;
    return Math.max(gap, burst.widest) <= (burst.field === "none" ? SHORT_MEAN : MACHINE_MS);
  }

  /** @param {string} ending @param {number} time @returns {Verdict} */
  #end(ending, time) {
    const burst = this.now;
    if (!burst) {
      const follows = time - this.endedAt <= FOLLOW_MS;
      if (follows) this.endedAt = time;
      return follows ? "swallow" : "none";
    }
    const gap = time - burst.lastAt;
    this.reset();
    if (this.#isCode(burst, gap)) return burst.isTail ? this.#cut(burst, time) : this.#finish(burst, ending, time);
    return this.#isPiece(burst, gap) ? this.#spoilt(burst, time) : "none";
  }

  /** Report a code whose end may still come. @param {Burst} burst @param {number} time @returns {Verdict} */
  #cut(burst, time) {
    this.#spoilt(burst, time);
    if (burst.isTail) return "broken";
    if (!this.#isRest(burst)) this.cutText = this.fragment;
    this.cutAt = time;
    return "broken";
  }

  /** Report a code that was not read whole. @param {Burst} burst @param {number} time @returns {Verdict} */
  #spoilt(burst, time) {
    const { typed, us } = burst.conclude();
    this.fragment = typed ?? us ?? "";
    this.endedAt = time;
    this.typedAt = -Infinity;
    return "broken";
  }

  /** Return whether a burst came so soon after a cut one that it may be its rest. @param {Burst} burst */
  #isRest(burst) {
    return burst.startedAt - this.cutAt <= REST_MS;
  }

  /** @param {Burst} burst @param {string} ending @param {number} time @returns {Verdict} */
  #finish(burst, ending, time) {
    this.reset();
    const { typed, us } = burst.conclude();
    const strip = (/** @type {string | null} */ text) => (text === null ? null : stripEnds(text, this.settings));
    const { layout, learned } = this.settings;
    const chosen = chooseText(strip(typed), strip(us), { layout, learned, find: this.find });
    // What follows a code that was cut is its rest, unless it is that code again.
    const isRest = this.#isRest(burst) && !chosen?.text.startsWith(this.cutText);
    if (!chosen?.text || isRest) return this.#spoilt(burst, time);
    this.endedAt = time;
    this.cutAt = this.typedAt = -Infinity;
    this.#learn(burst, ending, chosen.shows);
    this.burst = { ...chosen, ending, keys: burst.keys, mean: burst.mean, typed: typed ?? us ?? "" };
    return "ended";
  }

  /** @param {Burst} burst @param {string} ending @param {"us" | "typed" | undefined} shows */
  #learn(burst, ending, shows) {
    const { settings } = this;
    if (shows) settings.learned = shows;
    if (ending === "silence" || !this.#isScannersPace(burst)) return;
    settings.ending = ending;
    settings.ended = Math.min(ENDINGS_TO_LEARN, settings.ended + 1);
  }
}

/** @param {string} text @param {WedgeSettings} settings */
function stripEnds(text, { prefix, suffix }) {
  let rest = text;
  if (prefix && rest.startsWith(prefix)) rest = rest.slice(prefix.length);
  if (suffix && rest.endsWith(suffix)) rest = rest.slice(0, -suffix.length);
  return rest;
}
