// @ts-check
/** Which of the codes in a frame the person means, and whether it was read already. Pure. */

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
 * Return the code nearest the middle of the frame.
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

/** Remembers what is in view, so that one label is one scan while it stays in view. */
export class Repeats {
  /** @param {number} holdMs how long after it was last seen a code counts as the same scan */
  constructor(holdMs = 2500) {
    this.holdMs = holdMs;
    /** @type {Map<string, number>} */
    this.seen = new Map();
  }

  /**
   * Return whether a code that is in view is new.
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
 * Return the codes whose symbologies this deployment accepts.
 * @param {Seen[]} codes @param {string | undefined} accepted their names with spaces between; all are accepted where none is given
 */
export function onlyAccepted(codes, accepted) {
  const names = accepted ? accepted.split(" ") : null;
  return names ? codes.filter((code) => names.includes(symbologyName(code.format))) : codes;
}

/** ZXing's names of symbologies, as the server names them. `tests/vectors/symbologies.json` ties the two. */
const NAMES = /** @type {Record<string, string>} */ ({
  aztec: "aztec", azteccode: "aztec", aztecrune: "aztec", codabar: "codabar", code128: "code_128", code32: "code_32",
  code39: "code_39", code39std: "code_39", code39standard: "code_39", code39ext: "code_39", code39extended: "code_39",
  code93: "code_93", compactpdf417: "pdf417", datamatrix: "data_matrix", databar: "databar", databaromni: "databar",
  databarexp: "databar_expanded", databarexpanded: "databar_expanded", databarexpstk: "databar_expanded",
  databarexpandedstacked: "databar_expanded", databarltd: "databar_limited", databarlimited: "databar_limited",
  databarstacked: "databar", databarstk: "databar", databarstackedomni: "databar", databarstkomni: "databar",
  dxfilmedge: "dx_film_edge", ean13: "ean_13", ean8: "ean_8", isbn: "ean_13", itf: "itf", itf14: "itf",
  maxicode: "maxicode", micropdf417: "micro_pdf417", microqrcode: "micro_qr_code", pdf417: "pdf417", pzn: "code_39",
  qrcode: "qr_code", qrcodemodel1: "qr_code", qrcodemodel2: "qr_code", rmqrcode: "rmqr_code", telepen: "telepen",
  telepenalpha: "telepen", telepennumeric: "telepen", upca: "upc_a", upce: "upc_e",
});

/** @param {string} format @returns {string} */
export function symbologyName(format) {
  const key = format.toLowerCase().replace(/[^a-z0-9]/g, "");
  return NAMES[key] ?? format.toLowerCase().replace(/[^a-z0-9]+/g, "_");
}
