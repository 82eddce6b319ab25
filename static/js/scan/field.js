// @ts-check
/** The scan field: Enter sends what is in it, the focus returns to it, and a phone's keyboard stays down. */
import { isTextual } from "../capture/fields.js";

const INTERACTIVE = "a, button, input, select, textarea, summary, label, dialog, [contenteditable]";

/**
 * Keep what is entered before the page's scripts are ready, since a handheld does not wait. Otherwise the
 * form would send it by itself, and without a network it would be lost.
 * @param {HTMLFormElement} form
 * @returns {() => void} hands on what was kept, once the scripts are ready
 */
export function holdEarly(form) {
  const field = /** @type {HTMLInputElement} */ (form.elements.namedItem("code"));
  /** @type {string[]} */
  const texts = [];
  const hold = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (field.value.trim()) texts.push(field.value);
    field.value = "";
  };
  form.addEventListener("submit", hold);
  return () => {
    form.removeEventListener("submit", hold);
    for (const text of texts) read(text, "typed");
  };
}

/** @param {string} text @param {string} source */
function read(text, source) {
  document.dispatchEvent(new CustomEvent("scan:read", { detail: { text, source, symbology: null } }));
}

/** The field: what is entered into it becomes a read, and the focus returns to it. */
class ScanField {
  /** @param {HTMLElement} page @param {HTMLFormElement} form @param {(text: string, source: string) => void} take */
  constructor(page, form, take) {
    this.page = page;
    this.form = form;
    this.take = take;
    this.field = /** @type {HTMLInputElement} */ (form.elements.namedItem("code"));
    this.pointedAt = this.typedAt = 0;
  }

  focus() {
    if (document.querySelector("dialog[open]")) return;
    if (document.activeElement !== this.field) this.field.focus({ preventScroll: true });
  }

  bindEntry() {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      delete this.page.dataset.givenCode;
      this.#take("typed");
      this.focus();
    });
    this.field.addEventListener("paste", (event) => {
      const pasted = event.clipboardData?.getData("text") ?? "";
      const lines = pasted.split(/[\r\n]+/).filter((line) => line.trim());
      if (lines.length < 2) return; // one code: the person looks at it before it is sent
      event.preventDefault();
      for (const line of lines) read(line, "typed");
    });
  }

  /** @param {string} source */
  #take(source) {
    const text = this.field.value;
    this.field.value = ""; // before anything else: the next code may be on its way already
    if (text.trim()) this.take(text, source);
  }

  /** Keep a phone's keyboard down: otherwise it would cover half the page at every scan. */
  bindKeyboard() {
    const { page, field } = this;
    const typeButton = /** @type {HTMLElement | null} */ (page.querySelector("[data-type]"));
    const isPhone = matchMedia("(pointer: coarse)").matches;
    if (isPhone) field.inputMode = "none";
    if (!typeButton || !isPhone) {
      page.dataset.typing = "";
      return;
    }
    typeButton.addEventListener("click", () => {
      const types = page.dataset.typing === undefined;
      if (types) page.dataset.typing = "";
      else delete page.dataset.typing;
      field.inputMode = types ? "text" : "none";
      field.blur();
      field.focus();
    });
  }

  bindFocus() {
    document.addEventListener("click", (event) => {
      const target = event.target instanceof Element ? event.target : null;
      if (target?.closest(INTERACTIVE) || getSelection()?.toString()) return;
      this.focus();
    });
    document.addEventListener("focusout", (event) => {
      // Focus that goes nowhere (a button that was switched off, a dialog that closed) comes back.
      if (event.relatedTarget) return;
      setTimeout(() => {
        const isNowhere = document.activeElement === document.body || !document.activeElement;
        if (document.hasFocus() && isNowhere) this.focus();
      });
    });
    document.addEventListener("pointerdown", (event) => (this.pointedAt = event.timeStamp), { capture: true });
    document.addEventListener("keydown", (event) => (this.typedAt = event.timeStamp), { capture: true });
    this.form.addEventListener("change", (event) => {
      // Keys choose step by step, and each step is a change. A pointer chooses once.
      const isText = isTextual(event.target) && event.target !== this.field;
      if (!isText && this.pointedAt > this.typedAt) this.focus();
    });
    document.querySelector("dialog[data-queue]")?.addEventListener("close", () => this.focus());
    if (!isTextual(document.activeElement)) this.focus();
    this.field.select(); // the first key of a scanner replaces what a link put there
  }
}

/**
 * @param {HTMLElement} page
 * @param {HTMLFormElement} form
 * @param {(text: string, source: string) => void} [take] takes what a person typed; otherwise it is a read like any other
 * @returns {{focus: () => void}}
 */
export function bindScanField(page, form, take = read) {
  const field = new ScanField(page, form, take);
  field.bindEntry();
  field.bindKeyboard();
  field.bindFocus();
  return field;
}
