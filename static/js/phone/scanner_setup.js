// @ts-check
/** The set-up page: shows what a scanner really sends, measures it, and keeps this browser's settings. */
import { learnLayout, listenToWedge, loadSettings, saveSettings } from "../capture/wedge.js";
import { DEFAULTS } from "../capture/wedge_keys.js";
import { showCode } from "../shared/codes.js";

const NAMES = /** @type {const} */ (["prefix", "suffix", "layout", "maxMean"]);
const MIN_MEAN = 10;
const MAX_MEAN = 200;
/** A scanner with more ms a key than this can be taken for a person. */
const SLOW_MEAN = 40;

/** @typedef {{text: string, typed: string, ending: string, mean: number, keys: number, fixed: boolean}} Sent */

class ScannerSetup {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.expected = this.#find("[data-test-text]").textContent;
    this.form = /** @type {HTMLFormElement} */ (this.#find("[data-settings-form]"));
    this.reader = listenToWedge();
    document.addEventListener("scan:read", (event) => this.#show(/** @type {CustomEvent} */ (event).detail));
    document.addEventListener("scan:unsure", (event) => this.#decide(/** @type {CustomEvent} */ (event).detail));
    document.addEventListener("scan:broken", (event) => this.#showBroken(/** @type {CustomEvent} */ (event).detail));
    this.#find("[data-forget]").addEventListener("click", () => {
      saveSettings({ ...loadSettings(), learned: "", ending: "", ended: 0 });
      this.fill();
    });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save();
    });
    this.#find("[data-reset]").addEventListener("click", () => {
      saveSettings({});
      this.fill();
      this.#find("[data-saved]").textContent = "Back to the defaults.";
    });
    const print = this.#find("[data-print]");
    if (print) {
      print.hidden = false;
      print.addEventListener("click", () => window.print());
    }
  }

  /** @param {string} selector @returns {any} */
  #find(selector) {
    return this.root.querySelector(selector) ?? document.querySelector(selector);
  }

  /** @param {string} name @returns {any} */
  #field(name) {
    return this.form.elements.namedItem(name);
  }

  /** Fill the form from what this browser keeps. */
  fill() {
    const settings = { ...DEFAULTS, ...loadSettings() };
    this.reader.settings = settings;
    for (const name of NAMES) this.#field(name).value = settings[name];
    this.#showLearned();
  }

  /** Show what this browser learned from the codes it took. */
  #showLearned() {
    const { ending, learned } = this.reader.settings;
    const ends = this.reader.knowsEnding
      ? `Codes end with ${ending}. Silence does not end a code.` : "Ending: not seen yet. Silence ends a code.";
    const layouts = { us: "Keyboard: the scanner types as on a US keyboard.", typed: "Keyboard: as typed.", "": "Keyboard: not seen yet." };
    this.#find("[data-learned]").textContent = `${ends} ${layouts[learned]}`;
  }

  /** Nobody can be sure which reading is right, unless the label is the one of this page. @param {Sent & {readings: string[]}} sent */
  #decide(sent) {
    const layout = /** @type {const} */ (["typed", "us"]).find((_, at) => sent.readings[at] === this.expected);
    if (layout) {
      learnLayout(this.reader, layout);
      this.#show({ ...sent, text: this.expected, fixed: layout === "us" });
      return;
    }
    this.#show(sent);
    const shown = sent.readings.map((reading) => `“${showCode(reading)}”`).join(" or ");
    this.#say(`Two readings: ${shown}. Scan the label below: it shows which is right.`);
  }

  /** @param {{text: string}} sent */
  #showBroken({ text }) {
    this.#find("[data-sent]").textContent = `You sent: ${[...showCode(text)].join(" ")} …`;
    this.#find("[data-code]").textContent = "not read whole";
    this.#say(this.reader.knowsEnding
      ? "Not read whole. If the scanner was set to end its codes otherwise, press “Forget what was learned”."
      : "Not read whole. Set the scanner to end with Enter and to the US keyboard.");
  }

  /** @param {string} advice */
  #say(advice) {
    this.#find("[data-advice]").hidden = advice === "";
    this.#find("[data-advice] [data-text]").textContent = advice;
  }

  /** @param {Sent} sent */
  #show(sent) {
    const { text, typed, ending, mean, keys, fixed } = sent;
    const perKey = Number.isFinite(mean) ? `${Math.round(mean)} ms a key` : "one key";
    this.#find("[data-sent]").textContent = `You sent: ${[...showCode(typed)].join(" ")}, ${ending}; ${perKey}.`;
    this.#find("[data-code]").textContent = showCode(text);
    this.#find("[data-ending]").textContent = ending === "silence" ? "none (known by the silence)" : ending;
    this.#find("[data-speed]").textContent = `${perKey}, ${keys} keys`;
    this.#find("[data-layout]").textContent = fixed ? `corrected: “${showCode(typed)}” was typed` : "as typed";
    this.#say(this.#advise(sent));
    this.#tick(sent);
    this.#showLearned();
  }

  /** Tick off what the test label shows. Any other label shows only its ending. @param {Sent} sent */
  #tick({ text, ending, keys }) {
    const isTest = text === this.expected;
    const done = { whole: isTest, ending: ending !== "silence" && keys > 0, keyboard: isTest };
    let count = 0;
    for (const [name, isDone] of Object.entries(done)) {
      const tick = this.#find(`[data-tick=${name}]`);
      if (isDone) tick.dataset.done = "true";
      else if (name === "ending") tick.dataset.done = "false";
      if (tick.dataset.done === "true") count += 1;
    }
    const all = Object.keys(done).length;
    this.#find("[data-ticks-said]").textContent = count === all ? "All three: this scanner is ready." : `${count} of ${all}. Scan the label above.`;
    if (count < all) this.#find("[data-hints]").open = true;
  }

  /** @param {Sent} sent */
  #advise({ text, typed, mean, ending }) {
    const isTest = text.length === this.expected.length && sharesMost(text, this.expected);
    if (isTest && text !== this.expected) {
      return `The test label came as “${showCode(text)}”. Set the scanner's keyboard to this computer's, or the layout here to US.`;
    }
    if (isTest && typed !== text) return "The scanner's keyboard differs from this computer's. This page corrects it.";
    if (mean > SLOW_MEAN) return "This scanner is slow. To keep it apart from typing, give it a prefix.";
    if (ending === "silence") return "Set the scanner to end with Enter. That is faster and more reliable than silence.";
    return "";
  }

  #save() {
    const mean = Math.min(MAX_MEAN, Math.max(MIN_MEAN, Number(this.#field("maxMean").value) || DEFAULTS.maxMean));
    saveSettings({
      ...loadSettings(),
      prefix: this.#field("prefix").value, suffix: this.#field("suffix").value, layout: this.#field("layout").value,
      maxMean: mean, maxGap: Math.max(DEFAULTS.maxGap, mean * 2),
    });
    this.fill();
    this.#find("[data-saved]").textContent = "Saved for this browser.";
  }
}

/** @param {string} a @param {string} b */
function sharesMost(a, b) {
  const same = [...a].filter((character, i) => character === b[i]).length;
  return same >= b.length / 2;
}

const page = /** @type {HTMLElement | null} */ (document.querySelector("[data-scanner-setup]"));
if (page) new ScannerSetup(page).fill();
