// @ts-check
/**
 * Numbers in retail symbologies: one number, however many zeros a symbology needs before it. The server has the
 * same rules (`scanner_app/decoding/codes/retail.py`); `tests/vectors/codes.json` holds both to the same answers.
 */

const CHECKED = new Set(["ean_13", "ean_8", "upc_a", "upc_e", "databar", "databar_limited"]);
const RETAIL = new Set([...CHECKED, "itf"]);
const LENGTHS = [8, 12, 13, 14];
const LONG = new Set([12, 13, 14]);

/** Return the modulo 10 check digit of GS1 for the digits before it. @param {string} digits */
function checkDigit(digits) {
  const sum = [...digits].reverse().reduce((total, digit, at) => total + Number(digit) * (at % 2 ? 1 : 3), 0);
  return String((10 - (sum % 10)) % 10);
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
