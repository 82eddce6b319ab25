// @ts-check
/**
 * The sheet of a shelf: pieces that are gathered there before any of it is recorded. A count is recorded when its shelf
 * is left, and what is moved when the label of where it goes is scanned. Pure: each function returns a new sheet.
 *
 * Each line has the id that its scan will have. What leaves the sheet stays with it until the outbox has that scan, so a
 * page that is closed in between loses nothing, and two tabs that save one line record it once.
 *
 * @typedef {import("./codes.js").Pieces} Pieces
 * @typedef {import("./codes.js").Place} Place
 * @typedef {{id: string, key: string, code: string, name: string, unit: string, place: Place | null, number: number | null, at: number}} Line
 *   `number`: null until somebody said how many; `at`: when it was said, in ms, since that is when they lay there
 * @typedef {{mode: string, by: string, lines: Line[], leaving: SheetRead[], current: string | null}} Sheet `by`: the tab that
 *   changed it last; `leaving`: what was saved and is not in the outbox yet; `current`: the line that a number is for
 * @typedef {{id: string, text: string, source: string, intent: string, quantity: number, place: string | null, target?: string, at: number, message: string}} SheetRead
 */

/** @param {string} mode @param {SheetRead[]} [leaving] @returns {Sheet} */
export function emptySheet(mode, leaving = []) {
  return { mode, by: "", lines: [], leaving, current: null };
}

/** @param {string} code @param {Place | null} place */
const keyOf = (code, place) => `${code} ${place?.code ?? ""}`;

/**
 * Add what a code stands for. The label of a bin lies on no piece: it only names the line, unless a number was set for it.
 * @param {Sheet} sheet @param {Pieces} pieces
 * @param {{id: string, quantity: number | null, place: Place | null, at: number}} given `id`: of a new line; `quantity`: what was set for
 *   this scan; `place`: where the shelf is
 * @returns {Sheet}
 */
export function put(sheet, { item, quantity: each, place: bin }, { id, quantity, place, at }) {
  const where = bin ?? place;
  const key = keyOf(item.code, where);
  const found = sheet.lines.find((line) => line.key === key);
  const more = quantity === null && bin ? null : (quantity ?? 1) * each;
  const number = more === null ? found?.number ?? null : (found?.number ?? 0) + more;
  const { code, name, unit } = item;
  const line = { id: found?.id ?? id, key, code, name, unit, place: where, number, at: more === null ? found?.at ?? at : at };
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
  return leave(keepLines(sheet, (line) => line.number === null), reads.reverse());
}

/**
 * Take off the sheet what goes to a location.
 * @param {Sheet} sheet @param {Place} to @param {string | null} [code] only the pieces of this item
 * @returns {{sheet: Sheet, reads: SheetRead[]}} without reads where nothing can go there
 */
export function takeMoves(sheet, to, code = null) {
  const goes = (/** @type {Line} */ line) => Boolean(line.number) && line.place?.code !== to.code && (code === null || line.code === code);
  const reads = sheet.lines.filter(goes).map((line) => readOf(line, "move", to));
  return leave(keepLines(sheet, (line) => !goes(line)), reads.reverse());
}

/** @param {Sheet} sheet @param {SheetRead[]} reads @returns {{sheet: Sheet, reads: SheetRead[]}} */
function leave(sheet, reads) {
  return { sheet: { ...sheet, leaving: [...sheet.leaving, ...reads] }, reads };
}

/** The outbox has a scan of what left the sheet. @param {Sheet} sheet @param {string} id @returns {Sheet} */
export function forget(sheet, id) {
  return { ...sheet, leaving: sheet.leaving.filter((read) => read.id !== id) };
}

/** @param {Line} line @param {string} intent @param {Place | null} [to] @returns {SheetRead} */
function readOf({ id, code, name, number, place, at }, intent, to = null) {
  const where = [place && `${to ? "from" : "at"} ${place.name}`, to && `to ${to.name}`].filter(Boolean).join(" ");
  return {
    id, text: code, source: "typed", intent, quantity: Number(number), place: place?.code ?? null, at,
    ...(to ? { target: to.code } : {}), message: `${[name, `${number} ${where}`.trim()].join(", ")}, is saved.`,
  };
}

/**
 * Return a sheet that was kept as text, if it is one.
 * @param {string | null} text @param {() => string} makeId for lines that an older version of this page kept
 * @returns {Sheet | null}
 */
export function readSheet(text, makeId) {
  try {
    const kept = JSON.parse(text ?? "null");
    if (!Array.isArray(kept?.lines)) return null;
    const lines = kept.lines.map((/** @type {Line} */ line) => ({ ...line, id: line.id ?? makeId() }));
    return { by: "", ...kept, lines, leaving: kept.leaving ?? [] };
  } catch {
    return null;
  }
}
