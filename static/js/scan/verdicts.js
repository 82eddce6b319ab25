// @ts-check
/**
 * What the phone itself can say about a scan before the server has answered. It says only what it knows. Pure.
 * Its sentences about locations, people and findings are the server's own; `tests/vectors/verdicts.json`
 * holds phone and server to the same verdicts.
 */
import { showCode } from "../shared/codes.js";
import { fill, modeOf } from "../shared/facts.js";

/**
 * @typedef {"fine" | "wrong_place" | "unknown" | "already_scanned" | "two_rooms" | "damaged"
 *   | "found_again" | "incomplete" | "unchanged" | "refused" | "saved" | "not_stored"
 *   | "attention" | "undone"} Answer
 * @typedef {{answer: Answer, message: string, asset: any, place: any, person: any, kind: string | null,
 *   stock?: import("../offline/lists.js").Pieces, is_sure: boolean, is_in_place?: boolean, about?: string}} Local
 * @typedef {object} Given
 * @property {import("../shared/facts.js").Facts} facts
 * @property {string} code
 * @property {string} intent
 * @property {import("../offline/lists.js").Meaning} meaning
 * @property {boolean} [isSure] the server cannot read the code otherwise
 * @property {import("../offline/lists.js").Where} place where the scan happens
 * @property {{name: string} | "open" | null} person whose badge was scanned before; "open" where only the server knows
 * @property {boolean} hasExpected an audit's expected list is on the phone
 * @property {boolean} wasSeen the asset was counted before
 * @property {import("../offline/lists.js").Where} [seenIn] where it was
 */

/** What is said of everything that only the server knows. */
const OPEN = "not checked yet";

/** @param {Given} given @returns {Local} */
export function judge(given) {
  const { code, intent, meaning, hasExpected, facts, isSure = true } = given;
  const shown = showCode(code);
  const message = `“${shown}” is saved.${isSure ? "" : ` What it means is ${OPEN}.`}`;
  /** @type {Local} */
  const local = { answer: "saved", message, asset: null, place: null, person: null, kind: null, is_sure: isSure };
  if (meaning?.kind === "location") {
    const message = fill(facts.sentences.location, { name: meaning.place.name });
    return { ...local, answer: "fine", kind: "location", place: meaning.place, message };
  }
  if (meaning?.kind === "person") {
    const message = fill(facts.sentences[`badge_${intent}`] ?? "{name}", { name: meaning.person.name });
    return { ...local, answer: "fine", kind: "person", person: meaning.person, message };
  }
  if (meaning?.kind === "task") {
    return { ...local, kind: "task", message: `${meaning.task.number} is the code of a task. Which one is ${OPEN}.` };
  }
  if (meaning?.kind === "stock") {
    const { code, name } = meaning.stock.item;
    return { ...local, kind: "stock", stock: meaning.stock, message: `${name} (${code}) is saved.` };
  }
  const { counts } = modeOf(facts, intent);
  if (meaning?.kind === "asset") {
    const known = { ...local, kind: "asset", asset: meaning.asset };
    return { ...known, ...(counts ? judgeCounted(given, meaning.asset) : judgeSaved(given, meaning.asset)) };
  }
  if (hasExpected && counts && isSure) {
    // Not the server's sentence: the asset may be in the register, and only not on the list.
    return { ...local, answer: "unknown", message: `“${shown}” is not on this audit's list.` };
  }
  return local;
}

/** @param {import("../offline/lists.js").Expected} asset */
const nameOf = (asset) => `${asset.asset_tag} ${asset.name}`.trim();

/**
 * What a sighting in an audit is: the phone's twin of `classify` on the server.
 * @param {Given} given @param {import("../offline/lists.js").Expected} asset
 * @returns {{answer: Answer, message: string, is_in_place?: boolean}}
 */
function judgeCounted(given, asset) {
  const { facts, place, wasSeen } = given;
  const say = (/** @type {string} */ key) =>
    fill(facts.sentences[key], { thing: nameOf(asset), place: place === "open" ? null : place?.name, recorded: asset.location_name });
  if (wasSeen) return judgeAgain(given, asset, say);
  if (!asset.is_expected) return { answer: "wrong_place", message: say("extra") };
  if (place === "open" || (place && !place.path)) return { answer: "saved", message: `${nameOf(asset)} is saved. Its location is ${OPEN}.` };
  if (!place) return { answer: "fine", message: say("counted") };
  if (asset.location_path === null) return { answer: "wrong_place", message: say("no_location") };
  const isInside = place.path.startsWith(asset.location_path);
  return isInside
    ? { answer: "fine", message: say("right_place"), is_in_place: true }
    : { answer: "wrong_place", message: say("wrong_place") };
}

/**
 * What a second sighting is. In another room it is not the same as before: somebody has to look which is right.
 * @param {Given} given @param {import("../offline/lists.js").Expected} asset @param {(key: string) => string} say
 * @returns {{answer: Answer, message: string}}
 */
function judgeAgain({ place, seenIn = null }, asset, say) {
  const thing = nameOf(asset);
  const isOpen = place === "open" || seenIn === "open" || (place && !place.path) || (seenIn && !seenIn.path);
  if (isOpen) return { answer: "saved", message: `${thing} was scanned before. Whether in another location is ${OPEN}.` };
  if (!place || !seenIn || place.path.startsWith(seenIn.path) || seenIn.path.startsWith(place.path)) {
    return { answer: "already_scanned", message: say("already_scanned") };
  }
  return { answer: "two_rooms", message: `${thing} was seen in ${seenIn.name} before, and now in ${place.name}. Which counts is ${OPEN}.` };
}

/**
 * What only the server can decide is saved; the phone says what is still missing for it.
 * @param {Given} given @param {import("../offline/lists.js").Expected} asset
 * @returns {{message: string}}
 */
function judgeSaved({ facts, intent, place, person }, asset) {
  const mode = modeOf(facts, intent);
  const thing = nameOf(asset);
  if (mode.needs_person && !person) {
    return { message: `${thing} is saved, but nobody is chosen. Scan the person's badge first.` };
  }
  if (mode.needs_place && !place) {
    return { message: `${thing} is saved, but no location is chosen. Scan the location's label first.` };
  }
  if (mode.needs_person && person === "open") return { message: `${thing} is saved. Who gets it is ${OPEN}.` };
  return { message: `${thing} is saved.${place === "open" ? ` Its location is ${OPEN}.` : ""}` };
}

/**
 * Return the word for a scan with which all is right: what was done, in the words of its mode.
 * @param {import("../shared/facts.js").Facts} facts
 * @param {{answer: string, kind?: string | null, intent: string, is_in_place?: boolean}} scan
 * @returns {string | undefined} undefined for all other answers, which have a word of their own
 */
export function fineWord({ fine_words: words }, { answer, kind, intent, is_in_place: isInPlace }) {
  if (answer !== "fine") return undefined;
  if (kind === "location" || kind === "person") return words[kind];
  return isInPlace ? words.in_place : words[intent];
}

/**
 * Say where a scan is kept.
 * @param {"server" | "phone" | "memory" | "sheet" | "nowhere"} kept
 */
export function whereKept(kept) {
  return {
    server: "Sent",
    phone: "Saved on this phone, waiting to send",
    memory: "Only in this page's memory. Keep it open",
    sheet: "Not saved yet",
    nowhere: "Not stored",
  }[kept];
}
