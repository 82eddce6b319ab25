// @ts-check
/** Find it: takes the signal from the server, by a stream or by asking, shows it and sounds it. */
import { FinderSound } from "./finder_sound.js";

const ASK_MS = 1000;
/** A stream that was refused is tried again after this many answers to asking. */
const ASKS_BEFORE_STREAM = 20;
/** Screen readers get new words no more often than they can speak. */
const SAY_MS = 2500;

export class Finder {
  /** @param {HTMLElement} page */
  constructor(page) {
    const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (page.querySelector(selector));
    this.page = page;
    this.slot = find("[data-slot]");
    this.said = find("[data-said]");
    this.link = find("[data-link]");
    this.button = find("[data-sound]");
    this.sound = new FinderSound();
    this.lastWords = "";
    this.lastSaidAt = 0;
    this.button.hidden = false;
    this.button.addEventListener("click", () => this.#switchSound());
  }

  /** @param {string} html our own server's block */
  #show(html) {
    this.slot.innerHTML = html;
    const shown = /** @type {HTMLElement | null} */ (this.slot.querySelector("[data-warmth]"));
    this.sound.set(shown?.dataset.warmth ?? "silent", Number(shown?.dataset.heat ?? 0));
    const words = shown?.querySelector(".word")?.textContent?.trim() ?? "";
    if (words && words !== this.lastWords && Date.now() - this.lastSaidAt >= SAY_MS) {
      this.said.textContent = this.lastWords = words;
      this.lastSaidAt = Date.now();
    }
  }

  /** @param {string} state @param {string} text */
  #showLink(state, text) {
    this.page.dataset.link = state;
    // Setting the same words again would make a screen reader speak them again.
    if (this.link.textContent !== text) this.link.textContent = text;
  }

  async #ask(left = ASKS_BEFORE_STREAM) {
    try {
      const address = this.page.dataset.address ?? "";
      const answer = await fetch(address, { headers: { "HX-Request": "true" }, cache: "no-store" });
      if (answer.status === 401) return location.reload();
      if (!answer.ok) throw new Error(String(answer.status));
      this.#show(await answer.text());
      this.#showLink("asking", "Updates every second");
    } catch {
      this.sound.set("silent", 0);
      this.#showLink("away", "No answer from the server. Trying again");
    }
    setTimeout(() => (left > 0 ? this.#ask(left - 1) : this.listen()), ASK_MS);
  }

  listen() {
    if (!("EventSource" in globalThis)) return void this.#ask();
    const events = new EventSource(this.page.dataset.events ?? "");
    events.addEventListener("signal", (event) => {
      this.#showLink("live", "Live");
      this.#show(/** @type {MessageEvent} */ (event).data);
    });
    events.addEventListener("error", () => {
      // The browser opens a stream that ended again; it does not retry one that was refused.
      if (events.readyState !== EventSource.CLOSED) return;
      events.close();
      this.#ask();
    });
    addEventListener("pagehide", () => events.close(), { once: true });
  }

  async #switchSound() {
    const turnsOn = this.button.getAttribute("aria-pressed") !== "true";
    try {
      if (turnsOn) await this.sound.start();
      else this.sound.stop();
    } catch {
      this.#showLink("live", "This browser cannot play sound");
      return;
    }
    this.button.setAttribute("aria-pressed", String(turnsOn));
    /** @type {HTMLElement} */ (this.button.querySelector("[data-on]")).hidden = !turnsOn;
    /** @type {HTMLElement} */ (this.button.querySelector("[data-off]")).hidden = turnsOn;
  }
}

/** A person who walks about does not touch the screen, and it must not go dark. */
function keepAwake() {
  const request = () => {
    if (document.visibilityState !== "visible") return;
    /** @type {any} */ (navigator).wakeLock?.request("screen").catch(() => {});
  };
  document.addEventListener("visibilitychange", request);
  request();
}

const page = /** @type {HTMLElement | null} */ (document.querySelector("[data-finder]"));
if (page?.querySelector("[data-warmth]")) {
  keepAwake();
  new Finder(page).listen();
}
