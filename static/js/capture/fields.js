// @ts-check
/** The controls of a page under a scanner's keys: what they held, how they are put back, and what a person's key would do. */

const TEXTUAL = new Set(["text", "search", "email", "url", "tel", "password", "number", ""]);
const DATED = new Set(["date", "time", "datetime-local", "month", "week"]);
const SCAN_FIELD = "[data-scan-form] [name=code]";
/** Text that a person typed into the scan field this shortly before belongs to the same code. */
const SAME_CODE_MS = 2000;
/** What Enter and the blank press. */
const PRESSED = "a[href], button, summary, [role=button], input:is([type=button], [type=submit], [type=reset], [type=image],"
  + " [type=file], [type=color])";
const TICKED = "input:is([type=checkbox], [type=radio])";

/** @param {unknown} element @returns {element is HTMLInputElement | HTMLTextAreaElement} */
export function isTextual(element) {
  if (element instanceof HTMLTextAreaElement) return !element.readOnly && !element.disabled;
  return element instanceof HTMLInputElement && TEXTUAL.has(element.type) && !element.readOnly;
}

/** Return whether a text is kept with a person's name as part of a record: no code may get into it. @param {Element | null} element */
export function isSealed(element) {
  return element !== null && element.matches("[data-sealed]");
}

/** Return what keys go into. @param {Element | null} element @returns {import("./key_text.js").Focus} */
export function focusOf(element) {
  if (element instanceof HTMLInputElement && DATED.has(element.type) && !element.readOnly) return "date";
  if (isTextual(element)) return element.matches(SCAN_FIELD) ? "scan" : "text";
  return element instanceof HTMLElement && element.isContentEditable ? "text" : "none";
}

/**
 * @typedef {{value: string, isPartial: boolean, typedAt: number, start: number | null, end: number | null}} Before
 *   `isPartial`: some parts of a date are filled in, which its value does not tell
 */

/** What fields held before a burst ran into them. */
export class Snapshots {
  constructor() {
    /** @type {Map<Element, Before>} */
    this.held = new Map();
    /** What was last entered into the scan field, and when. */
    this.typed = { value: "", at: -Infinity };
  }

  /** Remember what a field holds, unless that is done. @param {EventTarget | null} element */
  note(element) {
    const holds = isTextual(element) || element instanceof HTMLSelectElement || focusOf(/** @type {any} */ (element)) === "date";
    if (!holds || this.held.has(/** @type {Element} */ (element))) return;
    const field = /** @type {HTMLInputElement} */ (element);
    const isText = isTextual(field) && field.type !== "number" && field.type !== "email"; // these have no selection
    this.held.set(field, {
      value: field.value, isPartial: Boolean(field.validity?.badInput), typedAt: field.value === this.typed.value ? this.typed.at : -Infinity,
      start: isText ? field.selectionStart : null, end: isText ? field.selectionEnd : null,
    });
  }

  /** Note what a person entered into the scan field. @param {EventTarget | null} field @param {number} at */
  noteTyped(field, at) {
    if (field instanceof HTMLInputElement && field.matches(SCAN_FIELD)) this.typed = { value: field.value, at };
  }

  /**
   * Return what a person typed into the scan field as the beginning of a code whose end was scanned, and empty the field.
   * @param {number} startedAt when the burst began
   */
  takeBeginning(startedAt) {
    for (const [field, before] of this.held) {
      if (!field.matches(SCAN_FIELD) || !before.value || startedAt - before.typedAt > SAME_CODE_MS) continue;
      const beginning = before.value;
      before.value = "";
      return beginning;
    }
    return "";
  }

  /** Put back what the fields held. */
  restore() {
    for (const [field, before] of this.held) putBack(/** @type {HTMLInputElement} */ (field), before);
  }

  forget() {
    this.held.clear();
  }
}

/** @param {HTMLInputElement} field @param {Before} before */
function putBack(field, { value, isPartial, start, end }) {
  // Parts of a date that a person filled in cannot be written back. They are left.
  const becamePartial = !isPartial && Boolean(field.validity?.badInput);
  if (field.value === value && !becamePartial) return;
  field.value = value;
  if (start !== null && document.activeElement === field) field.setSelectionRange(start, end ?? start);
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

/** Return whether a key would act on what has the focus. @param {Element | null} element @param {string} key */
export function wouldAct(element, key) {
  if (key === " ") return true;
  return key === "Enter" && element !== null && element.matches(PRESSED);
}

/** Do what a person's key would have done, had it not been held back. @param {Element | null} element @param {string} key */
export function act(element, key) {
  if (!(element instanceof HTMLElement) || document.activeElement !== element) return;
  if (element instanceof HTMLSelectElement) {
    try {
      element.showPicker();
    } catch {
      // this browser opens it by the arrow keys
    }
  } else if (element.matches(key === "Enter" ? PRESSED : `${PRESSED}, ${TICKED}`) && !(key === " " && element.matches("a"))) {
    element.click();
  } else if (key === " ") {
    const box = element.scrollHeight > element.clientHeight && element !== document.body ? element : window;
    box.scrollBy({ top: innerHeight * 0.8 });
  }
}
