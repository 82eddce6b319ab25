// @ts-check
/** What the phone itself can say about a scan before the server has: honest, in one sentence. Pure. */
import { isPlain, showCode } from "../shared/codes.js";

/**
 * @typedef {"fine" | "wrong_place" | "unknown" | "already_scanned" | "refused" | "saved" | "not_stored"
 *   | "attention" | "undone"} Answer
 * @typedef {{answer: Answer, message: string, asset: any, place: any, person: any, kind: string | null}} Local
 */

/**
 * @param {object} given
 * @param {string} given.code
 * @param {string} given.intent
 * @param {import("../offline/lists.js").Meaning} given.meaning
 * @param {{code: string, name: string, path: string} | null} given.place where the scan happens
 * @param {{name: string} | null} given.person
 * @param {boolean} given.hasExpected an audit's expected list is on the phone
 * @param {boolean} given.wasSeen the asset was counted before
 * @returns {Local}
 */
export function judge({ code, intent, meaning, place, person, hasExpected, wasSeen }) {
  const shown = showCode(code);
  /** @type {Local} */
  const local = { answer: "saved", message: `“${shown}” is saved.`, asset: null, place: null, person: null, kind: null };
  if (meaning?.kind === "location") {
    return { ...local, answer: "fine", kind: "location", place: meaning.place, message: `Place: ${meaning.place.name}.` };
  }
  if (meaning?.kind === "person") {
    return { ...local, answer: "fine", kind: "person", person: meaning.person, message: `Custodian: ${meaning.person.name}.` };
  }
  if (meaning?.kind === "asset") {
    const { asset } = meaning;
    const thing = `${asset.asset_tag} ${asset.name}`.trim();
    const known = { ...local, kind: "asset", asset };
    if (intent === "sighting") {
      if (wasSeen) return { ...known, answer: "already_scanned", message: `${thing} was already scanned.` };
      if (!asset.is_expected) {
        return { ...known, answer: "wrong_place", message: `${thing} is not on this audit's list. It is kept as unexpected.` };
      }
      if (place && asset.location_path !== null && !place.path.startsWith(asset.location_path)) {
        return { ...known, answer: "wrong_place", message: `${thing} belongs in ${asset.location_name}, not here.` };
      }
      if (place && asset.location_path === null) {
        return { ...known, answer: "wrong_place", message: `${thing} has no recorded place.` };
      }
      return { ...known, answer: "fine", message: `${thing} is ${place ? "where it belongs" : "on the list"}.` };
    }
    if (intent === "check_out" && !person) {
      return { ...known, message: `${thing} is saved, but without a custodian: scan the person's badge first.` };
    }
    if (intent === "move" && !place) {
      return { ...known, message: `${thing} is saved, but without a place: scan the place's label first.` };
    }
    return { ...known, message: `${thing} is saved.` };
  }
  if (hasExpected && intent === "sighting" && isPlain(code)) {
    return { ...local, answer: "unknown", message: `“${shown}” is not on this audit's list.` };
  }
  return local;
}

/** How each answer is named on the screen: never by colour alone. */
export const WORDS = /** @type {Record<Answer, string>} */ ({
  fine: "Fine", wrong_place: "Wrong place", unknown: "Unknown", already_scanned: "Already scanned",
  refused: "Refused", saved: "Saved on this phone", not_stored: "Not stored", attention: "Needs attention",
  undone: "Undone",
});

/**
 * Say where a scan is kept.
 * @param {"server" | "phone" | "memory" | "nowhere"} kept
 */
export function whereKept(kept) {
  return {
    server: "On the server",
    phone: "On this phone, not sent yet",
    memory: "Only in this page's memory: keep it open",
    nowhere: "Not stored",
  }[kept];
}
