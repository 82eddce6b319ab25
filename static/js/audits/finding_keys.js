// @ts-check
// The reconciliation by keyboard: j and k go through the findings, a accepts, r asks for the reason (Enter
// then rejects), e shows the evidence, x selects. After a decision the focus goes to the next open finding.

const LIST = "[data-findings]";
const OPEN = "[data-finding]:not([data-decided])";

/** @returns {HTMLElement[]} */
function all() {
  return [...document.querySelectorAll(`${LIST} [data-finding]`)].map((e) => /** @type {HTMLElement} */ (e));
}

/** @returns {HTMLElement | null} */
function current() {
  return /** @type {HTMLElement | null} */ (document.activeElement?.closest("[data-finding]") ?? null);
}

/** @param {number} step */
function walk(step) {
  const findings = all();
  const now = current();
  const next = now ? findings[findings.indexOf(now) + step] : findings[step > 0 ? 0 : findings.length - 1];
  next?.focus();
}

/** @param {Element | null} finding @param {string} selector */
function press(finding, selector) {
  /** @type {HTMLElement | null} */ (finding?.querySelector(selector) ?? null)?.click();
}

/** @param {EventTarget | null} target */
function isField(target) {
  return target instanceof Element && target.matches("input:not([type=checkbox]), textarea, select");
}

// A field that goes away, with its dialog or by a swap, leaves the focus on the page: whoever is still typing
// there must not decide findings. Only a person's own step out of the field ends this.
let wasTyping = false;
document.addEventListener("focusin", (event) => {
  wasTyping = isField(event.target);
});
document.addEventListener("pointerdown", () => {
  wasTyping = false;
});

/** @param {KeyboardEvent} event */
function isForOthers(event) {
  return event.ctrlKey || event.metaKey || event.altKey || event.isComposing || wasTyping
    || isField(event.target) || document.querySelector("dialog:popover-open, dialog[open]") !== null;
}

document.addEventListener("keydown", (event) => {
  if (isForOthers(event)) return;
  const finding = current();
  const keys = {
    j: () => walk(1),
    k: () => walk(-1),
    a: () => press(finding, "[data-accept]"),
    r: () => press(finding, "[data-reject]"),
    e: () => press(finding, "[data-evidence]"),
    x: () => press(finding, ".pick input"),
  };
  const act = keys[/** @type {keyof typeof keys} */ (event.key)];
  if (!act) return;
  if (event.repeat && act !== keys.j && act !== keys.k) return; // a held key must not decide one after the other
  event.preventDefault();
  act();
});

// htmx fires this for each part of an answer, so for one finding and again for each count beside it.
document.addEventListener("htmx:afterSettle", (event) => {
  const now = /** @type {HTMLElement} */ (event.target);
  if (!now.matches("[data-finding]")) return;
  const { xhr } = /** @type {CustomEvent} */ (event).detail;
  if (xhr.status === 422) {
    /** @type {HTMLElement | null} */ (now.querySelector("dialog"))?.showPopover(); // asks for what is missing
    return;
  }
  const findings = all();
  const rest = findings.slice(findings.indexOf(now) + 1);
  (rest.find((finding) => finding.matches(OPEN)) ?? now).focus();
});
