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

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const target = /** @type {HTMLElement} */ (event.target);
  const isTyping = target.matches("input:not([type=checkbox]), textarea, select");
  const finding = current();
  if (isTyping || target.closest("dialog")) return; // a dialog has its own Enter and Escape
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
  event.preventDefault();
  act();
});

document.addEventListener("htmx:afterSwap", (event) => {
  const { target, xhr } = /** @type {CustomEvent} */ (event).detail;
  const id = /** @type {HTMLElement} */ (target).id;
  if (!id.startsWith("finding-")) return;
  const now = document.getElementById(id);
  if (xhr.status === 422) {
    press(now, "[data-reject]"); // the dialog asks for the missing reason
    return;
  }
  const findings = all();
  const rest = now ? findings.slice(findings.indexOf(now) + 1) : findings;
  (rest.find((finding) => finding.matches(OPEN)) ?? now)?.focus();
});
