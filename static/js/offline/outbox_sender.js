// @ts-check
/**
 * Sends the outbox: in order, in batches, each scan settled by its own result. Used by the page and,
 * with Background Sync, by the service worker. Never drops a scan; returns what became of the round.
 */
import { HANDOVER, MAX_BATCH, MAX_FAILURES, buildPayload, countOutbox, nextBatch, sortResults } from "./outbox_batches.js";

const TIMEOUT_MS = 15_000;
/** For this long after asking, the person is taken to be still signed in. */
const TRUST_MS = 20_000;
const LOCK = "scanner-outbox";

/**
 * @typedef {"sent" | "offline" | "signed_out" | "other_user" | "not_allowed" | "busy" | "failed"} RoundState
 * @typedef {{state: RoundState, retryAfterMs: number, detail: string}} Round
 */

export class OutboxSender {
  /**
   * @param {import("./outbox_store.js").OutboxStore} store
   * @param {{device?: string, onChange?: (change: any) => void, fetch?: typeof fetch}} [options]
   */
  constructor(store, { device = "", onChange = () => {}, fetch: send } = {}) {
    this.store = store;
    this.device = device;
    this.onChange = onChange;
    this.fetch = send ?? ((...args) => globalThis.fetch(...args));
    this.offsetMs = 0;
    this.limit = MAX_BATCH;
    /** @type {{id: number, name: string} | null} */
    this.user = null;
    this.trustedUntil = 0;
  }

  /** Somebody may have signed in or out: ask again before the next scan is sent. */
  distrust() {
    this.trustedUntil = 0;
  }

  /** Send all that may go now; one round at a time over all tabs. @returns {Promise<Round>} */
  async send() {
    // Without locks (plain HTTP) two tabs may send the same scans; the server takes each id once.
    if (!globalThis.navigator?.locks) return this.#round();
    return navigator.locks.request(LOCK, { ifAvailable: true }, (lock) =>
      lock ? this.#round() : round("busy"),
    );
  }

