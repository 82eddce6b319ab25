// @ts-check
/** Which of the codes in a frame is meant, and whether it was taken already. Pure. */

/**
 * @typedef {{text: string, format: string, polygon: {x: number, y: number}[]}} Seen in frame pixels
 */

/** @param {Seen} code */
export function middleOf(code) {
  const n = code.polygon.length || 1;
  const sum = code.polygon.reduce((s, p) => ({ x: s.x + p.x, y: s.y + p.y }), { x: 0, y: 0 });
  return { x: sum.x / n, y: sum.y / n };
}

/**
 * Give the code nearest the middle of the frame.
 * @param {Seen[]} codes @param {number} width @param {number} height
 * @returns {Seen | null}
 */
export function nearestToMiddle(codes, width, height) {
  let best = null;
  let least = Infinity;
  for (const code of codes) {
    const { x, y } = middleOf(code);
    const distance = (x - width / 2) ** 2 + (y - height / 2) ** 2;
    if (distance < least) [best, least] = [code, distance];
  }
  return best;
}

/** Remembers what is in view, so that one label is one scan for as long as it stays there. */
export class Repeats {
  /** @param {number} holdMs how long after it was last seen a code counts as the same scan */
  constructor(holdMs = 2500) {
    this.holdMs = holdMs;
    /** @type {Map<string, number>} */
    this.seen = new Map();
  }

  /**
   * Note that a code is in view; gives true where it is new.
   * @param {Seen} code @param {number} now ms
   */
  isNew(code, now) {
    const last = this.seen.get(`${code.format} ${code.text}`);
    return last === undefined || now - last > this.holdMs;
  }

  /** @param {Seen} code @param {number} now */
  note(code, now) {
    this.seen.set(`${code.format} ${code.text}`, now);
  }
}

/**
 * Leave out codes of symbologies that this deployment does not accept.
 * @param {Seen[]} codes @param {string | undefined} accepted their names with spaces between, all where none is given
 */
export function onlyAccepted(codes, accepted) {
  const names = accepted ? accepted.split(" ") : null;
  return names ? codes.filter((code) => names.includes(symbologyName(code.format))) : codes;
}

/** ZXing's names for symbologies, as Barcode Detection API names. */
const NAMES = /** @type {Record<string, string>} */ ({
  code128: "code_128", code39: "code_39", code39std: "code_39", code39ext: "code_39", code93: "code_93",
  codabar: "codabar", qrcode: "qr_code", qrcodemodel1: "qr_code", qrcodemodel2: "qr_code",
  microqrcode: "micro_qr_code", rmqrcode: "rm_qr_code", datamatrix: "data_matrix", aztec: "aztec",
  azteccode: "aztec", pdf417: "pdf417", ean13: "ean_13", ean8: "ean_8", upca: "upc_a", upce: "upc_e",
  itf: "itf", itf14: "itf", databar: "databar", databarexpanded: "databar_expanded", maxicode: "maxi_code",
});

/** @param {string} format @returns {string} */
export function symbologyName(format) {
  const key = format.toLowerCase().replace(/[^a-z0-9]/g, "");
  return NAMES[key] ?? format.toLowerCase().replace(/[^a-z0-9]+/g, "_");
}
