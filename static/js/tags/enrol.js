// @ts-check
/** The enrol page: labels and tags from a wedge, the field, a serial reader or NFC are taken one after the other. */
import { bindReaders } from "../capture/desk_readers.js";
import { learnLayout, listenToWedge } from "../capture/wedge.js";
import { Feedback } from "../scan/feedback.js";
import { bindScanField } from "../scan/field.js";
import { showCode } from "../shared/codes.js";
import { EnrolQueue, postEntry } from "./enrol_queue.js";

const KEPT = "scanner.enrol_unsent";
/** A person needs this long to notice that a code was refused or not read whole. */
const NOTICE_MS = 1000;
const AFTER = "came right after a code that was not taken";

class EnrolPage {
  /** @param {HTMLElement} page */
  constructor(page) {
    this.page = page;
    this.form = /** @type {HTMLFormElement} */ (page.querySelector("[data-scan-form]"));
    this.work = /** @type {HTMLElement} */ (page.querySelector("#enrol-work"));
    this.feedback = new Feedback();
    this.queue = new EnrolQueue({
      post: (entry) => postEntry(entry, this.#state()),
      onAnswer: (html) => this.#show(html),
      onRefused: (refused, after) => {
        this.#notice(refused.shown);
        this.#setAside(after.map((entry) => entry.shown), AFTER);
      },
      onChange: (waiting, isSignedOut) => this.#showWaiting(waiting, isSignedOut),
    });
    /** The last code that was not taken, and when. */
    this.missed = { text: "", at: -Infinity };
  }

  open() {
    this.reader = listenToWedge();
    this.#bindCodes();
    this.#bindChoices();
    this.field = bindScanField(this.page, this.form);
    bindReaders(this.page);
    this.#bindQueue();
    this.#sound();
    this.page.dataset.ready = "";
  }

  /** @param {string} selector */
  #find(selector) {
    return /** @type {HTMLElement} */ (this.page.querySelector(selector));
  }

