// @ts-check
/** Find it: takes what the server says of the signal, by a stream or by asking, and sounds it. */
import { FinderSound } from "./finder_sound.js";

const ASK_MS = 1000;
/** A stream that was refused is tried again after this many answers to asking. */
const ASKS_BEFORE_STREAM = 20;
/** For screen readers: no more often than they can speak. */
const SAY_MS = 2500;

/** @param {HTMLElement} page */
export function bindFinder(page) {
  const slot = /** @type {HTMLElement} */ (page.querySelector("[data-slot]"));
  const said = /** @type {HTMLElement} */ (page.querySelector("[data-said]"));
  const link = /** @type {HTMLElement} */ (page.querySelector("[data-link]"));
  const button = /** @type {HTMLElement} */ (page.querySelector("[data-sound]"));
  const address = page.dataset.address ?? "";
  const sound = new FinderSound();
  let lastWords = "";
  let lastSaidAt = 0;

  /** @param {string} html our own server's block */
  function show(html) {
    slot.innerHTML = html;
    const shown = /** @type {HTMLElement | null} */ (slot.querySelector("[data-warmth]"));
    sound.set(shown?.dataset.warmth ?? "silent", Number(shown?.dataset.heat ?? 0));
    const words = shown?.querySelector(".word")?.textContent?.trim() ?? "";
    if (words && words !== lastWords && Date.now() - lastSaidAt >= SAY_MS) {
      said.textContent = lastWords = words;
      lastSaidAt = Date.now();
    }
  }

  /** @param {string} how @param {string} text */
  function tell(how, text) {
    page.dataset.link = how;
    // Set again, the same words would be spoken again.
    if (link.textContent !== text) link.textContent = text;
  }

  async function ask(left = ASKS_BEFORE_STREAM) {
    try {
      const answer = await fetch(address, { headers: { "HX-Request": "true" }, cache: "no-store" });
      if (answer.status === 401) return location.reload();
      if (!answer.ok) throw new Error(String(answer.status));
      show(await answer.text());
      tell("asking", "Looks every second");
    } catch {
      sound.set("silent", 0);
      tell("away", "No answer from the server; trying again");
    }
    setTimeout(() => (left > 0 ? ask(left - 1) : listen()), ASK_MS);
  }

  function listen() {
    if (!("EventSource" in globalThis)) return void ask();
    const events = new EventSource(page.dataset.events ?? "");
    events.addEventListener("signal", (event) => {
      tell("live", "Live");
      show(/** @type {MessageEvent} */ (event).data);
    });
    events.addEventListener("error", () => {
      // A stream that came to its end is opened again by the browser; one that was refused is not.
      if (events.readyState !== EventSource.CLOSED) return;
      events.close();
      ask();
    });
    addEventListener("pagehide", () => events.close(), { once: true });
  }

  button.hidden = false;
  button.addEventListener("click", async () => {
    const turnsOn = button.getAttribute("aria-pressed") !== "true";
    try {
      if (turnsOn) await sound.start();
      else sound.stop();
    } catch {
      tell("live", "This browser gives no sound");
      return;
    }
    button.setAttribute("aria-pressed", String(turnsOn));
    /** @type {HTMLElement} */ (button.querySelector("[data-on]")).hidden = !turnsOn;
    /** @type {HTMLElement} */ (button.querySelector("[data-off]")).hidden = turnsOn;
  });
  keepAwake();
  listen();
}

/** Whoever walks about does not touch the screen; it must not go dark. */
function keepAwake() {
  const request = () => {
    if (document.visibilityState !== "visible") return;
    /** @type {any} */ (navigator).wakeLock?.request("screen").catch(() => {});
  };
  document.addEventListener("visibilitychange", request);
  request();
}

const page = /** @type {HTMLElement | null} */ (document.querySelector("[data-finder]"));
if (page?.querySelector("[data-warmth]")) bindFinder(page);
