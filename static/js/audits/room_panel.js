// @ts-check
/**
 * How far the place is that stands: "12 of 31 here", and what is missing. From the server when it
 * answers, from the expected list on the phone when not, at once after each scan.
 */
import { text } from "../scan/view.js";

const OPEN_KEY = "scanner.here_open";
/** Several answers in a row are one question. */
const SETTLE_MS = 250;
/** Others count here too. */
const REGULARLY_MS = 15_000;
const PATIENCE_MS = 8000;
const MOST_ROWS = 100;

/** @typedef {import("../offline/lists.js").Place} Place */

export class HerePanel {
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
        // holds for this page
      }
      this.#showBox();
    });
    setInterval(() => document.visibilityState === "visible" && this.ask(), REGULARLY_MS);
  }

  /** @param {Place | null} place the place that stands now */
  setPlace(place) {
    if (this.audit === null || place?.code === this.place?.code) return;
    this.place = place;
    this.round += 1;
    this.hasAnswer = false;
    this.box.replaceChildren();
    this.count.textContent = "";
    this.#showBox();
    this.tell();
    this.ask();
  }

  /** Show what the phone knows by itself. */
  tell() {
    if (!this.place) return;
    const here = this.lists.here(this.place);
    if (here) this.#render(here);
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
      // An answer to an older question, or about the place before, says nothing about now.
      if (!section || round !== this.round) return;
      this.#take(section, place);
    } catch {
      this.tell(); // no network: the list on the phone
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
    const list = section.querySelector(".list");
    this.box.replaceChildren(...(list ? [document.importNode(list, true)] : [this.#blindWords()]));
    this.hasAnswer = true;
    this.#showBox();
  }

  #blindWords() {
    return text("p", "muted small", "This audit is counted blind: what is expected is not shown.");
  }

  /** @param {import("../offline/lists.js").Here} here */
  #render({ expected, seen, missing }) {
    this.#showCount(seen, expected);
    const list = text("ul", "list", "");
    for (const asset of missing.slice(0, MOST_ROWS)) {
      const row = document.createElement("li");
      const words = text("span", "fill", "");
      words.append(text("span", "tag strong", asset.asset_tag), ` ${asset.name}`);
      row.append(words);
      list.append(row);
    }
    if (!missing.length) {
      const words = expected ? "Everything that belongs here was seen." : "Nothing is expected here.";
      list.append(text("li", "", words));
    }
    if (missing.length > MOST_ROWS) list.append(text("li", "muted", `and ${missing.length - MOST_ROWS} more`));
    this.box.replaceChildren(list);
    this.hasAnswer = true;
    this.#showBox();
  }

  /** @param {number} seen @param {number} expected */
  #showCount(seen, expected) {
    this.count.textContent = `${seen} of ${expected} here`;
    this.button.dataset.done = String(expected > 0 && seen >= expected);
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
