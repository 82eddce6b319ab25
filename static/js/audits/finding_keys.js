// @ts-check
// The reconciliation by keyboard: j and k go through the findings, a accepts, r asks for the reason (Enter
// then rejects), s takes what a rule suggests, e shows the evidence, x selects, c opens the comments. After a decision the focus goes to the next open finding. A keyboard
// scanner types these letters too: they act a moment later, and not at all as part of its code.
import { refuseCodes } from "../phone/refuse_codes.js";

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

/** @param {HTMLElement | null} finding */
function openComments(finding) {
  /** @type {HTMLAnchorElement | null} */
  const link = finding?.querySelector("a[data-evidence]") ?? null;
  if (link) location.assign(`${link.href}#comments`);
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

function isForOthers() {
  return wasTyping || isField(document.activeElement) || document.querySelector("dialog:popover-open, dialog[open]") !== null;
}

const KEYS = {
  j: () => walk(1),
  k: () => walk(-1),
  a: () => press(current(), "[data-accept]"),
  r: () => press(current(), "[data-reject]"),
  s: () => press(current(), "[data-suggested]"),
  e: () => press(current(), "[data-evidence]"),
  x: () => press(current(), ".pick input"),
  c: () => openComments(current()),
};

refuseCodes({ shortcuts: new Set(Object.keys(KEYS)) });
document.addEventListener("scan:shortcut", (event) => {
  const { key } = /** @type {CustomEvent} */ (event).detail;
  if (!isForOthers()) KEYS[/** @type {keyof typeof KEYS} */ (key)]?.();
});
// A held key walks on; no scanner holds one. It must not decide one finding after the other.
document.addEventListener("keydown", (event) => {
  if (!event.repeat || event.ctrlKey || event.metaKey || event.altKey || isForOthers()) return;
  if (event.key !== "j" && event.key !== "k") return;
  event.preventDefault();
  KEYS[event.key]();
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
