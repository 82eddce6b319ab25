// @ts-check
/** Lines from a serial reader, ended by CR, LF or CR LF, or between STX and ETX; and EM4100 cards. Pure. */

const MAX_LINE = 4096;
const STX = "\u0002";

export class LineSplitter {
  constructor() {
    this.rest = "";
  }

  /** @param {string} chunk @returns {string[]} whole lines, trimmed, without empty ones */
  push(chunk) {
    const parts = (this.rest + chunk).split(/[\r\n\u0003]/);
    this.rest = parts.pop() ?? "";
    // A stream without line ends is noise (a wrong speed), not one endless code.
    if (this.rest.length > MAX_LINE) this.rest = "";
    return parts.map(readPart).filter((part) => part && part.length <= MAX_LINE);
  }
}

/** @param {string} part */
function readPart(part) {
  const at = part.lastIndexOf(STX);
  const line = readText(part.slice(at + 1)).trim();
  return (at >= 0 && readCard(line)) || line;
}

/**
 * Return the text of bytes that were read as Latin-1: UTF-8 where they are that, else as they are.
 * @param {string} bytes
 */
function readText(bytes) {
  if (!/[\u0080-\u00ff]/.test(bytes)) return bytes;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(bytes, (char) => char.charCodeAt(0)));
  } catch {
    return bytes;
  }
}

/**
 * Return the number of an EM4100 card without its check digits, as the reader agent does. Otherwise a card
 * would have one number at the door and another at the desk. `tests/vectors/codes.json` ties the two.
 * @param {string} line what came after STX
 * @returns {string | null} null where the check digits do not fit; then it is an ordinary text
 */
export function readCard(line) {
  if (!/^[0-9A-Fa-f]{12}$/.test(line)) return null;
  const bytes = [0, 2, 4, 6, 8, 10].map((i) => Number.parseInt(line.slice(i, i + 2), 16));
  return bytes.reduce((sum, byte) => sum ^ byte) === 0 ? line.slice(0, 10).toUpperCase() : null;
}

/**
 * Return the kind of reader that a line came from: a tag's number in hex, or a label's text.
 * @param {string} line
 * @returns {{source: "rfid" | "wedge", symbology: "rfid" | null}}
 */
export function kindOf(line) {
  const isTag = /^(?:[0-9A-Fa-f]{2}){4,}$/.test(line) && !/^\d{8}$|^\d{12,14}$/.test(line);
  return isTag ? { source: "rfid", symbology: "rfid" } : { source: "wedge", symbology: null };
}
