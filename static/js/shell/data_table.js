// @ts-check
// Selecting rows of a data table: one by one, all between two with Shift, the whole page by its header, all that
// match by the bar; j and k walk the rows, x selects one. Without this script boxes and bar work by themselves.

import { refuseCodes } from "../phone/refuse_codes.js";

const TABLE = "[data-table]";
const ROW = `${TABLE} :is(tr, li)`;

/** @type {HTMLInputElement | null} the box that was pressed last: Shift selects from here */
let anchor = null;

/** @param {Element} table @returns {HTMLInputElement[]} */
function boxesOf(table) {
  return [...table.querySelectorAll("[data-pick]")].map((box) => /** @type {HTMLInputElement} */ (box));
}

/** @param {Element} table */
function refresh(table) {
  const boxes = boxesOf(table);
  const chosen = boxes.filter((box) => box.checked).length;
  const match = /** @type {HTMLInputElement | null} */ (table.querySelector("[data-pick-match]"));
  const all = /** @type {HTMLInputElement | null} */ (table.querySelector("[data-pick-all]"));
  if (match && chosen < boxes.length) match.checked = false;
  if (all) {
    all.checked = chosen > 0 && chosen === boxes.length;
    all.indeterminate = chosen > 0 && chosen < boxes.length;
  }
  const count = match?.checked ? Number(match.dataset.total) : chosen;
  table.toggleAttribute("data-any", chosen > 0);
  const text = table.querySelector("[data-bulk-count]");
  if (text) text.textContent = `${count.toLocaleString("en")} selected`;
}

/** @param {Element} table @param {boolean} isChecked */
function setAll(table, isChecked) {
  for (const box of boxesOf(table)) box.checked = isChecked;
}

/** @param {Element} table @param {HTMLInputElement} box */
function selectBetween(table, box) {
  const boxes = boxesOf(table);
  const ends = [boxes.indexOf(/** @type {HTMLInputElement} */ (anchor)), boxes.indexOf(box)].sort((a, b) => a - b);
  if (ends[0] >= 0) for (const one of boxes.slice(ends[0], ends[1] + 1)) one.checked = box.checked;
}

document.addEventListener("click", (event) => {
  const target = /** @type {Element} */ (event.target);
  const table = target.closest?.(TABLE);
  if (!table) return;
  if (target.closest("[data-pick-none]")) {
    setAll(table, false);
    refresh(table);
    return;
  }
  const box = /** @type {HTMLInputElement | null} */ (target.closest("[data-pick]"));
  if (!box) return;
  if (event.shiftKey && anchor) selectBetween(table, box);
  anchor = box;
  refresh(table);
});

document.addEventListener("change", (event) => {
  const target = /** @type {HTMLInputElement} */ (event.target);
  const table = target.closest(TABLE);
  if (!table) return;
  if (target.matches("[data-pick-all]")) setAll(table, target.checked);
  if (target.matches("[data-pick-match]") && target.checked) setAll(table, true);
  refresh(table);
});

/** @param {number} step */
function walk(step) {
  const links = [...document.querySelectorAll(`${TABLE} .row-link`)].map((link) => /** @type {HTMLElement} */ (link));
  const row = document.activeElement?.closest(ROW);
  const at = links.findIndex((link) => link.closest(ROW) === row);
  links[at < 0 ? 0 : at + step]?.focus();
}

function pickFocused() {
  const box = document.activeElement?.closest(ROW)?.querySelector("[data-pick]");
  if (box instanceof HTMLInputElement) box.click();
}

const KEYS = { j: () => walk(1), k: () => walk(-1), x: pickFocused };

// A keyboard scanner types these letters too: they act a moment later, and not at all as part of its code.
refuseCodes({ leavesText: true, shortcuts: new Set(Object.keys(KEYS)) });
document.addEventListener("scan:shortcut", (event) => {
  const { key } = /** @type {CustomEvent} */ (event).detail;
  const isTyping = document.activeElement?.matches("input:not([type=checkbox]), textarea, select");
  if (!isTyping && !document.querySelector(":popover-open")) KEYS[/** @type {keyof typeof KEYS} */ (key)]?.();
});

function begin() {
  for (const table of document.querySelectorAll(TABLE)) {
    table.toggleAttribute("data-scripted", true);
    refresh(table);
  }
}

document.addEventListener("htmx:afterSettle", begin);
addEventListener("pageshow", begin);
begin();
document.documentElement.dataset.tables = "";
