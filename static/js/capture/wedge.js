// @ts-check
/**
 * A wedge scanner types its codes. They are found whatever has the focus, and reported as events: `scan:read`,
 * `scan:unsure` where the keys have two meanings, `scan:broken` where a code was not read whole,
 * and `scan:shortcut` where a person pressed a key of the page's own. Its keys are held back
 * from the controls of the page; what a person's key would have done is done a moment later.
 */
import { Snapshots, act, focusOf, isSealed, wouldAct } from "./fields.js";
import { isSilent } from "./key_text.js";
import { WedgeReader } from "./wedge_keys.js";

const SETTINGS_KEY = "scanner.wedge";
/** A person's Enter or blank on a button is held back this long: it may be the first key of a burst. */
const HOLD_MS = 100;
/** A timer or a key that comes this late tells that the machine is busy: keys of the code may be on their way. */
const BUSY_MS = 150;
/** A key of the page's own acts after this time: a scanner that stalls behind its first character presses none. */
const SHORTCUT_MS = 150;

/** Return what the set-up page stored for this browser. @returns {Partial<import("./wedge_keys.js").WedgeSettings>} */
export function loadSettings() {
  try {
    return JSON.parse(localStorage.getItem(SETTINGS_KEY) ?? "{}");
  } catch {
    return {};
  }
}

/** @param {Partial<import("./wedge_keys.js").WedgeSettings>} settings */
export function saveSettings(settings) {
  try {
    localStorage.setItem(SETTINGS_KEY, JSON.stringify(settings));
  } catch {
    // private mode: kept for this page only
  }
}

/** Feeds a reader with the keys of the whole page, and reports each code that it finds. */
class WedgeListener {
  /**
   * @param {WedgeReader} reader
   * @param {EventTarget} target where codes are reported
   * @param {boolean} leavesText a scanner may fill in the text fields of this page, but for those that are sealed
   * @param {ReadonlySet<string>} shortcuts keys of the page's own
   */
  constructor(reader, target, leavesText, shortcuts) {
    this.reader = reader;
    this.target = target;
    this.leavesText = leavesText;
    this.shortcuts = shortcuts;
    this.snapshots = new Snapshots();
    this.timer = 0;
    /** How long the last key was on its way, in ms. */
    this.delay = 0;
    this.startedAt = 0;
    /** The character that the last key types by itself. */
    this.expected = "";
    /** @type {{element: Element | null, key: string, timer: number} | null} a person's key, or the first of a burst */
    this.held = null;
    /** @type {Set<string>} keys that are down and must not act when they come up */
    this.down = new Set();
  }

  // -- what a code became --------------------------------------------------------------------

