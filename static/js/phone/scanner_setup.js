// @ts-check
/** The set-up page: shows what a scanner really sends, measures it, and keeps this browser's settings. */
import { showCode } from "../shared/codes.js";
import { listenToWedge, loadSettings, saveSettings } from "../capture/wedge.js";
import { DEFAULTS } from "../capture/wedge_keys.js";

const page = /** @type {HTMLElement | null} */ (document.querySelector("[data-scanner-setup]"));
if (page) start(page);

/** @param {HTMLElement} root */
function start(root) {
  const find = (/** @type {string} */ selector) => /** @type {any} */ (root.querySelector(selector));
  const expected = find("[data-test-text]").textContent;
  const form = /** @type {HTMLFormElement} */ (find("[data-settings-form]"));
  const reader = listenToWedge();
  const fill = () => {
    const settings = { ...DEFAULTS, ...loadSettings() };
    reader.settings = settings;
    for (const name of ["prefix", "suffix", "layout", "longestMean"]) {
      /** @type {any} */ (form.elements.namedItem(name)).value = settings[/** @type {keyof typeof settings} */ (name)];
    }
  };
  fill();

  document.addEventListener("scan:read", (event) => {
    const { text, typed, ending, mean, keys, mended } = /** @type {CustomEvent} */ (event).detail;
    const perKey = Number.isFinite(mean) ? `${Math.round(mean)} ms a key` : "one key";
    find("[data-sent]").textContent = `You sent: ${[...showCode(typed)].join(" ")}, ${ending}; ${perKey}.`;
    find("[data-code]").textContent = showCode(text);
    find("[data-ending]").textContent = ending === "silence" ? "none (told by silence)" : ending;
    find("[data-speed]").textContent = `${perKey}, ${keys} keys`;
    find("[data-layout]").textContent = mended ? `mended: “${showCode(typed)}” was typed` : "as typed";
    const advice = adviceFor(typed, text, mean, ending);
    find("[data-advice]").hidden = advice === "";
    find("[data-advice] [data-text]").textContent = advice;
  });

  /** @param {string} typed @param {string} text @param {number} mean @param {string} ending */
  function adviceFor(typed, text, mean, ending) {
    const isTest = text.length === expected.length && /^.{3}.{3}/.test(text) && sharesMost(text, expected);
    if (isTest && text !== expected) {
      return `The test label came as “${showCode(text)}”. Set the scanner's keyboard to this computer's, or the layout here to US.`;
    }
    if (isTest && typed !== text) return "The scanner's keyboard differs from this computer's. This page mends it.";
    if (mean > 40) return "This scanner is slow: give it a prefix, so that it is told from typing for certain.";
    if (ending === "silence") return "Set the scanner to end with Enter: quicker and surer than silence.";
    return "";
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const value = (/** @type {string} */ name) => /** @type {any} */ (form.elements.namedItem(name)).value;
    const mean = Math.min(200, Math.max(10, Number(value("longestMean")) || DEFAULTS.longestMean));
    saveSettings({
      prefix: value("prefix"), suffix: value("suffix"), layout: value("layout"),
      longestMean: mean, longestGap: Math.max(DEFAULTS.longestGap, mean * 2),
    });
    fill();
    find("[data-saved]").textContent = "Saved for this browser.";
  });
  find("[data-reset]").addEventListener("click", () => {
    saveSettings({});
    fill();
    find("[data-saved]").textContent = "Back to the defaults.";
  });
  const print = /** @type {HTMLElement | null} */ (document.querySelector("[data-print]"));
  if (print) {
    print.hidden = false;
    print.addEventListener("click", () => window.print());
  }
}

/** @param {string} a @param {string} b */
function sharesMost(a, b) {
  const same = [...a].filter((character, i) => character === b[i]).length;
  return same >= b.length / 2;
}
