// @ts-check
/** A wedge scanner types its codes. They are found whatever has the focus, and reported as `scan:read` events. */
import { WedgeReader } from "./wedge_keys.js";

const SETTINGS_KEY = "scanner.wedge";
/** Text that a person typed into the scan field this shortly before belongs to the same code. */
const SAME_CODE_MS = 2000;
const TEXTUAL = new Set(["text", "search", "email", "url", "tel", "password", "number", ""]);

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
  localStorage.setItem(SETTINGS_KEY, JSON.stringify(settings));
}

/** What a field held before a burst ran into it. */
class Snapshot {
  /** @param {Element | null} element @param {number} since ms since the key before */
  constructor(element, since) {
    this.element = element;
    this.since = since;
    this.value = null;
    if (isTextual(element) || element instanceof HTMLSelectElement) {
      this.value = element.value;
      try {
        this.start = /** @type {HTMLInputElement} */ (element).selectionStart;
        this.end = /** @type {HTMLInputElement} */ (element).selectionEnd;
      } catch {
        this.start = this.end = null; // type=number has no selection
      }
    }
  }

  /** Take out what is in the scan field already, where the burst is only the end of the code: typed, or cut by a slow start. */
  takeBeginning() {
    const isScanField = this.element instanceof HTMLInputElement && this.element.matches("[data-scan-form] [name=code]");
    if (!isScanField || this.since > SAME_CODE_MS || !this.value) return "";
    const beginning = this.value;
    this.value = "";
    return beginning;
  }

  restore() {
    const element = /** @type {HTMLInputElement} */ (this.element);
    if (this.value === null || element.value === this.value) return;
    element.value = this.value;
    if (this.start != null && element.setSelectionRange) {
      try {
        element.setSelectionRange(this.start, this.end ?? this.start);
      } catch {
        // a field without a selection
      }
    }
    element.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

/** @param {unknown} element @returns {element is HTMLInputElement | HTMLTextAreaElement} */
export function isTextual(element) {
  if (element instanceof HTMLTextAreaElement) return !element.readOnly && !element.disabled;
  return element instanceof HTMLInputElement && TEXTUAL.has(element.type) && !element.readOnly;
}

/** Feeds a reader with the keys of the whole page, and reports each code that it finds. */
class WedgeListener {
  /** @param {WedgeReader} reader @param {EventTarget} target where codes are reported */
  constructor(reader, target) {
    this.reader = reader;
    this.target = target;
    /** @type {Snapshot | null} */
    this.snapshot = null;
    this.timer = 0;
    this.pressedAt = -Infinity;
  }

  #report() {
    const beginning = this.snapshot?.takeBeginning() ?? "";
    this.snapshot?.restore();
    this.snapshot = null;
    const detail = { ...this.reader.burst, source: beginning ? "typed" : "wedge" };
    if (beginning) detail.text = beginning + detail.text;
    this.target.dispatchEvent(new CustomEvent("scan:read", { detail }));
  }

  #waitForSilence() {
    this.timer = window.setTimeout(() => this.#hush(), this.reader.settings.silence);
  }

  #hush() {
    // Once around the event loop: keys that wait in the queue belong to the code.
    setTimeout(() => {
      if (this.reader.hush(performance.now())) this.#report();
      // The keys were stamped later than the timer was set for: too early by their own clock.
      else if (this.reader.isGathering) this.#waitForSilence();
    });
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    if (event.isComposing || event.key === "Unidentified" || event.key === "Process") return;
    const focused = document.activeElement;
    const wasGathering = this.reader.isGathering;
    const verdict = this.reader.press({
      key: event.key, code: event.code, shift: event.shiftKey, ctrl: event.ctrlKey, alt: event.altKey,
      meta: event.metaKey, caps: event.getModifierState("CapsLock"), time: event.timeStamp,
    });
    clearTimeout(this.timer);
    if (verdict === "ended" || verdict === "swallow") {
      event.preventDefault();
      event.stopImmediatePropagation();
      if (verdict === "ended") this.#report();
      return;
    }
    if (verdict === "started") this.snapshot = new Snapshot(focused, event.timeStamp - this.pressedAt);
    this.pressedAt = event.timeStamp;
    if (!this.reader.isGathering) return;
    this.#waitForSilence();
    const isButton = focused instanceof HTMLElement && focused.matches("button, a, summary, [role=button]");
    // A blank inside a code must not press the button that happens to have the focus.
    if (event.key === " " && wasGathering && isButton) event.preventDefault();
    // Firefox opens its quick search at these, and the rest of the code would go there.
    if ((event.key === "/" || event.key === "'") && !isTextual(focused)) event.preventDefault();
  }
}

/**
 * Listen to the keys of the whole page.
 * @param {{isKnown?: (code: string) => boolean, settings?: object, target?: EventTarget}} [options]
 * @returns {WedgeReader}
 */
export function listenToWedge({ isKnown = () => false, settings = loadSettings(), target = document } = {}) {
  const reader = new WedgeReader(settings, isKnown);
  const listener = new WedgeListener(reader, target);
  document.addEventListener("keydown", (event) => listener.press(event), { capture: true });
  document.addEventListener(
    "keyup",
    (event) => {
      if (event.key === "Alt") reader.releaseAlt(event.timeStamp);
    },
    { capture: true },
  );
  return reader;
}
