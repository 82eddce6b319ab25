// @ts-check
/**
 * How far the location that is set has been counted: "12 of 31", what is missing, and the moment at which nothing is.
 * From the server when it answers, otherwise from the expected list on the phone, at once after each scan.
 */
import { nextRoom, noteMissing, progressIn } from "./progress.js";
import { text } from "../scan/view.js";

const OPEN_KEY = "scanner.here_open";
/** Several answers in a row cause one request. */
const SETTLE_MS = 250;
/** Other people count here too. */
const REGULARLY_MS = 15_000;
const PATIENCE_MS = 8000;

/** @typedef {import("../offline/lists.js").Place} Place */

export class RoomPanel {
  /**
   * @param {HTMLElement} page
   * @param {{audit: number | null, lists: import("../offline/lists.js").Lists, choose: (place: Place) => void,
   *   closed: () => void}} parts
   */
  constructor(page, { audit, lists, choose, closed }) {
    const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (page.querySelector(selector));
    this.page = page;
    this.audit = audit;
    this.lists = lists;
    this.choose = choose;
    /** @type {Place | null} */
    this.place = null;
    this.timer = 0;
    this.round = 0;
    this.isOpen = remembered();
    if (audit === null) return;
    this.button = /** @type {HTMLButtonElement} */ (find("[data-here-button]"));
    this.count = find("[data-here-count]");
    this.fill = /** @type {HTMLProgressElement} */ (find("[data-here-fill]"));
    this.box = find("[data-here]");
    this.moment = find("[data-room-complete]");
    /** @type {import("./missing_list.js").MissingList | null} loaded when it is first open */
    this.list = null;
    this.button.addEventListener("click", () => this.#open(!this.isOpen));
    const close = () => {
      this.#open(false);
      closed();
    };
    find("[data-here-close]").addEventListener("click", close);
    page.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.isOpen && !document.querySelector("dialog[open]")) close();
    });
    setInterval(() => document.visibilityState === "visible" && this.ask(), REGULARLY_MS);
  }

  /** @param {boolean} isOpen */
  #open(isOpen) {
    this.isOpen = isOpen;
    try {
      localStorage.setItem(OPEN_KEY, isOpen ? "1" : "0");
    } catch {
      // private mode: kept for this page only
    }
    this.#showList(this.content ?? null);
    this.show();
    this.#showBox();
  }

  /** @param {Place | null} place the location that is set now */
  setPlace(place) {
    if (this.audit === null || place?.code === this.place?.code) return;
    this.place = place;
    this.round += 1;
    this.hasAnswer = false;
    /** @type {HTMLAnchorElement | null} the server's word for the next room */
    this.next = null;
    this.strays = 0;
    this.list?.clear();
    this.content = null;
    this.count.textContent = "";
    this.fill.value = 0;
    this.moment.hidden = true;
    this.#showBox();
    this.show();
    this.ask();
  }

  /** Show what the phone knows by itself. */
  show() {
    if (!this.place) return;
    const progress = progressIn(this.lists, this.place);
    if (!progress) return;
    this.hasAnswer = true;
    this.#showCount(progress.seen, progress.expected);
    this.#showList(progress);
    this.#showBox();
  }

  /** @param {import("./progress.js").RoomProgress | Element | string | null} content what the sheet shows, where it is open */
  async #showList(content) {
    this.content = content;
    if (!this.isOpen) return;
    const { MissingList } = await import("./missing_list.js");
    this.list ??= new MissingList(this.box);
    if (content !== this.content) return; // a newer one came while it was loaded
    if (typeof content === "string") this.list.say(content);
    else if (content instanceof Element) this.list.showRows(content);
    else if (content) this.list.show(content);
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
      const section = /** @type {HTMLElement | null} */ (body.querySelector("#here"));
      // An answer to an older request, or about another location, is out of date.
      if (!section || round !== this.round) return;
      this.#take(section, place);
    } catch {
      this.show(); // no network: the list on the phone
    }
  }

  /** @param {HTMLElement} section the server's fragment @param {Place} place */
  #take(section, place) {
    const progress = /** @type {HTMLProgressElement | null} */ (section.querySelector("progress"));
    this.next = section.querySelector("[data-next-room]");
    this.strays = Number(section.dataset.strays ?? 0);
    this.hasAnswer = true;
    if (!progress) {
      this.count.textContent = section.querySelector(".here-count")?.textContent?.trim() ?? ""; // counted blind
      this.#showList(this.box.dataset.blind ?? "");
    } else {
      const missing = [...section.querySelectorAll(".list .tag")].map((tag) => tag.textContent ?? "");
      const total = /[0-9]+\D*$/.exec(progress.textContent ?? "");
      const expected = total ? Number.parseInt(total[0], 10) : progress.max;
      const seen = Number(progress.value);
      if (expected - seen === missing.length) noteMissing(this.lists, place, missing);
      // The phone's own list has names, categories and people. Without it, the server's rows are shown.
      this.#showList(progressIn(this.lists, place) ?? section.querySelector(".list"));
      this.#showCount(seen, expected);
    }
    this.#showBox();
  }

  /** @param {number} seen @param {number} expected */
  #showCount(seen, expected) {
    this.count.textContent = `${seen} of ${expected}`;
    this.fill.max = Math.max(expected, 1);
    this.fill.value = seen;
    const isDone = expected > 0 && seen >= expected;
    if (isDone && this.button.dataset.done === "false") navigator.vibrate?.([40, 60, 40]);
    this.button.dataset.done = String(isDone);
    this.moment.hidden = !isDone;
    if (isDone) this.#showMoment(seen, expected);
  }

  /** @param {number} seen @param {number} expected */
  #showMoment(seen, expected) {
    const [words, detail, next] = ["text", "detail", "next"].map((name) => this.moment.querySelector(`[data-${name}]`));
    const strays = this.strays ? `, ${this.strays} from elsewhere` : "";
    // A screen reader says a text again only where it changed.
    put(words, `${this.place?.name} complete`);
    put(detail, `${seen} of ${expected} counted${strays}.`);
    const link = this.#nextLink();
    if (next && next.textContent !== (link?.textContent ?? "")) next.replaceChildren(...(link ? [link] : []));
  }

  /** Return the way to the next room: the server's word, else the phone's own. */
  #nextLink() {
    const own = this.place && nextRoom(this.lists, this.place);
    const place = this.next?.dataset.code ? this.lists.placeOf(this.next.dataset.code) ?? own?.place : own?.place;
    const link = document.createElement("a");
    link.className = "button big wide";
    if (this.next) link.append(...document.importNode(this.next, true).childNodes);
    else if (own) link.append(text("span", "", `Next: ${own.place.name}, ${own.left} to count`));
    else return null;
    link.href = this.next?.href ?? `/scan?mode=sighting&audit=${this.audit}&location=${encodeURIComponent(own?.place.code ?? "")}`;
    link.addEventListener("click", (event) => {
      if (!place || event.ctrlKey || event.metaKey) return;
      event.preventDefault(); // the page stays: nothing is loaded, so it works without a network
      this.choose(place);
    });
    return link;
  }

  #showBox() {
    this.button.hidden = !this.place || !this.hasAnswer;
    this.button.setAttribute("aria-expanded", String(this.isOpen));
    this.box.hidden = !this.isOpen || this.button.hidden;
    this.page.toggleAttribute("data-here-open", !this.box.hidden);
  }
}

/** @param {Element | null} element @param {string} words */
function put(element, words) {
  if (element && element.textContent !== words) element.textContent = words;
}

function remembered() {
  try {
    return localStorage.getItem(OPEN_KEY) === "1";
  } catch {
    return false;
  }
}
