// @ts-check
/**
 * What a decoder read, in the server's words: the symbology's name, the printed digits of a retail code, the mark of
 * GS1 data, and what needs a second look. `tests/vectors/pictures.json` holds the phone's decoder and the server's
 * (`scanner_app/decoding/picture`) to the same answers.
 */

import { nameRetail } from "../shared/retail.js";

/**
 * @typedef {{text: string, format: string, polygon: {x: number, y: number}[], aim?: string | null, bytes?: Uint8Array,
 *   isSure?: boolean}} Seen in pixels of the frame; `aim` is the identifier of ISO/IEC 15424
 */

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
/** What zxing-wasm has to look for, by the server's names. `Code39` would take a slash and a letter for full ASCII. */
const FORMATS = /** @type {Record<string, string[]>} */ ({
  aztec: ["Aztec"], codabar: ["Codabar"], code_128: ["Code128"], code_32: ["Code32"], code_39: ["Code39Std"],
  code_93: ["Code93"], data_matrix: ["DataMatrix"], databar: ["DataBar"],
  databar_expanded: ["DataBarExp", "DataBarExpStk"], databar_limited: ["DataBarLtd"], dx_film_edge: ["DXFilmEdge"],
  ean_13: ["EAN13"], ean_8: ["EAN8"], itf: ["ITF"], maxicode: ["MaxiCode"], micro_pdf417: ["MicroPDF417"],
  micro_qr_code: ["MicroQRCode"], pdf417: ["PDF417"], qr_code: ["QRCode"], rmqr_code: ["RMQRCode"],
  telepen: ["Telepen"], upc_a: ["UPCA"], upc_e: ["UPCE"],
});
/** One check digit or none: noise, or a part of another code, can look like one of these. */
const WEAK = new Set([
  "codabar", "code_32", "code_39", "databar", "databar_expanded", "databar_limited", "dx_film_edge", "ean_13", "ean_8",
  "itf", "telepen", "upc_a", "upc_e",
]);
/** These hold too little to trust one look, however clear. */
const ALWAYS_TWICE = new Set(["codabar", "dx_film_edge", "itf", "telepen", "upc_e"]);
const MIN_ITF = 6;
const MIN_CODABAR = 3;
/** Height of an outline that many scan lines agreed on, as a part of its width. */
const TALL = 0.04;
/** AIM identifiers of GS1 data. */
const GS1 = /^\](?:C1|d2|Q3|e0|J1|z1)$/;

/** @param {string} format @returns {string} */
export function symbologyName(format) {
  const key = format.toLowerCase().replace(/[^a-z0-9]/g, "");
  return NAMES[key] ?? format.toLowerCase().replace(/[^a-z0-9]+/g, "_");
}

/**
 * Return the codes whose symbologies this deployment accepts.
 * @param {Seen[]} codes @param {string | undefined} accepted their names with spaces between; all are accepted where none is given
 */
export function onlyAccepted(codes, accepted) {
  const names = accepted ? accepted.split(" ") : null;
  return names ? codes.filter((code) => names.includes(symbologyName(code.format))) : codes;
}

/** Return zxing-wasm's formats for what a deployment accepts. @param {string | undefined} accepted names with spaces between */
export function zxingFormats(accepted) {
  const names = accepted ? accepted.split(" ") : Object.keys(FORMATS).filter((name) => name !== "code_32");
  return names.flatMap((name) => FORMATS[name] ?? []);
}

/** Return a code of zxing-wasm as the server returns it: the server's name, the digits as printed. @param {Seen} code @returns {Seen} */
export function asServer(code) {
  const symbology = symbologyName(code.format);
  const [format, text] = nameRetail(symbology, code.text);
  const isRetail = ["ean_13", "ean_8", "upc_a", "upc_e"].includes(format);
  return { ...code, format, text, ...(isRetail && code.bytes ? { bytes: new TextEncoder().encode(text) } : {}) };
}

/** Return what is recorded of a code: GS1 data with its mark, without which it can be cut in two ways. @param {Seen} code */
export function codeOf({ text, aim }) {
  return aim && GS1.test(aim) ? aim + text : text;
}

/** Return a code as the event `scan:read` carries it. @param {Seen} code @param {string} source */
export function readOf(code, source) {
  return { text: codeOf(code), source, symbology: symbologyName(code.format) };
}

/** Return whether a code is too short to differ from noise. @param {Seen} code */
export function isTooShort(code) {
  const symbology = symbologyName(code.format);
  if (symbology === "itf") return code.text.length < MIN_ITF;
  return symbology === "codabar" && code.text.replace(/^[ABCDabcd]+|[ABCDabcd]+$/g, "").length < MIN_CODABAR;
}

/** Return whether one look at a code is too little. @param {Seen} code */
export function needsSecondLook(code) {
  if (code.isSure) return false;
  const symbology = symbologyName(code.format);
  return ALWAYS_TWICE.has(symbology) || (WEAK.has(symbology) && !isTall(code.polygon));
}

/** Return whether many scan lines agreed: the outline is as high as those lines. @param {{x: number, y: number}[]} polygon */
function isTall(polygon) {
  if (polygon.length !== 4) return false;
  const side = (/** @type {number} */ i, /** @type {number} */ j) =>
    Math.hypot(polygon[i].x - polygon[j].x, polygon[i].y - polygon[j].y);
  return Math.min(side(0, 3), side(1, 2)) >= Math.max(3, TALL * side(0, 1));
}