  /** @param {import("./wedge_keys.js").Verdict} verdict */
  #conclude(verdict) {
    if (verdict !== "ended" && verdict !== "broken") return;
    clearTimeout(this.timer);
    const beginning = this.snapshots.takeBeginning(this.startedAt);
    this.snapshots.restore();
    this.snapshots.forget();
    if (verdict === "broken") this.#tell("broken", { text: beginning + this.reader.fragment });
    else this.#report(beginning);
  }

  /** @param {string} beginning what a person typed of the code before it was scanned */
  #report(beginning) {
    const { reader } = this;
    const burst = /** @type {import("./wedge_keys.js").Read} */ (reader.burst);
    const { learned, ending, ended } = reader.settings;
    const kept = loadSettings();
    if (kept.learned !== learned || kept.ending !== ending || kept.ended !== ended) {
      saveSettings({ ...kept, learned, ending, ended });
    }
    const detail = { ...burst, text: beginning + burst.text, source: beginning ? "typed" : "wedge" };
    if (!burst.readings) this.#tell("read", detail);
    else this.#tell("unsure", { ...detail, readings: burst.readings.map((reading) => beginning + reading) });
  }

  /** @param {string} what @param {object} detail */
  #tell(what, detail) {
    this.target.dispatchEvent(new CustomEvent(`scan:${what}`, { detail }));
  }

  // -- silence -------------------------------------------------------------------------------

  #waitForSilence() {
    clearTimeout(this.timer);
    if (!this.reader.isGathering) return;
    const { silence } = this.reader.settings;
    const due = performance.now() + silence;
    // Once around the event loop: keys that wait in the queue belong to the code.
    this.timer = window.setTimeout(() => (this.timer = window.setTimeout(() => this.#hush(due))), silence);
  }

  /** @param {number} due when it was to be called */
  #hush(due) {
    const now = performance.now();
    const isBusy = Math.max(this.delay, now - due) > BUSY_MS;
    this.delay = 0;
    if (isBusy) {
      this.#waitForSilence();
      return;
    }
    this.#conclude(this.reader.hush(now));
    // The keys were stamped later than the timer was set for: too early by their own clock.
    if (this.reader.isGathering) this.#waitForSilence();
    else if (!this.reader.lapsed) this.snapshots.forget();
  }

  // -- keys ----------------------------------------------------------------------------------

  /** @param {KeyboardEvent} event */
  press(event) {
    if (!event.isTrusted || isSilent(describe(event))) return;
    const focused = document.activeElement;
    const field = focusOf(focused);
    const isFree = (this.leavesText && !isSealed(focused)) || focused?.matches("[data-takes-codes]");
    if (isFree && field === "text" && !this.reader.isHolding) return;
    this.delay = performance.now() - event.timeStamp;
    this.#conclude(this.reader.tick(event.timeStamp));
    const before = this.reader.now ?? this.reader.lapsed;
    const verdict = this.reader.press({ ...describe(event), field });
    if (this.held) this.#release(verdict !== "none");
    if (this.reader.now && this.reader.now !== before) this.#begin();
    this.expected = "";
    if (verdict === "started" || verdict === "added") this.#gather(event, focused, verdict === "started");
    else if (verdict !== "none") this.#stop(event);
    if (verdict === "swallow" && !isHidden(event)) this.snapshots.restore();
    if (this.#isHeldBack(event, verdict, field)) this.#hold(event, focused);
    // The key also enters what an input method is composing. Its field is put back after that.
    if (event.isComposing) setTimeout(() => this.#conclude(verdict));
    else this.#conclude(verdict);
    this.#waitForSilence();
  }

  #begin() {
    this.startedAt = this.reader.now?.startedAt ?? 0;
    this.snapshots.forget();
  }

  /**
   * Let a key that may be a burst's act in a text field only, where a person may be typing. A date takes a digit.
   * @param {KeyboardEvent} event @param {Element | null} focused @param {boolean} isFirst
   */
  #gather(event, focused, isFirst) {
    const field = focusOf(focused);
    if (this.reader.isHolding || field === "none" || (field === "date" && !isFirst)) {
      this.#stop(event);
      return;
    }
    this.snapshots.note(focused);
    if (event.key.length === 1) this.expected = event.key;
  }

  /** @param {KeyboardEvent} event */
  #stop(event) {
    event.preventDefault();
    this.down.add(event.code);
  }

  /** @param {KeyboardEvent} event @param {string} verdict @param {string} field */
  #isHeldBack(event, verdict, field) {
    if (field !== "none" || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return false;
    const isFirst = verdict === "started" && (event.key === " " || this.shortcuts.has(event.key));
    const isPrefix = verdict === "none" && event.key === "Enter" && !event.isComposing;
    return (isFirst || isPrefix) && (this.shortcuts.has(event.key) || wouldAct(document.activeElement, event.key));
  }

  /** @param {KeyboardEvent} event @param {Element | null} element */
  #hold(event, element) {
    this.#stop(event);
    const wait = this.shortcuts.has(event.key) ? SHORTCUT_MS : HOLD_MS;
    const timer = window.setTimeout(() => this.#release(false), wait);
    this.held = { element, key: event.key, timer };
  }

  /** Let a key that was held back act, unless it was the first of a burst. @param {boolean} isBurst */
  #release(isBurst) {
    const held = this.held;
    this.held = null;
    clearTimeout(held?.timer);
    if (!held || isBurst) return;
    if (held.key !== "Enter") this.reader.reset();
    if (this.shortcuts.has(held.key)) this.#tell("shortcut", { key: held.key });
    else act(held.element, held.key);
  }

  /** @param {KeyboardEvent} event */
  lift(event) {
    if (event.key === "Alt") {
      this.reader.releaseAlt(event.timeStamp, focusOf(document.activeElement));
      this.#waitForSilence();
    }
    // Some browsers press a button when the blank comes up.
    if (this.down.delete(event.code)) event.preventDefault();
  }

  // -- text that no key says -----------------------------------------------------------------

  /** @param {InputEvent} event */
  enter(event) {
    if (!event.isTrusted) return;
    const { inputType, data } = event;
    const target = /** @type {HTMLElement} */ (event.target);
    const isComposed = inputType === "insertCompositionText";
    if (!data || (inputType !== "insertText" && !isComposed)) return;
    const isByKey = inputType === "insertText" && data === this.expected;
    this.expected = "";
    const { reader } = this;
    // What a key types tells no time: its event is made when the key is delivered, which may be late.
    if (!isByKey) this.#conclude(reader.tick(event.timeStamp));
    const before = reader.now ?? reader.lapsed;
    const field = focusOf(target);
    // A phone's page that shows no keyboard: only a device types there.
    const isMachine = field === "scan" && target.inputMode === "none";
    if (!isByKey) reader.insert(data, { time: event.timeStamp, field, isMachine, isComposed });
    if (!reader.isGathering) return;
    if (reader.now !== before) this.#begin();
    this.snapshots.note(target); // the focus may have moved since the key was pressed
    if (reader.isHolding) {
      event.preventDefault();
      if (!isComposed) this.snapshots.restore();
    }
    this.#waitForSilence();
  }

}

