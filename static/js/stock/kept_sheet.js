// @ts-check
/** The sheet of a shelf as this phone keeps it for each person: a reload, or a call in between, loses no count. */

/** @param {number | null} userId another person's sheet is not ours to save */
export const keyOf = (userId) => `scanner.sheet.${userId}`;

/** @param {number | null} userId @returns {string | null | undefined} undefined where nothing can be kept */
export function loadSheet(userId) {
  try {
    return localStorage.getItem(keyOf(userId));
  } catch {
    return undefined; // private mode
  }
}

/** @param {number | null} userId */
export function hasSheet(userId) {
  return Boolean(loadSheet(userId));
}

/** @param {number | null} userId @param {string | null} text null where nothing is on it */
export function keepSheet(userId, text) {
  try {
    if (text === null) localStorage.removeItem(keyOf(userId));
    else localStorage.setItem(keyOf(userId), text);
  } catch {
    // private mode: kept for this page only
  }
}
