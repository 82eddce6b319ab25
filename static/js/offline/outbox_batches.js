// @ts-check
/** Which scans of the outbox go into the next request, and what its answer means. Pure. */
import { trace } from "./earlier_reads.js";

/** @typedef {import("./outbox_store.js").OutboxRecord} OutboxRecord */

export const MAX_BATCH = 20;
/** A record that is a whole hand-over: its payload was fixed at the counter. */
export const HANDOVER = "handover";
/** A single scan on which the server fails this often is set aside. Otherwise it would hold up all others. */
export const MAX_FAILURES = 5;
/** Smaller differences come from the network's delay and are not corrected. */
const CLOCK_TOLERANCE_MS = 2000;

/**
 * Choose the scans of the next request: in order, of this person.
 * @param {OutboxRecord[]} records in order
 * @param {number | null} userId
 * @param {number} [limit]
 */
export function nextBatch(records, userId, limit = MAX_BATCH) {
  /** @type {OutboxRecord[]} */
  const batch = [];
  for (const record of records) {
    if (record.state !== "waiting" || record.user_id !== userId) continue;
    // A hand-over is a request of its own. What was scanned before it goes first.
    if (record.intent === HANDOVER) return batch.length ? batch : [record];
    batch.push(record);
    if (batch.length >= limit) break;
  }
  return batch;
}

/**
 * Build what is sent for a scan.
 * @param {OutboxRecord} record
 * @param {number} offsetMs server's clock minus this device's, as measured now
 * @param {string} device
 * @param {ReturnType<typeof import("./earlier_reads.js").trace>} [said] of its location and its person
 */
export function buildPayload(record, offsetMs, device, said = trace(record, new Map())) {
  /** @type {Record<string, any>} */
  const payload = {
    scan_id: record.scan_id,
    code: record.code,
    intent: record.intent,
    scanned_at: timeOf(record, offsetMs),
    source: record.source,
    device: record.device ?? device, // the service worker cannot read this browser's name
  };
  for (const name of ["symbology", "due_at", "audit", "voids", "condition", "note", "handover", "quantity", "target", "task"]) {
    const value = record[/** @type {keyof OutboxRecord} */ (name)];
    if (value !== null && value !== undefined && value !== "") payload[name] = value;
  }
  if (record.given_place) payload.location = record.given_place;
  else if (said.location) payload.location = said.location;
  if (!record.given_place && said.location_read.length) payload.location_read = said.location_read.map((read) => asRead(read, offsetMs));
  // A scan captured before this version says nothing of what it needs.
  if (!(record.needs_person ?? record.intent === "check_out")) return payload;
  if (said.custodian) payload.custodian = said.custodian;
  if (said.custodian_read.length) payload.custodian_read = said.custodian_read.map((read) => asRead(read, offsetMs));
  return payload;
}

/** @param {{captured_at: number, offset_ms: number | null}} captured @param {number} offsetMs as measured now */
function timeOf(captured, offsetMs) {
  const offset = captured.offset_ms ?? offsetMs;
  const shift = Math.abs(offset) > CLOCK_TOLERANCE_MS ? offset : 0;
  return new Date(captured.captured_at + shift).toISOString();
}

/** Return an earlier read as it is sent. @param {import("./earlier_reads.js").EarlierRead} read @param {number} offsetMs */
function asRead(read, offsetMs) {
  const { code, symbology } = read;
  return { code, ...(symbology ? { symbology } : {}), scanned_at: timeOf(read, offsetMs) };
}

/**
 * @typedef {{settled: {seq: number, result: any}[], aside: {seq: number, reason: string}[],
 *   missing: number[]}} Sorted
 */

/**
 * Sort the results of a request by what becomes of each scan.
 * @param {OutboxRecord[]} batch
 * @param {any} body the parsed answer
 * @returns {Sorted | null} null where it is not an answer of this service
 */
export function sortResults(batch, body) {
  if (batch[0]?.intent === HANDOVER && body?.handover_id === batch[0].scan_id) {
    return { settled: [{ seq: Number(batch[0].seq), result: body }], aside: [], missing: [] };
  }
  if (!body || !Array.isArray(body.results)) return null;
  const byId = new Map(body.results.map((/** @type {any} */ r) => [r?.scan_id, r]));
  /** @type {Sorted} */
  const sorted = { settled: [], aside: [], missing: [] };
  for (const record of batch) {
    const seq = /** @type {number} */ (record.seq);
    const result = byId.get(record.scan_id);
    if (!result) sorted.missing.push(seq);
    else if (result.status === "recorded" || result.status === "repeated") {
      sorted.settled.push({ seq, result });
    } else if (result.status === "invalid" || result.status === "conflict") {
      sorted.aside.push({ seq, reason: result.message || `The server answered ${result.status}.` });
    } else sorted.missing.push(seq);
  }
  return sorted;
}

const A_DAY_MS = 86_400_000;

/**
 * Return whether a new version of the app may take over. Not while scans are on their way; scans that
 * wait for a person, or for more than a day, must not keep a fix away.
 * @param {OutboxRecord[]} records
 * @param {number} [now] ms
 */
export function mayUpdate(records, now = Date.now()) {
  return !records.some((r) => r.state === "waiting" && now - r.captured_at < A_DAY_MS);
}

/**
 * Count the outbox for the screen.
 * @param {OutboxRecord[]} records
 * @param {number | null} userId
 */
export function countOutbox(records, userId) {
  const mine = records.filter((r) => r.user_id === userId);
  const waiting = mine.filter((r) => r.state === "waiting");
  const attention = mine.filter((r) => r.state === "attention");
  const held = records.filter((r) => r.user_id !== userId);
  const holders = [...new Set(held.map((r) => r.user_name).filter(Boolean))];
  const oldest = records.length ? Math.min(...records.map((r) => r.captured_at)) : null;
  return { waiting: waiting.length, attention: attention.length, held: held.length, holders, oldest };
}
