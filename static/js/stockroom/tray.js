// @ts-check
/**
 * The tray of a counter, folded from its scans as the server folds it (domain/stockroom/tray.py): the first telling
 * scan sets the direction, things before the badge wait for it. Pure; `tests/vectors/trays.json` holds both to it.
 *
 * @typedef {{tag: string, name: string, status: string, holder: string | null, holder_name: string | null}} Thing
 * @typedef {{code: string, name: string, quantity: number, there: number, unit: string, returns: boolean,
 *   place: string | null}} Stock pieces of a stock item: `quantity` is what the scan stands for
 * @typedef {{scan_id: string, code: string, at: number, line_id: string, symbology?: string | null, source?: string,
 *   thing: Thing | null, stock?: Stock | null, quantity?: number | null, is_typed?: boolean, person: {ref: string, name: string} | null, place: {code: string, name: string} | null,
 *   is_open?: boolean, damaged?: boolean, note?: string, photo?: File | null, why?: string,
 *   findings?: Finding[], is_unjudged?: boolean, override?: string[], kit?: TrayKit | null, of_kit?: TrayKit | null,
 *   questions?: string[], no?: string[]}} TrayScan
 *   `is_typed`: a person typed how many; `is_open`: the server has not said what it means; `why`: the server refused it; `is_unjudged`: the rules of
 *   lending could not be asked; `override`: the codes that a person overrode; `questions`: what is asked when it comes back, `no`: those
 *   that were answered with no; `kit`: its label was scanned, `of_kit`: a piece of that one
 * @typedef {{code: string, name: string, returns: string, is_out: boolean}} TrayKit
 * @typedef {{code: string, weight: string, message: string, may_override: boolean}} Finding
 * @typedef {{label: string, intent: string, needs_person: boolean,
 *   refusals: Record<string, [string | null, string | null]>}} Kind
 * @typedef {{scan: TrayScan, tag: string, name: string, why: string, place: string | null, quantity: number,
 *   scans: TrayScan[]}} Line of pieces, all scans that put some there
 * @typedef {{used_up: string, too_few: string}} StockWords
 * @typedef {{kind: string | null, person: TrayScan["person"], place: TrayScan["place"], lines: Line[]}} Folded
 */

/**
 * @param {TrayScan[]} scans @param {Record<string, Kind>} kinds
 * @param {string | null} chosen what a person chose; else the first telling scan decides
 * @param {StockWords} words
 * @returns {Folded}
 */
export function foldTray(scans, kinds, chosen = null, words = { used_up: "", too_few: "" }) {
  const kind = chosen ?? scans.map(tell).find(Boolean) ?? null;
  const person = scans.filter((scan) => scan.person).at(-1)?.person ?? null;
  /** @type {TrayScan["place"]} */
  let place = null;
  /** @type {Map<string, Line>} */
  const lines = new Map();
  for (const scan of scans) {
    place = scan.place ?? place;
    // What comes back piece by piece is not in the tray before its own label is scanned.
    if (scan.kit || (kind === "return" && scan.of_kit?.returns === "each")) continue;
    if (scan.stock || (scan.is_open && !scan.thing)) {
      addPieces(lines, scan, kind, scan.stock?.place ?? place?.code ?? null, words);
      continue;
    }
    if (!scan.thing || lines.has(scan.thing.tag)) continue;
    const tag = scan.thing.tag;
    const why = scan.why ?? ((kind && scan.thing ? findWhy(kinds[kind], person, scan.thing) : "") || findStop(scan));
    lines.set(tag, { scan, tag, name: scan.thing.name, why, place: place?.code ?? null, quantity: 1, scans: [scan] });
  }
  return { kind, person, place, lines: [...lines.values()] };
}

/**
 * Add pieces to the line of their item and location, or begin it. A code that nobody could ask about yet may be stock.
 * @param {Map<string, Line>} lines @param {TrayScan} scan @param {string | null} kind @param {string | null} place @param {StockWords} words
 */
function addPieces(lines, scan, kind, place, words) {
  const key = scan.stock ? `stock ${scan.stock.code} ${place}` : `open ${scan.code} ${place}`;
  const line = lines.get(key) ?? { scan, tag: scan.stock?.code ?? scan.code, name: scan.stock?.name ?? "", why: "", place, quantity: 0, scans: [] };
  line.quantity += scan.quantity ?? scan.stock?.quantity ?? 1;
  line.scans.push(scan);
  line.why = line.scan.why ?? (kind && scan.stock ? findStockWhy(kind, scan.stock, line.quantity, words) : "");
  lines.set(key, line);
}

