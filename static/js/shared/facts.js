// @ts-check
/**
 * What the server tells the scan page's scripts about its rules: labels, icons, limits and sentences.
 * They come with the page, so that the phone and the server never say two different things.
 *
 * @typedef {{value: string, label: string, needs_person: boolean, needs_place: boolean, has_due: boolean,
 *   counts: boolean, takes_person?: boolean, is_stock?: boolean, needs_quantity?: boolean, intent?: string, sheet?: string | null}} Mode what a
 *   scan can do, and what it needs for that; `intent` of what is sent as it is read, `sheet` of the lines of a sheet
 * @typedef {{modes: Mode[], fine_words: Record<string, string>, verdicts: Record<string, {word: string, icon: string, needs_sentence: boolean}>,
 *   stages: Record<string, {label: string, tone: string}>, limits: {code: number},
 *   sentences: Record<string, string>}} Facts
 */

/** Return what the page was delivered with. @param {ParentNode} root @returns {Facts} */
export function readFacts(root) {
  return JSON.parse(root.querySelector("[data-facts]")?.textContent ?? "{}");
}

/** Return the row of a mode; of another intent, such as an undo, one that needs nothing. @param {Facts} facts @param {string} value @returns {Mode} */
export function modeOf(facts, value) {
  return facts.modes.find((mode) => mode.value === value)
    ?? { value, label: value.replaceAll("_", " "), needs_person: false, needs_place: false, has_due: false, counts: false };
}

/**
 * Put values into a sentence of the server, which names them in braces.
 * @param {string} sentence
 * @param {Record<string, string | null | undefined>} values
 */
export function fill(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}
