// @ts-check
/** The scan field: Enter sends what stands in it, the focus comes back to it, phones keep their keyboard down. */
import { isTextual } from "../capture/wedge.js";

const SILENCE_MS = 150;
/** A handheld that types through Android's input method gives its code in pieces of this size or more. */
const PIECE = 4;
const INTERACTIVE = "a, button, input, select, textarea, summary, label, dialog, [contenteditable]";

/**
 * A handheld does not wait for a page: what it enters before the parts of the page stand is kept here,
 * where the form would send it by itself, into no network perhaps.
 * @param {HTMLFormElement} form
 * @returns {() => void} hands on what was kept, once the parts stand
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

/**
 * @param {HTMLElement} page
 * @param {HTMLFormElement} form
 * @returns {{focus: () => void}}
 */
export function bindScanField(page, form) {
  const field = /** @type {HTMLInputElement} */ (form.elements.namedItem("code"));
  const typeButton = /** @type {HTMLElement | null} */ (page.querySelector("[data-type]"));
  const isPhone = matchMedia("(pointer: coarse)").matches;

  const focus = () => {
    if (document.querySelector("dialog[open]")) return;
    if (document.activeElement !== field) field.focus({ preventScroll: true });
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = field.value;
    field.value = ""; // before anything else: the next code may be on its way already
    clearTimeout(timer);
    delete page.dataset.givenCode;
    if (text.trim()) read(text, "typed");
    focus();
  });

  field.addEventListener("paste", (event) => {
    const pasted = event.clipboardData?.getData("text") ?? "";
    const lines = pasted.split(/[\r\n]+/).filter((line) => line.trim());
    if (lines.length < 2) return; // one code: to be looked at before it is sent
    event.preventDefault();
    for (const line of lines) read(line, "typed");
  });

  let timer = 0;
  field.addEventListener("input", (event) => {
    clearTimeout(timer);
    if (field.inputMode !== "none") return; // a person types on a keyboard that completes words
    const data = /** @type {InputEvent} */ (event).data ?? "";
    if (data.length < PIECE) return;
    timer = window.setTimeout(() => {
      const text = field.value;
      field.value = "";
      if (text.trim()) read(text, "wedge");
    }, SILENCE_MS);
  });

  // Without this a phone would open its keyboard over half the page at every scan.
  if (isPhone) field.inputMode = "none";
  if (typeButton && isPhone) {
    typeButton.addEventListener("click", () => {
      const types = page.dataset.typing === undefined;
      if (types) page.dataset.typing = "";
      else delete page.dataset.typing;
      field.inputMode = types ? "text" : "none";
      field.blur();
      field.focus();
    });
  } else page.dataset.typing = "";

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (target?.closest(INTERACTIVE) || getSelection()?.toString()) return;
    focus();
  });
  document.addEventListener("focusout", (event) => {
    // Focus that goes nowhere (a button that was switched off, a dialog that closed) comes back.
    if (event.relatedTarget) return;
    setTimeout(() => {
      if (document.hasFocus() && (document.activeElement === document.body || !document.activeElement)) focus();
    });
  });
  document.querySelector("dialog[data-queue]")?.addEventListener("close", focus);
  if (!isTextual(document.activeElement)) focus();
  field.select(); // what a link brought gives way to the first key of a scanner
  return { focus };
}
