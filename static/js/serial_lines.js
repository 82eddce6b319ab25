// @ts-check
/** Lines from a serial reader: CR, LF, CR LF, or STX..ETX around each; bounded. Pure. */

const LONGEST = 4096;

export class LineSplitter {
  constructor() {
    this.rest = "";
  }

  /** @param {string} chunk @returns {string[]} whole lines, trimmed, without empty ones */
  push(chunk) {
    const parts = (this.rest + chunk).split(/[\r\n\u0003]/);
    this.rest = parts.pop() ?? "";
    // A stream without line ends is noise (a wrong speed), not one endless code.
    if (this.rest.length > LONGEST) this.rest = "";
    return parts.map((part) => part.slice(part.lastIndexOf("\u0002") + 1).trim()).filter((part) => part && part.length <= LONGEST);
  }
}