  #state() {
    const state = new FormData(this.form);
    state.delete("code");
    return state;
  }

  // -- codes ---------------------------------------------------------------------------------

  #bindCodes() {
    document.addEventListener("scan:read", (event) => this.#take(/** @type {CustomEvent} */ (event).detail));
    document.addEventListener("scan:broken", (event) => {
      const { text } = /** @type {CustomEvent} */ (event).detail;
      this.#notice(text);
      this.#setAside([text], "was not read whole");
    });
    document.addEventListener("scan:unsure", (event) => this.#ask(/** @type {CustomEvent} */ (event).detail));
  }

  /** @param {{text: string, symbology?: string | null}} read */
  #take({ text, symbology }) {
    const { missed } = this;
    const isSame = missed.text !== "" && text.startsWith(missed.text); // scanned once more
    const follows = performance.now() - missed.at < NOTICE_MS && !isSame;
    const isAsked = this.#find("[data-enrol-choices]").childElementCount > 0;
    // The tag of a label that was lost would be taken for the tag of the next one.
    if (follows || isAsked) return this.#setAside([text], AFTER);
    this.queue.add("/enrol", { code: text, symbology: symbology ?? "" }, text);
  }

  /** @param {string} text what was not taken */
  #notice(text) {
    this.missed = { text, at: performance.now() };
  }

  /** @param {{readings: [string, string]}} read */
  #ask({ readings }) {
    const [typed, us] = readings;
    const region = this.#find("[data-enrol-choices]");
    const buttons = /** @type {const} */ ([[typed, "typed"], [us, "us"]]).map(([text, layout]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = showCode(text);
      button.addEventListener("click", () => {
        region.replaceChildren();
        if (this.reader) learnLayout(this.reader, layout);
        this.#take({ text });
        this.field?.focus();
      });
      return button;
    });
    region.replaceChildren(...buttons);
    this.#setAside([`${typed}” or “${us}`], "are two readings. Choose what the label says");
  }

  // -- buttons of the work, and what the reader decides by itself ----------------------------

  #bindChoices() {
    // Before the field's own handler: these send a choice, and not what is in the field.
    this.form.addEventListener("submit", (event) => {
      const button = /** @type {HTMLButtonElement | null} */ (/** @type {SubmitEvent} */ (event).submitter);
      if (!button?.name) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const url = button.getAttribute("formaction") ?? "/enrol";
      this.queue.add(url, { [button.name]: button.value }, button.textContent?.trim() ?? "");
      this.field?.focus();
    });
    document.addEventListener("htmx:beforeRequest", (event) => {
      if (this.queue.isBusy) event.preventDefault(); // the answer to a code shows the reads too
    });
    document.addEventListener("htmx:afterSwap", () => this.#bindAlone());
    const choice = /** @type {HTMLFormElement | null} */ (this.page.querySelector("[data-enrol-reader]"));
    choice?.querySelector("[data-enrol-use]")?.setAttribute("hidden", "");
    choice?.addEventListener("change", () => choice.submit());
  }

  /** The only unknown tag that came after the label is bound by itself. */
  #bindAlone() {
    const alone = this.work.querySelector("[data-bind-now]");
    // Decided for another state of the work. The next look at the reads decides again.
    if (!(alone instanceof HTMLElement) || this.queue.isBusy) return;
    const chosen = alone.dataset.bindNow ?? "";
    alone.remove();
    this.queue.add("/enrol", { choice: chosen }, chosen.replace(/^\w+:/, ""));
  }

  // -- what is shown -------------------------------------------------------------------------

  /** @param {string} html our own server's block */
  #show(html) {
    const hadFocus = this.work.contains(document.activeElement);
    const parsed = new DOMParser().parseFromString(html, "text/html");
    this.work.replaceChildren(...[...parsed.body.childNodes].map((node) => document.importNode(node, true)));
    /** @type {any} */ (globalThis).htmx.process(this.work);
    if (hadFocus) this.field?.focus();
    this.#sound();
    queueMicrotask(() => this.#bindAlone());
  }

  #sound() {
    const now = this.work.querySelector(".enrol-now[data-sound]");
    if (!(now instanceof HTMLElement)) return;
    if (now.dataset.sound) this.feedback.play(now.dataset.sound);
    delete now.dataset.sound; // play it once: the reads below it are swapped every second
  }

  /** @param {number} waiting @param {boolean} isSignedOut */
  #showWaiting(waiting, isSignedOut) {
    const isLate = waiting > 0 && this.queue.entries[0].failures > 0;
    this.work.inert = isLate; // what it offers belongs to a state that is out of date
    this.#find("[data-enrol-waiting]").hidden = !isLate;
    const codes = `${waiting} code${waiting === 1 ? " waits" : "s wait"} here`;
    this.#find("[data-enrol-waiting] [data-text]").textContent = isSignedOut
      ? `${codes}. Sign in in another tab, then press Go.` : `${codes}. No answer from the server. Trying again.`;
  }

  /** @param {string[]} texts @param {string} why */
  #setAside(texts, why) {
    if (!texts.length) return;
    this.feedback.play("refused");
    const list = this.#find("[data-enrol-aside] ul");
    for (const text of texts) {
      const row = document.createElement("li");
      row.textContent = text ? `“${showCode(text, 120)}” ${why}.` : `A code ${why}.`;
      list.append(row);
    }
    this.#find("[data-enrol-aside]").hidden = false;
  }

  // -- what must not be lost -----------------------------------------------------------------

  #bindQueue() {
    this.#find("[data-enrol-clear]").addEventListener("click", () => {
      this.#find("[data-enrol-aside] ul").replaceChildren();
      this.#find("[data-enrol-choices]").replaceChildren();
      this.#find("[data-enrol-aside]").hidden = true;
      this.field?.focus();
    });
    this.form.addEventListener("submit", () => this.queue.send());
    addEventListener("beforeunload", (event) => {
      if (this.queue.isBusy) event.preventDefault();
    });
    addEventListener("pagehide", () => {
      sessionStorage.setItem(KEPT, JSON.stringify(this.queue.entries.map((entry) => entry.shown)));
    });
    const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "[]");
    if (kept.length) this.#setAside(kept, "was not sent before the page was left");
    sessionStorage.removeItem(KEPT);
  }
}

const page = /** @type {HTMLElement | null} */ (document.querySelector("[data-enrol]"));
if (page) new EnrolPage(page).open();
