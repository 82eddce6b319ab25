// @ts-check
/** What one key of a keyboard scanner says: a character, an ending, or nothing that can be read. Pure, no DOM. */
import { usCharacter } from "./layouts.js";

/**
 * @typedef {"text" | "scan" | "date" | "none"} Focus what the key goes into: a text field, the scan field, a date, or
 *   anything else
 * @typedef {{key: string, code: string, shift: boolean, ctrl: boolean, alt: boolean, meta: boolean, caps: boolean,
 *   time: number, altGraph?: boolean, repeat?: boolean, field?: Focus}} Key
 * @typedef {{typed: string | null, us: string | null, awaits?: boolean}} Reading `typed` as the host's layout has it, `us`
 *   as a US keyboard has it; null where that is not known; `awaits`: an input method brings the text later
 */

/** Keys that say nothing, wherever in a code they come. */
const SILENT = new Set([
  "Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock", "NumLock", "ScrollLock", "Fn", "FnLock", "Hyper", "Super",
]);
/** Ctrl + key as terminals and scanners send the control characters that belong to a code. */
const CONTROLS = /** @type {Record<string, string>} */ ({
  "]": "\u001d", "^": "\u001e", "6": "\u001e", "\\": "\u001c", "_": "\u001f", "-": "\u001f", d: "\u0004", D: "\u0004",
});
const CONTROL_CODES = /** @type {Record<string, string>} */ ({
  BracketRight: "\u001d", Digit6: "\u001e", Backslash: "\u001c", Minus: "\u001f", KeyD: "\u0004",
});
const LINE_ENDS = /** @type {Record<string, string>} */ ({ KeyJ: "LF", KeyM: "CR", KeyI: "Tab" });
/** Windows-1252 from 0x80 on, where it differs from Latin-1. A blank has no character. */
const CP1252 = "€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ";
/** What Alt and a number without a zero in front means on every western PC (code pages 437 and 850 agree on these). */
const OEM = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ";

/** @param {Key} key */
export function isSilent(key) {
  return SILENT.has(key.key) || /^(Audio|Media|Brightness|Launch)/.test(key.key);
}

/** @param {Key} key */
function isHidden(key) {
  return key.key === "Process" || key.key === "Unidentified";
}

/** Return the name of the ending that a key can be, null for another key. @param {Key} key @returns {string | null} */
export function endingOf(key) {
  const hiddenEnter = isHidden(key) && /^(Numpad)?Enter$/.test(key.code);
  if (key.key === "Enter" || key.key === "\r" || hiddenEnter) return "Enter";
  if (key.key === "Tab") return key.shift ? null : "Tab";
  if (key.key === "\n") return "LF";
  if (/^F([1-9]|1\d|2[0-4])$/.test(key.key)) return key.key;
  if (!key.ctrl || key.alt || controlOf(key) !== null) return null;
  const letter = /^Key([A-Z])$/.exec(key.code)?.[1] ?? (/^[a-z]$/i.test(key.key) ? key.key.toUpperCase() : null);
  return letter && (LINE_ENDS[`Key${letter}`] ?? `Ctrl+${letter}`);
}

/** @param {Key} key @returns {string | null} */
function controlOf(key) {
  return key.ctrl && !key.alt ? CONTROLS[key.key] ?? CONTROL_CODES[key.code] ?? null : null;
}

/** Return whether a key is a digit or the point of a keypad whose NumLock is off. @param {Key} key */
export function isKeypadMove(key) {
  return /^Numpad(\d|Decimal)$/.test(key.code) && [...key.key].length !== 1 && !isHidden(key) && !key.alt;
}

/** Return what a key says, null where it has no character. @param {Key} key @returns {Reading | null} */
export function characterOf(key) {
  if (key.ctrl && !key.alt && !key.altGraph) {
    const control = controlOf(key);
    return control === null ? null : { typed: control, us: control };
  }
  if (key.meta) return null;
  const us = usCharacter(key.code, key.shift, key.caps);
  if (isKeypadMove(key)) return { typed: us, us };
  if (key.key === "Dead") return { typed: null, us };
  if (isHidden(key)) return { typed: "", us, awaits: true };
  if (/^[A-Za-z][A-Za-z0-9]+$/.test(key.key)) return null; // the name of a key
  // No US keyboard has a third level: what comes from it was meant for the host's own layout.
  return { typed: key.key, us: key.alt || key.altGraph ? null : us };
}

/** Return the digit that a key adds to a number typed with Alt, "?" where it is hidden, null for another key. @param {Key} key */
export function altDigitOf(key) {
  if (!key.alt || key.ctrl) return null;
  const digit = /^Numpad(\d)$/.exec(key.code)?.[1];
  if (digit) return digit;
  return isHidden(key) && !key.code ? "?" : null;
}

/**
 * Return the character of a number typed with Alt, null where it depends on the computer.
 * @param {string} digits
 * @returns {string | null}
 */
export function altCharacter(digits) {
  const point = /^\d+$/.test(digits) ? Number(digits) : 0;
  if (point < 1 || point > 255) return null;
  if (point < 0x80) return String.fromCharCode(point);
  if (!digits.startsWith("0")) return OEM[point - 0x80] ?? (point === 225 ? "ß" : null);
  if (point >= 0xa0) return String.fromCharCode(point);
  const char = CP1252[point - 0x80];
  return char && char !== " " ? char : null;
}
