// @ts-check
/** What a combobox offers, and which of it fits a typed text. Pure, no DOM. */

/** A native list that is longer than this is turned into a combobox. */
export const MAX_PLAIN = 12;
const PATH_MARK = " / ";
const LAST = 4;

/** @typedef {{value: string, text: string}} Offer `value` is sent, `text` is read */

/** Return a text without case and accents. @param {string} text */
export function fold(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();
}

/**
 * Return the name of an offer, and what stands around it: a location's path begins with the site, and is read from its end.
 * @param {Offer} offer @param {boolean} isPath
 * @returns {{name: string, above: string}}
 */
export function splitName({ text }, isPath) {
  const at = isPath ? text.lastIndexOf(PATH_MARK) : -1;
  return at < 0 ? { name: text, above: "" } : { name: text.slice(at + PATH_MARK.length), above: text.slice(0, at) };
}

/** Return what the field shows of an offer: the room first, because a narrow field cuts the end. @param {Offer} offer @param {boolean} isPath */
export function showOffer(offer, isPath) {
  const { name, above } = splitName(offer, isPath);
  return above ? `${name} · ${above}` : name;
}

/**
 * Return how well an offer fits: 0 its name or code begins so, LAST not at all.
 * @param {Offer} offer @param {string[]} words folded @param {boolean} isPath
 */
function rank(offer, words, isPath) {
  const all = fold(`${offer.text} ${offer.value}`);
  if (!words.every((word) => all.includes(word))) return LAST;
  const name = fold(splitName(offer, isPath).name);
  const first = words[0];
  if (name.startsWith(first) || fold(offer.value).startsWith(first)) return 0;
  if (name.split(/[\s,.()/-]+/).some((word) => word.startsWith(first))) return 1;
  return name.includes(first) ? 2 : 3;
}

/**
 * Return the offers that have every word of a typed text, the best first, else in their own order.
 * @param {Offer[]} offers @param {string} typed @param {boolean} isPath
 */
export function matchOffers(offers, typed, isPath) {
  const words = fold(typed.replaceAll("·", " ")).split(/\s+/).filter(Boolean);
  if (!words.length) return offers;
  const ranked = offers.map((offer) => ({ offer, at: rank(offer, words, isPath) }));
  return ranked.filter(({ at }) => at < LAST).sort((a, b) => a.at - b.at).map(({ offer }) => offer);
}

/**
 * Return the offer that a text names exactly: by its value, its text, or as the field shows it. Two of one name are none.
 * @param {Offer[]} offers @param {string} text @param {boolean} isPath
 * @returns {Offer | null}
 */
export function findOffer(offers, text, isPath) {
  const wanted = fold(text.trim());
  if (!wanted) return null;
  const byValue = offers.find((offer) => fold(offer.value) === wanted);
  if (byValue) return byValue;
  const named = offers.filter((offer) => fold(offer.text) === wanted || fold(showOffer(offer, isPath)) === wanted
    || fold(splitName(offer, isPath).name) === wanted);
  return named.length === 1 ? named[0] : null;
}
