// @ts-check
/**
 * Holds scans in this page's memory where IndexedDB fails: the last resort, never shown as stored.
 * It has the part of `OutboxStore` that the sender needs.
 */

export class MemoryStore {
  constructor() {
    /** @type {import("./outbox_store.js").OutboxRecord[]} */
    this.records = [];
    this.seq = 0;
  }

  /** @param {import("./outbox_store.js").OutboxRecord} record */
  async add(record) {
    this.seq += 1;
    const kept = { ...record, seq: this.seq };
    this.records.push(kept);
    return kept;
  }

  async all() {
    return [...this.records];
  }

  /** @param {number[]} seqs @param {(record: import("./outbox_store.js").OutboxRecord) => object} build */
  async freeze(seqs, build) {
    const chosen = this.records.filter((r) => seqs.includes(Number(r.seq)) && r.state === "waiting");
    for (const record of chosen) record.payload ??= build(record);
    return chosen;
  }

  /** @param {{seq: number}[]} answered */
  async settle(answered) {
    const gone = new Set(answered.map((a) => a.seq));
    this.records = this.records.filter((r) => !gone.has(Number(r.seq)));
  }

  /** @param {number[]} seqs @param {(record: import("./outbox_store.js").OutboxRecord) => void} change */
  async change(seqs, change) {
    this.records.filter((r) => seqs.includes(Number(r.seq))).forEach(change);
  }

  async put() {}
}