/** @param {KeyboardEvent} event @returns {import("./key_text.js").Key} */
export function describe(event) {
  return {
    key: event.key, code: event.code, shift: event.shiftKey, ctrl: event.ctrlKey, alt: event.altKey, meta: event.metaKey,
    caps: event.getModifierState("CapsLock"), altGraph: event.getModifierState("AltGraph"), repeat: event.repeat,
    time: event.timeStamp,
  };
}

/** Return whether an input method takes a key, and may be composing. @param {KeyboardEvent} event */
function isHidden(event) {
  return event.isComposing || event.key === "Process" || event.key === "Unidentified";
}

/** A person said how the scanner's and the computer's keyboards go together. @param {WedgeReader} reader @param {"us" | "typed"} layout */
export function learnLayout(reader, layout) {
  reader.settings.learned = layout;
  saveSettings({ ...loadSettings(), learned: layout });
}

/**
 * Listen to the keys of the whole page.
 * @param {{find?: (code: string) => unknown, settings?: object, target?: EventTarget, leavesText?: boolean,
 *   shortcuts?: ReadonlySet<string>}} [options] `find`: what is known by a code; `leavesText`: a scanner may fill in the
 *   text fields of this page, but for those that are sealed; `shortcuts`: keys of the page's own, which are told by `scan:shortcut`
 * @returns {WedgeReader}
 */
export function listenToWedge(options = {}) {
  const { find = () => null, settings = loadSettings(), target = document, leavesText = false, shortcuts = new Set() } = options;
  const reader = new WedgeReader(settings, find);
  const listener = new WedgeListener(reader, target, leavesText, shortcuts);
  const early = { capture: true };
  const field = /** @type {HTMLInputElement | null} */ (document.querySelector("[data-scan-form] [name=code]"));
  // The first keys may have come before this script.
  if (field && field.value !== field.defaultValue) listener.snapshots.noteTyped(field, performance.now());
  window.addEventListener("keydown", (event) => listener.press(event), early);
  window.addEventListener("keyup", (event) => listener.lift(event), early);
  window.addEventListener("beforeinput", (event) => listener.enter(/** @type {InputEvent} */ (event)), early);
  window.addEventListener("compositionend", () => reader.commit(), early);
  window.addEventListener("pointerdown", () => reader.turn(), early);
  window.addEventListener("blur", () => reader.spoil());
  document.addEventListener("input", (event) => {
    if (event.isTrusted) listener.snapshots.noteTyped(event.target, event.timeStamp);
  }, early);
  return reader;
}
