// @ts-check
/**
 * Numbers in retail symbologies: one number, however many zeros a symbology needs before it. The server has the
 * same rules (`scanner_app/decoding/codes/retail.py`); `tests/vectors/codes.json` holds both to the same answers.
 */

const CHECKED = new Set(["ean_13", "ean_8", "upc_a", "upc_e", "databar", "databar_limited"]);
export const RETAIL = new Set([...CHECKED, "itf"]);
const LENGTHS = [8, 12, 13, 14];
const LONG = new Set([12, 13, 14]);

/** Return the modulo 10 check digit of GS1 for the digits before it. @param {string} digits */
function checkDigit(digits) {
  const sum = [...digits].reverse().reduce((total, digit, at) => total + Number(digit) * (at % 2 ? 1 : 3), 0);
  return String((10 - (sum % 10)) % 10);
}

/** Return the number of an article in 14 digits, "" of any other code (`read_gtin` of decoding/codes/gs1.py). @param {string} code */
export function readArticle(code) {
  const isNumber = /^[0-9]+$/.test(code) && LENGTHS.includes(code.length) && checkDigit(code.slice(0, -1)) === code.at(-1);
  return isNumber ? code.padStart(14, "0") : "";
}

/** Return the 12 digits of UPC-A for the 6 to 8 of UPC-E, or null. @param {string} digits */
function expandUpcE(digits) {
  if (!/^(?:[0-9]{6}|[01][0-9]{6,7})$/.test(digits)) return null;
  const [system, body] = digits.length === 6 ? ["0", digits] : [digits[0], digits.slice(1, 7)];
  const last = body[5];
  let number = `${body.slice(0, 5)}0000${last}`;
  if ("012".includes(last)) number = `${body.slice(0, 2)}${last}0000${body.slice(2, 5)}`;
  if (last === "3") number = `${body.slice(0, 3)}00000${body.slice(3, 5)}`;
  if (last === "4") number = `${body.slice(0, 4)}00000${body[4]}`;
  const whole = system + number + checkDigit(system + number);
  return digits.length === 8 && digits[7] !== whole[11] ? null : whole;
}

/** Return the 8 digits of UPC-E for the 12 of UPC-A, or null where it has no short form. @param {string} digits */
function shortenUpc(digits) {
  const [system, maker, item, check] = [digits[0], digits.slice(1, 6), digits.slice(6, 11), digits[11]];
  if (/^..[012]00$/.test(maker) && item.startsWith("00")) return system + maker.slice(0, 2) + item.slice(2) + maker[2] + check;
  if (maker.endsWith("00") && item.startsWith("000")) return `${system}${maker.slice(0, 3)}${item.slice(3)}3${check}`;
  if (maker.endsWith("0") && item.startsWith("0000")) return `${system}${maker.slice(0, 4)}${item[4]}4${check}`;
  return /^0000[5-9]$/.test(item) ? system + maker + item[4] + check : null;
}

/**
 * Return a retail code's symbology and its printed digits. Decoders return UPC in the 13 digits of EAN.
 * @param {string} symbology @param {string} text @returns {[string, string]}
 */
export function nameRetail(symbology, text) {
  if (symbology === "upc_e" && text.length >= 12) return [symbology, shortenUpc(text.slice(-12)) ?? text];
  if (text.length !== 13 || !["ean_13", "upc_a"].includes(symbology)) return [symbology, text];
  return text[0] === "0" ? ["upc_a", text.slice(1)] : ["ean_13", text];
}

/** Return a number with as many of its leading zeros as anybody may have meant. @param {string} digits */
function withoutZeros(digits) {
  const zeros = digits.length - digits.replace(/^0+/, "").length;
  return Array.from({ length: Math.min(zeros, digits.length - 1) + 1 }, (_, count) => digits.slice(count));
}

/**
 * Return the other numbers that the same bars may have been printed for.
 * @param {string} digits
 * @param {string | null} symbology
 * @returns {string[]}
 */
export function spellNumber(digits, symbology) {
  if (!/^[0-9]+$/.test(digits) || (symbology !== null && !RETAIL.has(symbology))) return [];
  const expanded = symbology === "upc_e" ? expandUpcE(digits) : null;
  const whole = expanded ?? digits;
  const found = expanded === null ? [] : [expanded];
  const isNumber = LENGTHS.includes(whole.length) && checkDigit(whole.slice(0, -1)) === whole.at(-1);
  const bare = whole.replace(/^0+/, "");
  if (isNumber && (symbology !== null || LONG.has(whole.length))) {
    found.push(...LENGTHS.filter((length) => length >= bare.length).map((length) => bare.padStart(length, "0")));
  }
  const isChecked = symbology === null ? LONG.has(whole.length) : CHECKED.has(symbology);
  if (isNumber && isChecked) found.push(...withoutZeros(whole.slice(0, -1)));
  if (symbology === "itf") found.push(...withoutZeros(digits));
  return [...new Set(found)];
}
