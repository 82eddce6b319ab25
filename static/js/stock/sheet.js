// @ts-check
/**
 * The sheet of a shelf: pieces that are gathered there before any of it is recorded. A count is recorded when its shelf
 * is left, and what is moved when the label of where it goes is scanned. Pure: each function returns a new sheet.
 *
 * @typedef {import("./codes.js").Pieces} Pieces
 * @typedef {import("./codes.js").Place} Place
 * @typedef {{key: string, code: string, name: string, unit: string, place: Place | null, number: number | null, at: number}} Line
 *   `number`: null until somebody said how many; `at`: when it was said, in ms, since that is when they lay there
 * @typedef {{mode: string, lines: Line[], current: string | null}} Sheet `current` is the line that a number is for
 * @typedef {{text: string, source: string, intent: string, quantity: number, place: string | null, target?: string, at: number, message: string}} SheetRead
 */

/** @param {string} mode @returns {Sheet} */
export function emptySheet(mode) {
  return { mode, lines: [], current: null };
}

/** @param {string} code @param {Place | null} place */
const keyOf = (code, place) => `${code} ${place?.code ?? ""}`;

/**
 * Add what a code stands for. The label of a bin lies on no piece: it only names the line, unless a number was set for it.
 * @param {Sheet} sheet @param {Pieces} pieces
 * @param {{quantity: number | null, place: Place | null, at: number}} given `quantity`: what was set for this scan; `place`: where the shelf is
 * @returns {Sheet}
 */
export function put(sheet, { item, quantity: each, place: bin }, { quantity, place, at }) {
  const where = bin ?? place;
  const key = keyOf(item.code, where);
  const found = sheet.lines.find((line) => line.key === key);
  const more = quantity === null && bin ? null : (quantity ?? 1) * each;
  const number = more === null ? found?.number ?? null : (found?.number ?? 0) + more;
  const { code, name, unit } = item;
  const line = { key, code, name, unit, place: where, number, at: more === null ? found?.at ?? at : at };
  return { ...sheet, lines: [line, ...sheet.lines.filter((one) => one.key !== key)], current: key };
}

/** @param {Sheet} sheet @param {string} key @param {number | null} number @param {number} at @returns {Sheet} */
export function setNumber(sheet, key, number, at) {
  return { ...sheet, lines: sheet.lines.map((line) => (line.key === key ? { ...line, number, at } : line)), current: key };
}

/** @param {Sheet} sheet @param {(line: Line) => boolean} keep @returns {Sheet} */
export function keepLines(sheet, keep) {
  const lines = sheet.lines.filter(keep);
  return { ...sheet, lines, current: lines.some((line) => line.key === sheet.current) ? sheet.current : null };
}

/** Return the line that a typed number is for. @param {Sheet} sheet @returns {Line | null} */
export function currentLine(sheet) {
  return sheet.lines.find((line) => line.key === sheet.current) ?? null;
}

/**
 * Take the counts that are known off the sheet.
 * @param {Sheet} sheet @returns {{sheet: Sheet, reads: SheetRead[]}}
 */
export function takeCounts(sheet) {
  const reads = sheet.lines.filter((line) => line.number !== null).map((line) => readOf(line, "count"));
  return { sheet: keepLines(sheet, (line) => line.number === null), reads: reads.reverse() };
}

/**
 * Take off the sheet what goes to a location.
 * @param {Sheet} sheet @param {Place} to @param {string | null} [code] only the pieces of this item
 * @returns {{sheet: Sheet, reads: SheetRead[]}} without reads where nothing can go there
 */
export function takeMoves(sheet, to, code = null) {
  const goes = (/** @type {Line} */ line) => Boolean(line.number) && line.place?.code !== to.code && (code === null || line.code === code);
  const reads = sheet.lines.filter(goes).map((line) => readOf(line, "move", to));
  return { sheet: keepLines(sheet, (line) => !goes(line)), reads: reads.reverse() };
}

/** @param {Line} line @param {string} intent @param {Place | null} [to] @returns {SheetRead} */
function readOf({ code, name, number, place, at }, intent, to = null) {
  const where = [place && `${to ? "from" : "at"} ${place.name}`, to && `to ${to.name}`].filter(Boolean).join(" ");
  return {
    text: code, source: "typed", intent, quantity: Number(number), place: place?.code ?? null, at,
    ...(to ? { target: to.code } : {}), message: `${[name, `${number} ${where}`.trim()].join(", ")}, is saved.`,
  };
}

/** Return a sheet that was kept as text, if it is one. @param {string | null} text @returns {Sheet | null} */
export function readSheet(text) {
  try {
    const kept = JSON.parse(text ?? "null");
    return Array.isArray(kept?.lines) && kept.lines.length ? kept : null;
  } catch {
    return null;
  }
}
