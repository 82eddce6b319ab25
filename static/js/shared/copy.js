// @ts-check
// A button with data-copy copies the text of the element that it names, or of the field that it is in.
import { showToast } from "./htmx_setup.js";

/** @param {HTMLElement} source */
function select(source) {
  if (source instanceof HTMLTextAreaElement || source instanceof HTMLInputElement) source.select();
  else getSelection()?.selectAllChildren(source);
}

/** @param {HTMLElement} source */
async function copy(source) {
  const text = source instanceof HTMLTextAreaElement ? source.value : source.textContent ?? "";
  try {
    await navigator.clipboard.writeText(text.trim());
    showToast("Copied.");
  } catch {
    // Over plain HTTP a browser gives no clipboard.
    select(source);
    showToast("Selected. Press Ctrl C, or hold and choose Copy.");
  }
}

document.addEventListener("click", (event) => {
  const button = /** @type {HTMLElement | null} */ (event.target instanceof Element ? event.target.closest("[data-copy]") : null);
  if (!button) return;
  const source = button.dataset.copy
    ? document.querySelector(button.dataset.copy)
    : button.closest("[data-copy-field]")?.querySelector("[data-copy-text]");
  if (source instanceof HTMLElement) copy(source);
});