/**
 * Return why pieces cannot change hands; empty if they can. The server decides again.
 * @param {string} kind @param {Stock} stock @param {number} quantity @param {StockWords} words
 */
function findStockWhy(kind, stock, quantity, words) {
  if (kind === "return") return stock.returns ? "" : words.used_up;
  return quantity > stock.there ? words.too_few.replace("{there}", String(stock.there)) : "";
}

/** Return why the rules of lending stop a thing; empty if they do not. @param {TrayScan} scan */
function findStop(scan) {
  // Terms are accepted below the lines, before the press.
  return scan.findings?.find((one) => one.weight === "stops" && one.code !== "terms_not_accepted")?.message ?? "";
}

/** Return what still asks for a tap before a thing changes hands. @param {TrayScan} scan @returns {Finding[]} */
export function openQuestions(scan) {
  return (scan.findings ?? []).filter((one) => one.weight === "asks" && !scan.override?.includes(one.code));
}

/** Return an asset as the tray shows it. @param {any} asset a card of the server's answer @returns {Thing | null} */
export function thingOf(asset) {
  if (!asset?.status) return null;
  const { asset_tag: tag, name, status, custodian: holder, custodian_name: holderName } = asset;
  return { tag, name, status, holder: holder ?? null, holder_name: holderName ?? null };
}

/** @param {TrayScan} scan */
function tell(scan) {
  if (scan.kit) return scan.kit.is_out ? "return" : "issue";
  if (scan.person || scan.stock) return "issue";
  if (!scan.thing) return null;
  return scan.thing.holder ? "return" : "issue";
}

/**
 * Return why a thing cannot change hands; empty if it can. The server decides again.
 * @param {Kind} kind @param {TrayScan["person"]} person @param {Thing} thing
 */
export function findWhy(kind, person, thing) {
  const why = kind.refusals[thing.status]?.[thing.holder ? 1 : 0];
  if (!why) return "";
  if (why.includes("{holder}") && person && thing.holder === person.ref) return `${person.name} has it already.`;
  return why.replace("{holder}", thing.holder_name ?? "somebody");
}

/**
 * Return the hand-over as the API takes it.
 * @param {Folded} tray @param {Kind} kind
 * @param {{handoverId: string, kits?: string[], at: number, dueAt: string | null, device: string, mode: string,
 *   signature: object | null, signedBy: string | null, time: (at: number) => string,
 *   terms?: {id: number, version: number}[], byLink?: boolean}} said
 */
export function buildHandover(tray, kind, said) {
  const isReturn = kind.intent === "check_in";
  const scans = tray.lines.filter((line) => !line.why).map(({ scan, place, quantity }) => clean({
    scan_id: scan.line_id, code: scan.stock?.code ?? scan.code, quantity: scan.stock || quantity > 1 ? quantity : null, symbology: scan.symbology, source: scan.source ?? "typed",
    scanned_at: said.time(scan.at), location: place, device: said.device, note: scan.note || null,
    override: scan.override?.length ? scan.override : null, checklist: isReturn ? answersOf(scan) : null, due_at: isReturn ? null : said.dueAt, condition: isReturn ? (scan.damaged ? "damaged" : "good") : null,
  }));
  return clean({
    handover_id: said.handoverId, kind: tray.kind, person: tray.person?.ref, place: tray.place?.code, scans,
    mode: said.mode, at: said.time(said.at), signature: said.signature, signed_by: said.signedBy,
    terms: said.terms?.length ? said.terms : null, by_link: said.byLink || null, kits: said.kits?.length ? said.kits : null,
  });
}

/** Return what was asked and answered: all yes, but for what somebody said no to. @param {TrayScan} scan */
function answersOf(scan) {
  if (!scan.questions?.length) return null;
  return Object.fromEntries(scan.questions.map((question) => [question, !scan.no?.includes(question)]));
}

/** @param {Record<string, any>} values @returns {Record<string, any>} without what says nothing */
function clean(values) {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null && value !== undefined));
}
