// @ts-check
/**
 * How far the location that is set has been counted: "12 of 31", and what is missing. From the server
 * when it answers, otherwise from the expected list on the phone, at once after each scan.
 */
import { text } from "../scan/view.js";

const OPEN_KEY = "scanner.here_open";
/** Several answers in a row cause one request. */
const SETTLE_MS = 250;
/** Other people count here too. */
const REGULARLY_MS = 15_000;
const PATIENCE_MS = 8000;
const MAX_ROWS = 100;

/** @typedef {import("../offline/lists.js").Place} Place */

export class RoomPanel {
  /**
   * @param {HTMLElement} page
   * @param {{audit: number | null, lists: import("../offline/lists.js").Lists}} parts
   */
  constructor(page, { audit, lists }) {
    this.audit = audit;
    this.lists = lists;
    this.button = /** @type {HTMLButtonElement} */ (page.querySelector("[data-here-button]"));
    this.count = /** @type {HTMLElement} */ (page.querySelector("[data-here-count]"));
    this.box = /** @type {HTMLElement} */ (page.querySelector("[data-here]"));
    this.moment = /** @type {HTMLElement} */ (page.querySelector("[data-room-complete]"));
    /** @type {Place | null} */
    this.place = null;
    this.timer = 0;
    this.round = 0;
    this.isOpen = remembered();
    if (audit === null) return;
    this.button.addEventListener("click", () => {
      this.isOpen = !this.isOpen;
      try {
        localStorage.setItem(OPEN_KEY, this.isOpen ? "1" : "0");
      } catch {
        // private mode: kept for this page only
      }
      this.#showBox();
    });
    setInterval(() => document.visibilityState === "visible" && this.ask(), REGULARLY_MS);
  }

  /** @param {Place | null} place the location that is set now */
  setPlace(place) {
    if (this.audit === null || place?.code === this.place?.code) return;
    this.place = place;
    this.round += 1;
    this.hasAnswer = false;
    this.box.replaceChildren();
    this.count.textContent = "";
    this.moment.hidden = true;
    this.moment.querySelector("[data-next]")?.replaceChildren();
    this.#showBox();
    this.show();
    this.ask();
  }

  /** Show what the phone knows by itself. */
  show() {
    if (!this.place) return;
    const progress = this.lists.progressIn(this.place);
    if (progress) this.#render(progress);
  }

  /** Ask the server soon. */
  ask() {
    if (!this.place || this.audit === null) return;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.#fetch(), SETTLE_MS);
  }

  async #fetch() {
    const { place } = this;
    if (!place) return;
    this.round += 1;
    const { round } = this;
    try {
      const answer = await fetch(`/audits/${this.audit}/here?place=${encodeURIComponent(place.code)}`, {
        headers: { "HX-Request": "true" }, redirect: "error", cache: "no-store", credentials: "same-origin",
        signal: AbortSignal.timeout ? AbortSignal.timeout(PATIENCE_MS) : undefined,
      });
      if (answer.status !== 200) return;
      const body = new DOMParser().parseFromString(await answer.text(), "text/html");
      const section = body.querySelector("#here");
      // An answer to an older request, or about another location, is out of date.
      if (!section || round !== this.round) return;
      this.#take(section, place);
    } catch {
      this.show(); // no network: the list on the phone
    }
  }

  /** @param {Element} section the server's fragment @param {Place} place */
  #take(section, place) {
    const progress = /** @type {HTMLProgressElement | null} */ (section.querySelector("progress"));
    const missing = [...section.querySelectorAll(".list .tag")].map((tag) => tag.textContent ?? "");
    if (progress) {
      const total = /[0-9]+\D*$/.exec(progress.textContent ?? "");
      const expected = total ? Number.parseInt(total[0], 10) : progress.max;
      const seen = Number(progress.value);
      if (expected - seen === missing.length) this.lists.noteMissing(place, missing);
      this.#showCount(seen, expected);
    } else {
      this.count.textContent = section.querySelector(".here-count")?.textContent?.trim() ?? ""; // counted blind
    }
    const next = section.querySelector("[data-next-room]");
    this.moment.querySelector("[data-next]")?.replaceChildren(...(next ? [document.importNode(next, true)] : []));
    const list = section.querySelector(".list");
    this.box.replaceChildren(...(list ? [document.importNode(list, true)] : [this.#blindText()]));
    this.hasAnswer = true;
    this.#showBox();
  }

  #blindText() {
    return text("p", "muted small", this.box.dataset.blind ?? "");
  }

  /** @param {import("../offline/lists.js").RoomProgress} progress */
  #render({ expected, seen, missing }) {
    this.#showCount(seen, expected);
    const list = text("ul", "list", "");
    for (const asset of missing.slice(0, MAX_ROWS)) {
      const row = document.createElement("li");
      const words = text("span", "fill", "");
      words.append(text("span", "tag strong", asset.asset_tag), ` ${asset.name}`);
      row.append(words);
      list.append(row);
    }
    if (!missing.length) {
      list.append(text("li", "", (expected ? this.box.dataset.complete : this.box.dataset.nothing) ?? ""));
    }
    if (missing.length > MAX_ROWS) list.append(text("li", "muted", `and ${missing.length - MAX_ROWS} more`));
    this.box.replaceChildren(list);
    this.hasAnswer = true;
    this.#showBox();
  }

  /** @param {number} seen @param {number} expected */
  #showCount(seen, expected) {
    this.count.textContent = `${seen} of ${expected}`;
    const isDone = expected > 0 && seen >= expected;
    if (isDone && this.button.dataset.done === "false") navigator.vibrate?.([40, 60, 40]);
    this.button.dataset.done = String(isDone);
    this.moment.hidden = !isDone;
    const words = this.moment.querySelector("[data-text]");
    if (words) words.textContent = `${this.place?.name} complete. ${seen} of ${expected} counted.`;
  }

  #showBox() {
    this.button.hidden = !this.place || !this.hasAnswer;
    this.button.setAttribute("aria-expanded", String(this.isOpen));
    this.box.hidden = !this.isOpen || this.button.hidden;
  }
}

function remembered() {
  try {
    return localStorage.getItem(OPEN_KEY) === "1";
  } catch {
    return false;
  }
}