  /** @returns {Promise<Round>} */
  async #round() {
    for (;;) {
      const records = await this.store.all();
      if (!records.some((r) => r.state === "waiting")) return round("sent");
      const known = await this.#whoIsSignedIn();
      if (known !== null) return known;
      const user = /** @type {{id: number}} */ (this.user);
      const batch = nextBatch(records, user.id, this.limit);
      if (!batch.length) {
        // What is left belongs to somebody else, or waits for a person's decision.
        const counts = countOutbox(records, user.id);
        return round(counts.held ? "other_user" : "sent");
      }
      const ended = await this.#sendBatch(batch);
      if (ended) return ended;
    }
  }

  /** Ask who is signed in and what time it is there. @returns {Promise<Round | null>} null: go on */
  async #whoIsSignedIn() {
    if (this.user && Date.now() < this.trustedUntil) return null;
    const before = Date.now();
    let body;
    try {
      const answer = await this.#request("/scan/session.json", { method: "GET" });
      if (!isJson(answer) || answer.status !== 200) return round(answer.status >= 500 ? "failed" : "offline");
      body = await answer.json();
    } catch {
      return round("offline");
    }
    if (typeof body?.now !== "string" || !("user" in body)) return round("offline");
    const after = Date.now();
    this.offsetMs = Math.round(Date.parse(body.now) - (before + after) / 2);
    await this.store.put("meta", "clock", { offset_ms: this.offsetMs, measured_at: after }).catch(() => {});
    this.user = body.user;
    this.onChange({ kind: "session", user: body.user, offsetMs: this.offsetMs });
    if (!body.user) return round("signed_out");
    this.trustedUntil = after + TRUST_MS;
    return null;
  }

  /** @param {import("./outbox_store.js").OutboxRecord[]} batch @returns {Promise<Round | null>} */
  async #sendBatch(batch) {
    const seqs = batch.map((r) => /** @type {number} */ (r.seq));
    const frozen = await this.store.freeze(seqs, (r, said) => buildPayload(r, this.offsetMs, this.device, said));
    if (!frozen.length) return null;
    let answer;
    let body;
    try {
      const isHandover = batch[0].intent === HANDOVER;
      answer = await this.#request(isHandover ? "/api/v1/handovers" : "/api/v1/scans", {
        method: "POST",
        headers: {
          "Content-Type": "application/json",
          "X-Device-Now": new Date().toISOString(),
          // The server refuses them under any other name, even if somebody else signed in meanwhile.
          "X-Expected-User": String(batch[0].user_id),
        },
        body: JSON.stringify(isHandover ? frozen[0].payload : { scans: frozen.map((r) => r.payload) }),
      });
      body = isJson(answer) ? await answer.json() : null;
    } catch {
      return round("offline"); // cut, refused, timed out, half an answer, or redirected
    }
    if (answer.status === 201 || answer.status === 200) return this.#take(frozen, body);
    return this.#refused(frozen, answer, body);
  }

  /** @param {import("./outbox_store.js").OutboxRecord[]} batch @param {any} body */
  async #take(batch, body) {
    const sorted = sortResults(batch, body);
    if (!sorted) return round("offline"); // a captive portal says 200 too
    await this.store.settle(sorted.settled);
    if (sorted.aside.length) await this.#setAside(sorted.aside);
    this.limit = Math.min(MAX_BATCH, this.limit * 2);
    const byseq = new Map(batch.map((r) => [r.seq, r]));
    for (const { seq, result } of sorted.settled) {
      this.onChange({ kind: "settled", record: byseq.get(seq), result });
    }
    // None of ours came back: trying again at once would never end.
    if (!sorted.settled.length && !sorted.aside.length) return round("failed");
    return null;
  }

  /** @param {{seq: number, reason: string}[]} aside */
  async #setAside(aside) {
    const reasons = new Map(aside.map((a) => [a.seq, a.reason]));
    await this.store.change([...reasons.keys()], (record) => {
      record.state = "attention";
      record.reason = reasons.get(/** @type {number} */ (record.seq)) ?? null;
    });
    this.onChange({ kind: "aside", seqs: [...reasons.keys()] });
  }

  /**
   * @param {import("./outbox_store.js").OutboxRecord[]} batch
   * @param {Response} answer
   * @param {any} body
   * @returns {Promise<Round | null>}
   */
  async #refused(batch, answer, body) {
    const { status } = answer;
    const detail = typeof body?.detail === "string" ? body.detail : `The server answered ${status}.`;
    const seqs = batch.map((r) => /** @type {number} */ (r.seq));
    this.distrust();
    if (status === 401) return round("signed_out", 0, detail);
    if (status === 403) return round("not_allowed", 0, detail);
    // Somebody else signed in between the question and the sending. The server took nothing.
    if (status === 409 && body?.code === "other_user") return round("other_user", 0, detail);
    const isOurs = body !== null && typeof body.code === "string";
    const isTooMuch = status === 413 || (isOurs && (status === 422 || status === 400));
    if (isTooMuch || status === 500) {
      if (batch.length > 1) {
        this.limit = Math.max(1, Math.floor(batch.length / 2));
        return isTooMuch ? null : round("failed", 0, detail);
      }
      if (isTooMuch) {
        await this.#setAside([{ seq: seqs[0], reason: detail }]);
        return null;
      }
      let failures = 0;
      await this.store.change(seqs, (record) => {
        record.failures += 1;
        failures = record.failures;
      });
      if (failures >= MAX_FAILURES) {
        await this.#setAside([{ seq: seqs[0], reason: `The server failed on it ${failures} times. ${detail}` }]);
        return null;
      }
    }
    return round("failed", retryAfter(answer), detail);
  }

  /** @param {string} path @param {RequestInit} options */
  #request(path, options) {
    return this.fetch(path, {
      ...options,
      credentials: "same-origin",
      redirect: "error",
      cache: "no-store",
      signal: timeoutSignal(),
    });
  }
}

/** @param {Response} answer */
function isJson(answer) {
  return /^application\/(problem\+)?json/.test(answer.headers.get("Content-Type") ?? "");
}

/** @param {Response} answer */
function retryAfter(answer) {
  const seconds = Number(answer.headers.get("Retry-After"));
  return Number.isFinite(seconds) ? Math.min(seconds, 300) * 1000 : 0;
}

/** @param {RoundState} state @param {number} [retryAfterMs] @param {string} [detail] @returns {Round} */
function round(state, retryAfterMs = 0, detail = "") {
  return { state, retryAfterMs, detail };
}

function timeoutSignal() {
  if (AbortSignal.timeout) return AbortSignal.timeout(TIMEOUT_MS);
  const controller = new AbortController(); // Safari before 16
  setTimeout(() => controller.abort(), TIMEOUT_MS);
  return controller.signal;
}
