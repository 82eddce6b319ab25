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

/** What every label is printed with, with the separators of GS1 and ISO/IEC 15434. */
const USUAL = /^[A-Za-z0-9 ./\u0004\u001c-\u001f-]$/;
/** What a label may have. The ß lies on the US hyphen, but German words have it too. */
const POSSIBLE = /^[:_+#&=@%$()ß]$/;
/** A letter that other languages have. */
const LETTER = /^\p{L}$/u;
/** What no label has. */
const STRANGE = /^[{}[\]|\\<>;'"`~^]$/;
const LINK = /^https?:\/\/[a-z0-9.-]+(:\d+)?(\/|$)/i;
const AIM_PREFIX = /^\][A-Za-z]\d/;
/** A reading that is this much odder than the other is not what the label says. */
const CLEARLY = 2;

/** Return how unlike a label a text is. @param {string} text */
function oddness(text) {
  const weigh = (/** @type {string} */ char) => {
    if (USUAL.test(char)) return 0;
    if (POSSIBLE.test(char)) return 1;
    if (LETTER.test(char)) return 2;
    return STRANGE.test(char) ? 4 : 3;
  };
  return [...text.replace(AIM_PREFIX, "")].reduce((sum, char) => sum + weigh(char), 0);
}

/**
 * @typedef {{text: string, fixed: boolean, readings?: [string, string], shows?: "us" | "typed"}} Choice `readings`: both are
 *   possible, and a person has to say which; `shows`: how this scanner and this computer go together
 * @typedef {object} Choosing
 * @property {"auto" | "typed" | "us"} [layout] what the set-up page was told
 * @property {"" | "typed" | "us"} [learned] what earlier codes showed
 * @property {(code: string) => unknown} [find] what is known by a code; null or false for nothing
 */

/**
 * Choose between what the host's layout made of a burst and what a US keyboard would have made.
 * @param {string | null} typed as the host's layout gave it; null where a key did not tell
 * @param {string | null} us as a US layout would have given it; null where a key did not tell
 * @param {Choosing} [options]
 * @returns {Choice | null} null where neither is whole
 */
export function chooseText(typed, us, options = {}) {
  const { layout = "auto", learned = "" } = options;
  if (layout === "typed" || us === null) return typed === null ? null : { text: typed, fixed: false };
  if (layout === "us" || typed === null) return { text: us, fixed: us !== typed };
  if (typed.toUpperCase() === us.toUpperCase()) return { text: typed, fixed: false };
  const shows = whatShows(typed, us, options);
  if (shows === "same") return { text: typed, fixed: false };
  const taken = shows === "" ? learned : shows;
  if (shows === "both" || !taken) return { text: typed, fixed: false, readings: [typed, us] };
  const choice = taken === "us" ? { text: us, fixed: true } : { text: typed, fixed: false };
  return shows === "" ? choice : { ...choice, shows: taken === "us" ? "us" : "typed" };
}

/**
 * Return which reading is right by what is known and by how it looks; `both` where both are known, "" where nothing shows it.
 * @param {string} typed @param {string} us @param {Choosing} options
 * @returns {"us" | "typed" | "same" | "both" | ""}
 */
function whatShows(typed, us, { find = () => null }) {
  const [one, other] = [find(typed), find(us)];
  if (one && other) return one === other && typeof one === "object" ? "same" : "both";
  if (one) return "typed";
  if (other) return "us";
  if (LINK.test(us) !== LINK.test(typed)) return LINK.test(us) ? "us" : "typed";
  const more = oddness(typed) - oddness(us);
  if (Math.abs(more) < CLEARLY) return "";
  return more > 0 ? "us" : "typed";
}
