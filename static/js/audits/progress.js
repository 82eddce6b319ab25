// @ts-check
/** How far the rooms of an audit are counted, as far as this phone knows. Loaded where it is shown. */

/**
 * @typedef {import("../offline/lists.js").Lists} Lists
 * @typedef {import("../offline/lists.js").Place} Place
 * @typedef {import("../offline/lists.js").Expected} Expected
 * @typedef {{expected: number, seen: number, missing: Expected[]}} RoomProgress
 */

/**
 * Count what is expected in a location and everything inside it.
 * @param {Lists} lists @param {Place} place
 * @returns {RoomProgress | null} null where the expected list, or the location, is not on the phone
 */
export function progressIn(lists, place) {
  const path = place.path || lists.placeOf(place.code)?.path;
  if (!lists.expected || !path) return null;
  const belongs = expectedIn(lists, path);
  const missing = belongs.filter((asset) => !lists.wasSeen(asset.asset_tag, asset));
  return { expected: belongs.length, seen: belongs.length - missing.length, missing };
}

/**
 * Take over what the server reports as missing in a location, since other people count there too.
 * @param {Lists} lists @param {Place} place
 * @param {string[]} tags all that are missing
 */
export function noteMissing(lists, place, tags) {
  const path = place.path || lists.placeOf(place.code)?.path;
  if (!lists.expected || !path) return;
  const missing = new Set(tags);
  for (const asset of expectedIn(lists, path)) asset.seen = !missing.has(asset.asset_tag);
}

/**
 * Return the next room, in the order of the tree and around, that is not counted whole.
 * @param {Lists} lists @param {Place} place
 * @returns {{place: Place, left: number} | null}
 */
export function nextRoom(lists, place) {
  const here = place.path || lists.placeOf(place.code)?.path;
  if (!lists.expected || !here) return null;
  /** @type {Map<string, number>} */
  const left = new Map();
  for (const asset of expectedIn(lists, "")) {
    const path = asset.location_path;
    if (path && !path.startsWith(here) && !lists.wasSeen(asset.asset_tag, asset)) left.set(path, (left.get(path) ?? 0) + 1);
  }
  const nameOf = (/** @type {any} */ one) => one?.full_name ?? one?.name ?? "";
  const compare = (/** @type {any} */ a, /** @type {any} */ b) => nameOf(a).localeCompare(nameOf(b), undefined, { numeric: true });
  const rooms = [...lists.placesByCode.values()].filter((one) => left.has(one.path)).sort(compare);
  const own = lists.placeOf(place.code);
  const next = rooms.find((room) => compare(room, own) > 0) ?? rooms[0];
  return next ? { place: next, left: left.get(next.path) ?? 0 } : null;
}

/** @param {Lists} lists @param {string} path @returns {Expected[]} each once, however many keys mean it */
function expectedIn(lists, path) {
  const assets = /** @type {Set<Expected>} */ (new Set(lists.expected?.values()));
  return [...assets].filter((asset) => asset?.is_expected && asset.location_path?.startsWith(path));
}
