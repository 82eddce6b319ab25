// @ts-check
/**
 * Holds scans in this page's memory where IndexedDB fails: the last resort, never shown as stored.
 * It has the part of `OutboxStore` that the sender needs.
 */
import { byScanId, follow, linkOld, takeOut, trace } from "./earlier_reads.js";

export class MemoryStore {
  constructor() {
    /** @type {import("./outbox_store.js").OutboxRecord[]} */
    this.records = [];
    /** @type {Map<string, {record: import("./outbox_store.js").OutboxRecord, result: any}>} */
    this.answered = new Map();
    this.seq = 0;
  }

  /** @param {import("./outbox_store.js").OutboxRecord} record */
  async add(record) {
    this.seq += 1;
    const kept = { ...record, seq: this.seq };
    this.#settleLink(kept);
    this.records.push(kept);
    return kept;
  }

  /** As in `OutboxStore`. @param {import("./earlier_reads.js").Link} link */
  async chain(link) {
    this.#settleLink(link);
    return follow(link.prev, byScanId(this.records));
  }

  /** @param {import("./earlier_reads.js").Link} link */
  #settleLink(link) {
    for (let known = this.answered.get(String(link.prev)); known; known = this.answered.get(String(link.prev))) {
      takeOut(link, known.record, known.result);
    }
  }

  async all() {
    return [...this.records];
  }

  /** @param {number[]} seqs @param {import("./outbox_store.js").Build} build */
  async freeze(seqs, build) {
    linkOld(this.records);
    const byId = byScanId(this.records);
    const chosen = this.records.filter((r) => seqs.includes(Number(r.seq)) && r.state === "waiting");
    for (const record of chosen) record.payload ??= build(record, trace(record, byId));
    return chosen;
  }

  /** @param {{seq: number, result?: any}[]} answered in order */
  async settle(answered) {
    linkOld(this.records);
    for (const { seq, result } of answered) {
      const record = this.records.find((one) => one.seq === seq);
      if (!record) continue;
      this.records = this.records.filter((one) => one !== record);
      this.answered.set(record.scan_id, { record, result });
      for (const later of this.records) if (later.prev === record.scan_id) takeOut(later, record, result);
    }
  }

  /** @param {number[]} seqs @param {(record: import("./outbox_store.js").OutboxRecord) => void} change */
  async change(seqs, change) {
    this.records.filter((r) => seqs.includes(Number(r.seq))).forEach(change);
  }

  async put() {}
}
