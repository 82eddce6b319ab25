// @ts-check
/** What a scanned text is before anybody looks it up: its ends trimmed, its AIM prefix read, its key. */

/** AIM symbology identifiers (ISO/IEC 15424) by their letter, as Barcode Detection API names. */
const AIM = /** @type {Record<string, string>} */ ({
  A: "code_39", C: "code_128", d: "data_matrix", Q: "qr_code", E: "ean_13", F: "codabar",
  G: "code_93", I: "itf", L: "pdf417", z: "aztec", e: "databar", U: "maxi_code",
});
/** Prefixes that say "this is GS1"; they stay with the code, since its meaning hangs on them. */
const GS1_PREFIXES = new Set(["]C1", "]d2", "]Q3", "]e0", "]J1"]);
/** The characters of Code 39 in the order of their values (ISO/IEC 16388). */
const CODE_39 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%";
/** Prefixes of scanners that checked a Code 39's check character and sent it on, or took it off. */
const CHECK_SENT_ON = new Set(["]A1", "]A5"]);
const CHECK_TAKEN_OFF = new Set(["]A3", "]A7"]);
const ENDS = /^[ \t\r\n]+|[ \t\r\n]+$/g;

/**
 * Trim a text as read and take an AIM prefix off it.
 * @param {string} text
 * @returns {{code: string, symbology: string | null}} code is "" where nothing is left
 */
export function readRaw(text) {
  const code = text.replace(ENDS, "");
  const match = /^\]([A-Za-z])([0-9A-Za-z])/.exec(code);
  if (!match) return { code, symbology: null };
  const symbology = AIM[match[1]] ?? null;
  if (GS1_PREFIXES.has(match[0])) return { code, symbology };
  const bare = code.slice(3).replace(ENDS, "");
  if (CHECK_SENT_ON.has(match[0])) return { code: takeOffCheck(bare) ?? bare, symbology: null };
  // Where the check character is off already, nothing more is to be taken off by the server.
  return { code: bare, symbology: CHECK_TAKEN_OFF.has(match[0]) ? null : symbology };
}

/**
 * Give a text without the modulo 43 check character at its end, null where it ends with none.
 * @param {string} text
 */
function takeOffCheck(text) {
  const values = [...text].map((char) => CODE_39.indexOf(char));
  const check = values.pop();
  if (check === undefined || !values.length || values.includes(-1)) return null;
  return values.reduce((sum, value) => sum + value, 0) % CODE_39.length === check ? text.slice(0, -1) : null;
}

/**
 * How this deployment reads codes; the phone gets it with the places.
 * @typedef {{host?: string, prefix?: string, digits?: number}} TagRules
 */

/**
 * Give the key a plain tag or a place's code is found by: trimmed, ASCII letters upper-case, a bare
 * number filled up as the deployment's tags are. The same as `tag_key` on the server.
 * @param {string} text
 * @param {TagRules} [rules]
 */
export function codeKey(text, rules = {}) {
  const key = text.replace(ENDS, "").replace(/[a-z]+/g, (letters) => letters.toUpperCase());
  if (!rules.digits || !/^\d+$/.test(key)) return key;
  return (rules.prefix ?? "").toUpperCase() + key.replace(/^0+/, "").padStart(rules.digits, "0");
}

/**
 * Give the keys that a code may be known by on this phone, the likeliest first.
 * The server understands more (EPC, GS1); what is not found here is left to it.
 * @param {string} code
 * @param {TagRules} [rules]
 * @returns {string[]}
 */
export function localKeys(code, rules = {}) {
  if (!/^https?:\/\//i.test(code)) return [codeKey(code, rules)];
  const keys = [codeKey(code)];
  try {
    const url = new URL(code);
    const steps = url.pathname.split("/").filter(Boolean).map(decodeURIComponent);
    const [kind, name] = steps.slice(-2);
    if (name && ["a", "l", "p"].includes(kind) && url.hostname === rules.host) keys.push(codeKey(name));
    if (name && ["bytag", "ht"].includes(kind)) keys.push(codeKey(name, rules));
    const tag = steps.includes("hardware") && url.searchParams.get("assetTag");
    if (tag) keys.push(codeKey(tag, rules));
  } catch {
    // no link after all: the whole text is the only key
  }
  return [...new Set(keys)];
}

/**
 * Tell whether a code is plain enough that "not on the list" can be said without the server.
 * @param {string} code
 */
export function isPlain(code) {
  return /^[A-Za-z0-9][A-Za-z0-9 ._/-]{0,63}$/.test(code) && !/^[0-9A-Fa-f]{16,}$/.test(code);
}

/**
 * Tell whether a text is a password or the like (Wi-Fi access, the seed of a one-time password, a
 * link with a secret): never written down nor shown. The same as `is_secret` on the server.
 * @param {string} text
 */
export function isSecret(text) {
  const bare = text.replace(ENDS, "").replace(/^\][A-Za-z][0-9A-Za-z]/, "");
  return /^(otpauth(-migration)?:|wifi:|.*[?&;](secret|password|token)=)/i.test(bare);
}

/**
 * Give a code as it may be shown: control characters visible, not endless.
 * @param {string} code
 */
export function showCode(code) {
  const visible = code.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/g, (c) => {
    const point = c.charCodeAt(0);
    return point < 0x20 ? String.fromCharCode(0x2400 + point) : `\\u${point.toString(16).padStart(4, "0")}`;
  });
  return visible.length > 60 ? `${visible.slice(0, 59)}…` : visible;
}
