// @ts-check
/** Which character a physical key types on a US keyboard, to correct what another layout made of it. */

const PLAIN = /** @type {Record<string, string>} */ ({
  Minus: "-_", Equal: "=+", BracketLeft: "[{", BracketRight: "]}", Backslash: "\\|", Semicolon: ";:",
  Quote: "'\"", Backquote: "`~", Comma: ",<", Period: ".>", Slash: "/?", Space: "  ",
  NumpadDivide: "//", NumpadMultiply: "**", NumpadSubtract: "--", NumpadAdd: "++", NumpadDecimal: "..",
});
const DIGITS = ")!@#$%^&*(";

/**
 * Return the character of a key on a US keyboard.
 * @param {string} code the KeyboardEvent.code
 * @param {boolean} shift
 * @param {boolean} capsLock
 * @returns {string | null} null for a key that has none, or where the browser hides the code
 */
export function usCharacter(code, shift, capsLock = false) {
  let match = /^Key([A-Z])$/.exec(code);
  if (match) return shift !== capsLock ? match[1] : match[1].toLowerCase();
  match = /^(Digit|Numpad)(\d)$/.exec(code);
  if (match) return match[1] === "Digit" && shift ? DIGITS[Number(match[2])] : match[2];
  const pair = PLAIN[code];
  return pair ? pair[shift ? 1 : 0] : null;
}

/** Characters that labels are printed with. Any other is a sign of another layout. */
const LABEL = /^[\x20-\x7e\u0004\u001c-\u001f]*$/;
/** What the digit row of an AZERTY keyboard types without Shift, the most common error. */
const ODD = /[&"'(_)!;,*=§^$]/;

/**
 * Choose between what the host's layout made of a burst and what a US keyboard would have made.
 * @param {string} typed as the host's layout gave it
 * @param {string | null} us as a US layout would have given it
 * @param {{layout?: "auto" | "typed" | "us", isKnown?: (code: string) => boolean}} [options]
 * @returns {{text: string, fixed: boolean}}
 */
export function chooseText(typed, us, options = {}) {
  const { layout = "auto", isKnown = () => false } = options;
  if (us === null || us === typed || layout === "typed") return { text: typed, fixed: false };
  if (layout === "us") return { text: us, fixed: true };
  if (isKnown(typed)) return { text: typed, fixed: false };
  if (isKnown(us)) return { text: us, fixed: true };
  const isClean = LABEL.test(us) && !ODD.test(us);
  const isGarbled = !LABEL.test(typed) || ODD.test(typed);
  return isGarbled && isClean ? { text: us, fixed: true } : { text: typed, fixed: false };
}
