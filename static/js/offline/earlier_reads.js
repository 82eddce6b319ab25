// @ts-check
/**
 * What was read before a scan and may have set its location or its person. The phone does not decide that: a scan
 * is sent with the codes as they were read, and the server reads them. Pure.
 *
 * Each scan names the one before it (`prev`) and what was certain when it was captured: the location and the person
 * that somebody chose or the server named, each with the number of the capture that set it (`place_n`, `person_n`).
 * An answer takes its scan out of the chain. So a scan carries only what the server has not answered.
 *
 * @typedef {import("./outbox_store.js").OutboxRecord} OutboxRecord
 * @typedef {{scan_id: string, n: number, code: string, symbology: string | null, captured_at: number,
 *   offset_ms: number | null}} EarlierRead a code as it was read
 * @typedef {{prev?: string | null, location: string | null, location_label?: EarlierRead | null, place_n: number,
 *   custodian: string | null, custodian_label?: EarlierRead | null, person_n: number}} Link
 */

/** The server takes at most this many; a phone has so many unanswered scans before one only if they were set aside. */
const MAX_READS = 1000;

const PLACE = /** @type {const} */ ({ kind: "location", value: "location", label: "location_label", n: "place_n" });
const PERSON = /** @type {const} */ ({ kind: "person", value: "custodian", label: "custodian_label", n: "person_n" });

/** Return a scan as a code that was read. @param {OutboxRecord} record @returns {EarlierRead} */
export function readOf({ scan_id, n, code, symbology, captured_at, offset_ms }) {
  return { scan_id, n, code, symbology, captured_at, offset_ms };
}

/** @param {Link} to @param {Link} from */
function takeNewer(to, from) {
  for (const { value, label, n } of [PLACE, PERSON]) {
    if (!(from[n] > to[n])) continue;
    to[value] = from[value];
    to[label] = from[label] ?? null;
    to[n] = from[n];
  }
}

/**
 * Take a scan out of the chain of the one after it: the server has answered it, or a person discarded it.
 * @param {Link} later the scan after it, which is changed
 * @param {OutboxRecord} record
 * @param {any} result the answer, null where it was discarded
 */
export function takeOut(later, record, result) {
  later.prev = record.prev ?? null;
  takeNewer(later, record);
  for (const { kind, value, label, n } of [PLACE, PERSON]) {
    if (result?.kind !== kind || !(record.n > later[n])) continue;
    const name = kind === "location" ? result.place?.code : result.person?.number;
    // A label whose scan was refused still says where its person was: the label itself goes along.
    later[value] = name ?? null;
    later[label] = name ? null : readOf(record);
    later[n] = record.n;
  }
}

/**
 * Name the scan before each, where an older version of this page captured it without.
 * @param {OutboxRecord[]} records in the order of capture
 */
export function linkOld(records) {
  /** @type {Map<string, string>} */
  const last = new Map();
  for (const record of records) {
    if (record.prev === undefined) record.prev = last.get(record.ctx) ?? null;
    if (!record.voids) last.set(record.ctx, record.scan_id);
  }
}

/**
 * Return what a scan says of its location and its person: what is certain, and what was read since.
 * @param {OutboxRecord} record
 * @param {Map<string, OutboxRecord>} byId the scans that are here
 */
export function trace(record, byId) {
  /** @type {Link} */
  const link = { ...record };
  const reads = [...(record.reads ?? [])];
  let before = record.prev ? byId.get(record.prev) : undefined;
  while (before) {
    takeNewer(link, before);
    reads.push(readOf(before));
    before = before.prev ? byId.get(before.prev) : undefined;
  }
  reads.sort((one, other) => one.n - other.n);
  const since = (/** @type {typeof PLACE | typeof PERSON} */ { label, n }) =>
    [...[link[label]].filter(isRead), ...reads.filter((read) => read.n > link[n])].slice(-MAX_READS);
  return {
    location: link.location, location_read: since(PLACE),
    custodian: link.custodian, custodian_read: since(PERSON),
  };
}

/** @param {EarlierRead | null | undefined} read @returns {read is EarlierRead} */
function isRead(read) {
  return Boolean(read);
}

/**
 * Return the scans that a link leads to, the oldest first.
 * @param {string | null | undefined} prev
 * @param {Map<string, OutboxRecord>} byId
 */
export function follow(prev, byId) {
  const found = [];
  for (let record = prev ? byId.get(prev) : undefined; record; record = record.prev ? byId.get(record.prev) : undefined) {
    found.unshift(record);
  }
  return found;
}

/** @param {OutboxRecord[]} records @returns {Map<string, OutboxRecord>} */
export function byScanId(records) {
  return new Map(records.map((record) => [record.scan_id, record]));
}
