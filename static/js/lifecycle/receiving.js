// @ts-check
/**
 * What a scan of a delivery is, as far as this phone knows: the phone's twin of `receive_scan` on the server.
 * `tests/vectors/receiving.json` holds both to the same sentences. Pure.
 *
 * @typedef {{position: number, what: string, has_serials: boolean, key: string, stock_item: string | null, quantity: number,
 *   open: number, before: number}} Line `open`: pieces that are not booked; `before`: came by other deliveries
 * @typedef {{serial: string | null, line: number | null, quantity: number, state: string, stays: boolean, is_accepted?: boolean}} Receipt
 * @typedef {{number: string, lines: Line[], receipts: Receipt[]}} Delivery
 * @typedef {{code: string, key: string, article: string, isPlain: boolean, pieces: {code: string, quantity: number} | null,
 *   quantity: number | null}} Read `article`: its 14 digits, where it is the number of one; `isPlain`: the server reads no more in it
 * @typedef {{told: string, line?: Line, thing?: string, pieces?: number, count?: number}} Told which sentence it is, and what fills it
 */
import { codeKey } from "../shared/codes.js";

/** A product that nobody ordered: the serial numbers after it are not on the order either. */
const STRANGE = "strange";

/**
 * Return what the last of some reads is, after all before it.
 * @param {Delivery} delivery as the server sent it
 * @param {Read[]} reads of this phone that the server's list does not have, the oldest first
 * @returns {Told | null} null where only the server can say
 */
export function tellLast(delivery, reads) {
  /** @type {{receipts: Receipt[], current: Line | "strange" | null}} */
  const state = { receipts: [...delivery.receipts], current: null };
  /** @type {Told | null} */
  let told = null;
  for (const read of reads) told = take(delivery, state, read);
  return told;
}

/** @param {Delivery} delivery @param {{receipts: Receipt[], current: Line | "strange" | null}} state @param {Read} read @returns {Told | null} */
function take({ lines }, state, read) {
  const product = findProduct(lines, read);
  if (product?.has_serials) {
    state.current = product;
    return { told: "line", line: product };
  }
  if (product) return count(state, read, product);
  if (read.pieces || read.article) {
    state.current = read.pieces ? state.current : STRANGE;
    return count(state, read, null);
  }
  return read.isPlain ? takeSerial(lines, state, read) : null;
}

/** @param {Line[]} lines @param {Read} read */
function findProduct(lines, { key, article, pieces }) {
  if (pieces) return lines.find((line) => line.stock_item === pieces.code);
  return lines.find((line) => line.key !== "" && (line.key === key || line.key === article));
}

/** @param {{receipts: Receipt[]}} state @param {Read} read @param {Line | null} line @returns {Told} */
function count(state, read, line) {
  const quantity = (read.quantity ?? 1) * (read.pieces?.quantity ?? 1);
  state.receipts.push({ serial: null, line: line?.position ?? null, quantity, state: line ? "received" : "unordered", stays: true });
  if (!line) return { told: "unordered", thing: read.code };
  const fits = refit(state.receipts, line);
  return fits ? { told: "pieces", line, pieces: quantity, count: came(state.receipts, line) }
    : { told: "over", line, thing: `${quantity} of ${line.what}` };
}

/** @param {Line[]} lines @param {{receipts: Receipt[], current: Line | "strange" | null}} state @param {Read} read @returns {Told | null} */
function takeSerial(lines, state, read) {
  const known = state.receipts.find(({ serial }) => serial !== null && codeKey(serial) === read.key);
  if (known) return { told: "again", thing: String(known.serial) };
  const withSerials = lines.filter((line) => line.has_serials);
  const line = state.current ?? (withSerials.length === 1 ? withSerials[0] : null);
  // Which line this person set on another day or on another phone, the server knows.
  if (line === null) return null;
  if (line === STRANGE) {
    state.receipts.push({ serial: read.code, line: null, quantity: 1, state: "unordered", stays: true });
    return { told: "unordered", thing: read.code };
  }
  state.receipts.push({ serial: read.code, line: line.position, quantity: 1, state: "received", stays: true });
  const fits = refit(state.receipts, line);
  return fits ? { told: "received", line, thing: read.code, count: came(state.receipts, line) } : { told: "over", line, thing: read.code };
}

/**
 * Set which receipts of a line fit, in the order of their scans.
 * @param {Receipt[]} receipts @param {Line} line @returns {boolean} whether the last one does
 */
function refit(receipts, line) {
  let { open } = line;
  let fits = false;
  receipts.forEach((receipt, at) => {
    if (receipt.line !== line.position || !receipt.stays || !["received", "over"].includes(receipt.state)) return;
    fits = receipt.quantity <= open;
    if (fits) open -= receipt.quantity;
    // What somebody accepted although it was too many stays so.
    if (!receipt.is_accepted) receipts[at] = { ...receipt, state: fits ? "received" : "over" };
  });
  return fits;
}

/** @param {Receipt[]} receipts @param {Line} line */
function came(receipts, line) {
  const own = receipts.filter(({ line: at, state, stays }) => at === line.position && stays && state === "received");
  return line.before + own.reduce((sum, { quantity }) => sum + quantity, 0);
}
