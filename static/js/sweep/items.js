// @ts-check
/** What a sweep has found: what becomes of each code, and the figure over the picture. Pure. */
import { isSecret, readRaw } from "../shared/codes.js";
import { codeOf, symbologyName } from "../capture/symbologies.js";

/**
 * @typedef {import("../capture/symbologies.js").Seen} Seen
 * @typedef {{code: string, text: string, symbology: string, answer: string, name: string, scanId: string | null,
 *   isCounted: boolean, word?: string}} Item a code that counts; its scan, once the phone has it
 * @typedef {object} Known
 * @property {import("../offline/lists.js").Lists} lists
 * @property {import("../offline/lists.js").Where} place where the sweep is
 */

/** What stands in the way of a second scan: it was counted in this place before. */
export const ALREADY = "already_scanned";
/** A location's label, or a badge: passing by sets nothing. */
export const LABEL = "label";
export const OFF = "undone";
export const READING = "reading";
const SECRET = "Secret";
/** Recorded elsewhere, or not in this audit at all. */
const ELSEWHERE = new Set(["wrong_place", "two_rooms"]);

/** Return a code by which it is kept. @param {Seen} seen */
export function keyOf(seen) {
  return readRaw(codeOf(seen)).code;
}

/**
 * Return what is to be done with a code that counts: recorded where its answer is still open.
 * @param {Seen} seen @param {Known} known
 * @returns {Item}
 */
export function itemOf(seen, { lists, place }) {
  const code = keyOf(seen);
  const symbology = symbologyName(seen.format);
  const item = { code, text: codeOf(seen), symbology, answer: READING, name: code, scanId: null, isCounted: false };
  // A password is neither recorded nor shown.
  if (isSecret(item.text)) return { ...item, code: SECRET, name: SECRET, answer: "refused" };
  const { meaning } = lists.read(code, symbology);
  if (meaning?.kind === "location") return { ...item, answer: LABEL, name: meaning.place.name };
  if (meaning?.kind === "person") return { ...item, answer: LABEL, name: meaning.person.name };
  const asset = meaning?.kind === "asset" ? meaning.asset : null;
  const name = asset ? `${asset.asset_tag} ${asset.name === asset.asset_tag ? "" : asset.name}`.trim() : code;
  const key = lists.nameOf(code);
  const isHere = lists.wasSeen(key, asset) && isSame(lists.whereSeen(key, asset), place);
  return { ...item, name, answer: isHere ? ALREADY : READING };
}

/** @param {import("../offline/lists.js").Where} one @param {import("../offline/lists.js").Where} other */
function isSame(one, other) {
  if (one === null || other === null) return one === other;
  return one !== "open" && other !== "open" && one.code === other.code;
}

/**
 * Say how far the place is: "23 of 31 here, 2 from elsewhere".
 * @param {Iterable<Item>} items @param {{seen: number, expected: number} | null} progress
 */
export function sayFigure(items, progress) {
  const counted = [...items].filter((item) => item.isCounted);
  const elsewhere = counted.filter((item) => ELSEWHERE.has(item.answer)).length;
  const unknown = counted.filter((item) => item.answer === "unknown").length;
  const parts = [
    progress ? `${progress.seen} of ${progress.expected} here` : `${counted.length} counted`,
    elsewhere ? `${elsewhere} from elsewhere` : "",
    unknown ? `${unknown} unknown` : "",
  ];
  return parts.filter(Boolean).join(", ");
}
