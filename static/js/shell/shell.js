// @ts-check
// The frame of every desk page: the search opens by / or Ctrl+K, its hits are walked by arrows, the sidebar
// narrows, and the bar says what this browser has not sent yet.
import { countOutbox } from "../offline/outbox_batches.js";
import { OutboxStore } from "../offline/outbox_store.js";

const YEAR_S = 31_536_000;
/** A key that follows another one this soon is a scanner's: a code that holds a slash opens no search. */
const SCANNER_MS = 60;

const find = (/** @type {string} */ selector) => /** @type {HTMLElement | null} */ (document.querySelector(selector));
const search = /** @type {HTMLFormElement | null} */ (find("[data-global-search]"));
const field = /** @type {HTMLInputElement | null} */ (search?.querySelector("input") ?? null);
let lastKeyAt = 0;

/** @param {EventTarget | null} target */
function isField(target) {
  return target instanceof Element && target.matches("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
}

/** @param {KeyboardEvent} event */
function opensSearch(event) {
  const isFast = event.timeStamp - lastKeyAt < SCANNER_MS;
  if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") return true;
  return event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !event.isComposing
    && !isFast && !isField(event.target) && !find("dialog:popover-open, dialog[open]");
}

function openSearch() {
  if (field?.checkVisibility()) {
    field.focus();
    field.select();
  } else if (field) location.assign("/search");
}

document.addEventListener("keydown", (event) => {
  const opens = opensSearch(event);
  lastKeyAt = event.timeStamp;
  // On pages that listen for a scanner, its keys are held back, and a person's slash comes as a shortcut.
  if (!opens || event.defaultPrevented) return;
  event.preventDefault();
  openSearch();
});
document.addEventListener("scan:shortcut", (event) => {
  const isFree = !isField(document.activeElement) && !find("dialog:popover-open, dialog[open]");
  if (/** @type {CustomEvent} */ (event).detail.key === "/" && isFree) openSearch();
});

/** @param {number} step */
function walkHits(step) {
  const hits = [...(search?.querySelectorAll("[data-hits] a.hit") ?? [])].map((hit) => /** @type {HTMLElement} */ (hit));
  const at = hits.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  if (at + step < 0) field?.focus();
  else hits[at + step]?.focus();
}

search?.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    walkHits(event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Escape") {
    field?.blur();
    search.toggleAttribute("data-closed", true);
    /** @type {HTMLElement | null} */ (document.activeElement)?.blur();
  }
});
field?.addEventListener("focus", () => search?.toggleAttribute("data-closed", false));
field?.addEventListener("input", () => search?.toggleAttribute("data-closed", false));

const toggle = find("[data-side-toggle]");
toggle?.addEventListener("click", () => {
  const isNarrow = find(".app")?.classList.toggle("narrow-side") ?? false;
  toggle.setAttribute("aria-pressed", String(isNarrow));
  document.cookie = `side=${isNarrow ? "narrow" : ""}; path=/; max-age=${isNarrow ? YEAR_S : 0}; samesite=lax`;
});

async function showSync() {
  const line = find("[data-sync]");
  if (!line) return;
  const records = await new OutboxStore().all().catch(() => []);
  const { waiting, attention, held } = countOutbox(records, null);
  const unsent = waiting + attention + held;
  const words = [];
  if (!navigator.onLine) words.push("Offline");
  if (unsent) words.push(`${unsent} to send`);
  line.hidden = words.length === 0;
  const text = line.querySelector("[data-text]");
  if (text) text.textContent = words.join(" · ");
}

for (const change of ["online", "offline", "pageshow"]) addEventListener(change, showSync);
document.addEventListener("visibilitychange", showSync);
showSync();
document.documentElement.dataset.shell = "";
