// @ts-check
/**
 * What a scanned text means before anybody looks it up. The server reads codes by the same rules
 * (`scanner_app/decoding`); `tests/vectors/codes.json` holds both to the same answers.
 */

import { RETAIL, spellNumber } from "./retail.js";

/** Shorter texts are no labels. */
const MIN_LABEL = 3;

/** AIM symbology identifiers (ISO/IEC 15424) by their letter, as Barcode Detection API names. */
const AIM = /** @type {Record<string, string>} */ ({
  A: "code_39", C: "code_128", d: "data_matrix", Q: "qr_code", E: "ean_13", F: "codabar",
  G: "code_93", I: "itf", L: "pdf417", z: "aztec", e: "databar", U: "maxicode",
});
/** Prefixes that mark a GS1 message. They stay with the code, since its meaning depends on them. */
const GS1_PREFIXES = new Set(["]C1", "]d2", "]Q3", "]e0", "]J1", "]z1"]);
/** The characters of Code 39 in the order of their values (ISO/IEC 16388). */
const CODE_39 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%";
/** Prefixes of scanners that checked a Code 39's check character and sent it on, or took it off, or that put together
 * the pairs of full ASCII. */
const CHECK_SENT_ON = new Set(["]A1", "]A5"]);
const IS_DONE = new Set(["]A3", "]A4", "]A7"]);
/** The scheme of a link, who signs in, and its host. */
const LINK = /^(https?:\/\/)([^/?#]*@)?([^/?#@]*)/i;
const ENDS = /^[ \t\r\n]+|[ \t\r\n]+$/g;
const AIM_PREFIX = /^\][A-Za-z][0-9A-Za-z]/;
/** A longer bare number is a serial or article number, not one of our tags. */
const MAX_NUMBER = 9;
/** Forms that the server reads as more than a plain code (GS1 keys, makers' serials, EPC), and what is left. */
const PLAIN = new RegExp(
  "^(?!(?:[0-9]{8,}|1S[0-9A-Z]{14,18}|S[0-9A-Z]{10,12}|[0-9A-F]{8}|[0-9A-F]{10}|[0-9A-F]{12,}"
  + "|(?:8003|8004|414|01|00|253|255|8006|8010|8017|8018)[0-9]{6}.*"
  + "|[0-9A-F]{2}(?:[ .-][0-9A-F]{2}){3,}|[0-9A-F]{4}(?:[ .-][0-9A-F]{4}){2,}|[0-9A-F]{8}(?:[ .-][0-9A-F]{8})+|0X[0-9A-F]{8,})$)"
  + "[A-Z0-9][A-Z0-9 ._/#+-]{0,63}$", "i");
/** The dotless and dotted i: the server's comparison takes both for an i. */
const SECRET = /^(otpauth(-m[iİı]grat[iİı]on)?:|w[iİı]f[iİı]:|[^\n]*[?&;](secret|password|token)=)/iu;

/**
 * Trim a text as it was read, and take an AIM prefix off.
 * @param {string} text
 * @returns {{code: string, symbology: string | null}} code is "" where nothing is left
 */
export function readRaw(text) {
  const code = text.replace(ENDS, "");
  const match = AIM_PREFIX.exec(code);
  if (!match) return { code, symbology: null };
  const symbology = AIM[match[0][1]] ?? null;
  if (GS1_PREFIXES.has(match[0])) return { code, symbology };
  const bare = code.slice(3).replace(ENDS, "");
  if (CHECK_SENT_ON.has(match[0])) return { code: takeOffCheck(bare) ?? bare, symbology: null };
  // The scanner has done what Code 39 needs. Without a symbology the server does not do it again.
  return { code: bare, symbology: IS_DONE.has(match[0]) ? null : symbology };
}

/**
 * Return a text without the modulo 43 check character at its end, null where it does not end with one.
 * @param {string} text
 */
function takeOffCheck(text) {
  const values = [...text].map((char) => CODE_39.indexOf(char));
  const check = values.pop();
  if (check === undefined || !values.length || values.includes(-1)) return null;
  return values.reduce((sum, value) => sum + value, 0) % CODE_39.length === check ? text.slice(0, -1) : null;
}

/**
 * How this deployment reads codes. The phone gets the rules together with the list of locations.
 * @typedef {{base_url?: string, prefix?: string, digits?: number, code39_check?: boolean, code39_full_ascii?: boolean,
 *   foreign_hosts?: string[]}} TagRules
 */

/**
 * Return the key by which a plain tag or a location's code is compared: in its normal form, trimmed, ASCII letters
 * upper-case, a number filled up as this deployment's tags are.
 * @param {string} text
 * @param {TagRules} [rules]
 */
export function codeKey(text, rules = {}) {
  const trimmed = toNormalForm(text).replace(ENDS, "");
  const link = LINK.exec(trimmed);
  // Only the scheme and the host of a link are folded; a path keeps its case.
  if (link) return link[1].toLowerCase() + (link[2] ?? "") + lower(link[3]) + trimmed.slice(link[0].length);
  const key = fold(trimmed);
  const prefix = (rules.prefix ?? "").toUpperCase();
  if (!rules.digits && !prefix) return key;
  let number = key.startsWith(prefix) ? key.slice(prefix.length) : key;
  if (!/^[0-9]+$/.test(number) || number.length > MAX_NUMBER) return key;
  if (rules.digits) number = number.replace(/^0+/, "").padStart(rules.digits, "0");
  return prefix + number;
}

/** @param {string} text */
function fold(text) {
  return toNormalForm(text.replace(/[a-z]+/g, (letters) => letters.toUpperCase()));
}

/**
 * Return a text in the form in which codes are compared: composed, decomposed and full-width letters are one. The path
 * of a link is exact.
 * @param {string} text
 */
function toNormalForm(text) {
  return LINK.test(text.replace(ENDS, "")) ? text : text.normalize("NFKC");
}

/** @param {string} text */
function lower(text) {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/**
 * Return the keys of a plain code: a bare number by the deployment's rules first, another text as it is first.
 * @param {string} text
 * @param {TagRules} rules
 */
function plainKeys(text, rules) {
  const keys = [codeKey(text, rules), codeKey(text)];
  return /^[0-9]+$/.test(keys[1]) ? keys : keys.reverse();
}

/**
 * Return the keys under which a code may be known on this phone, the likeliest first.
 * The server understands more (EPC, GS1, makers' links); what is not found here is left to it.
 * @param {string} code
 * @param {TagRules} [rules]
 * @param {string | null} [symbology]
 * @returns {string[]}
 */
export function localKeys(code, rules = {}, symbology = null) {
  if (/^https?:\/\//i.test(code)) {
    // The last is how links were kept before version 0.2.
    return [...new Set([...linkKeys(code, rules), codeKey(code), fold(code)])];
  }
  const bare = rules.code39_check && symbology === "code_39" ? takeOffCheck(code) : null;
  const keys = [...(bare === null ? [] : plainKeys(bare, rules)), ...plainKeys(code, rules)];
  // Which characters the pairs of full ASCII stand for, the server knows.
  if (rules.code39_full_ascii && symbology === "code_39" && /[$%/+]/.test(code)) return [];
  // Readers send the start and stop characters of Codabar or leave them out, by a setting.
  if (symbology === "codabar") keys.push(...plainKeys(code.replace(/^[ABCDabcd]+|[ABCDabcd]+$/g, ""), rules));
  keys.push(...spellNumber(code, symbology).flatMap((number) => plainKeys(number, rules)));
  return [...new Set(keys)];
}

/**
 * Split a link as the server does. `URL` is not used: it normalizes paths, which the server does not.
 * @param {string} text
 */
function splitLink(text) {
  const [, scheme, authority, path, query] = /^(https?):\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?/i.exec(text) ?? [];
  if (scheme === undefined) return null;
  const [, host, port] = /^(?:.*@)?(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(authority) ?? [];
  if (!host) return null;
  const isDefault = !port || (/^http$/i.test(scheme) ? port === "80" : port === "443");
  return { host: host.toLowerCase(), port: isDefault ? 443 : Number(port), path, query: query ?? "" };
}

/** @param {string} path @returns {string[]} */
function stepsOf(path) {
  return path.split("/").filter(Boolean).map((step) => {
    try {
      return decodeURIComponent(step);
    } catch {
      return step; // a stray percent sign
    }
  });
}

/** Return the steps of a link below our address, null of any other. @param {NonNullable<ReturnType<typeof splitLink>>} link @param {TagRules} rules */
function ownSteps(link, rules) {
  const own = rules.base_url ? splitLink(rules.base_url) : null;
  const root = own?.path.replace(/\/+$/, "") ?? "";
  const isOurs = own && own.host === link.host && own.port === link.port && link.path.startsWith(`${root}/`);
  return isOurs ? stepsOf(link.path.slice(root.length)) : null;
}

/** @param {string} text @param {TagRules} rules @returns {string[]} */
function linkKeys(text, rules) {
  const link = splitLink(text);
  if (!link) return [];
  if (ownSteps(link, rules)) {
    const own = readOwnLink(text, rules);
    return own && own.kind !== "t" ? [own.key] : []; // the code of a task is not a label, and neither is another page of ours
  }
  if (rules.foreign_hosts?.length && !rules.foreign_hosts.includes(link.host)) return [];
  return snipeKeys(stepsOf(link.path), link.query, rules);
}

/** Return the keys in a link of Snipe-IT. @param {string[]} steps @param {string} query @param {TagRules} rules */
function snipeKeys(steps, query, rules) {
  const lowered = steps.map(lower); // a link in capitals means the same
  const at = lowered.indexOf("hardware");
  if (at >= 0) {
    const [kind, name] = [lowered[at + 1], steps[at + 2]];
    const tag = kind === "bytag" ? name ?? new URLSearchParams(query.replace(/assettag/i, "assetTag")).get("assetTag") : null;
    if (tag) return [codeKey(tag, rules)].filter(Boolean);
    return kind === "byserial" && name ? [codeKey(name)] : [];
  }
  return lowered.at(-2) === "ht" ? [codeKey(String(steps.at(-1)), rules)].filter(Boolean) : [];
}

/**
 * Return whether a code is so plain that the phone can say "not on the list" without the server.
 * @param {string} code
 */
export function isPlain(code) {
  return PLAIN.test(code);
}

/** Symbologies of which even a plain text may mean more than it shows. */
const TELLING = new Set([...RETAIL, "codabar", "rfid", "nfc"]);

/**
 * Return whether the server reads a code by nothing but its plain text, as the phone does.
 * @param {string} code
 * @param {TagRules} rules
 * @param {string | null} symbology
 */
export function isReadPlainly(code, rules, symbology) {
  const isAgreed = symbology === "code_39" && (rules.code39_check || rules.code39_full_ascii);
  return isPlain(code) && !isAgreed && !TELLING.has(symbology ?? "");
}

/**
 * Return what a link of ours says that it labels, and its key; null for any other text.
 * @param {string} text
 * @param {TagRules} rules
 * @returns {{kind: "a" | "l" | "p" | "t", key: string} | null} "t" of a task
 */
export function readOwnLink(text, rules) {
  const link = splitLink(text);
  const steps = link && ownSteps(link, rules);
  if (!steps) return null;
  const kind = steps[0]?.toLowerCase();
  const isLabel = steps.length === 2 && steps[1].trim() && ["a", "l", "p", "t"].includes(kind);
  return isLabel ? { kind: /** @type {"a" | "l" | "p" | "t"} */ (kind), key: codeKey(steps[1]) } : null;
}

/**
 * Return whether a typed text reads like a name rather than a code: with a blank in it, without a digit, or too short
 * for a label. Other texts are taken as they are: handhelds put whole codes into the field.
 * @param {string} text
 */
export function readsLikeName(text) {
  const words = text.trim();
  return /\s/.test(words) || !/[0-9]/.test(words) || words.length < MIN_LABEL;
}

/**
 * Return whether a text is a password or the like (Wi-Fi access, the seed of a one-time password, a
 * link with a secret). Such a text is never stored or shown.
 * @param {string} text
 */
export function isSecret(text) {
  return SECRET.test(text.replace(ENDS, "").replace(AIM_PREFIX, "").replace(ENDS, ""));
}

/** Line breaks and the tabulator have short escapes; every other character is written by its number. */
const SHORT_ESCAPES = /** @type {Record<string, string>} */ ({ "\t": "\\t", "\n": "\\n", "\r": "\\r" });

/** @param {string} char */
function escape(char) {
  const point = /** @type {number} */ (char.codePointAt(0));
  const hex = point.toString(16);
  if (SHORT_ESCAPES[char]) return SHORT_ESCAPES[char];
  if (point < 0x100) return `\\x${hex.padStart(2, "0")}`;
  return point < 0x10000 ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}

/**
 * Return a code as it may be shown: control and invisible characters as escapes, and not endlessly long.
 * @param {string} code
 * @param {number} [max] how many characters are shown
 */
export function showCode(code, max = 60) {
  const visible = [...code.replace(ENDS, "").replace(/(?! )[\p{C}\p{Z}]/gu, escape)];
  return visible.length > max ? `${visible.slice(0, max - 1).join("")}…` : visible.join("");
}

/** As many pieces as one scan may be about (MAX_QUANTITY of domain/stock/items.py). */
export const MAX_PIECES = 100_000;
/** What a count may find, as `MAX_LEVEL` in domain/stock/items.py. */
export const MAX_COUNTED = 2_000_000_000;
const QUANTITY = /^SCN-QTY-([1-9][0-9]{0,4})$/;

/** Return how many pieces a code of the desk card sets for the next scan; null of any other code. @param {string} code @returns {number | null} */
export function readQuantity(code) {
  const found = QUANTITY.exec(code.trim());
  return found ? Number(found[1]) : null;
}
