// @ts-check
/**
 * Tells the audit how many of its scans this phone still holds, so that nobody closes it meanwhile. It waits
 * until the number has settled: a scan that is sent at once is not worth a request.
 */
const SETTLED_MS = 2_000;
/** A phone that is silent for longer than this seems to be without a network. */
const AGAIN_MS = 240_000;

export class UnsentTeller {
  /**
   * @param {number} audit
   * @param {string} device the name that its scans have
   * @param {typeof fetch} [send]
   */
  constructor(audit, device, send = (...args) => globalThis.fetch(...args)) {
    this.audit = audit;
    this.address = `/api/v1/audits/${audit}/phones/${encodeURIComponent(device)}`;
    this.send = send;
    this.unsent = 0;
    /** @type {number | null} what the server was told last */
    this.told = null;
    this.timer = 0;
    setInterval(() => this.#say(), AGAIN_MS);
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden" && this.unsent !== this.told) this.#say();
    });
  }

  /**
   * Note what the phone holds now. What another person scanned on it is told when that person has it again.
   * @param {{audit: number | null, user_id?: number | null}[]} records of all audits @param {number | null} [user]
   */
  note(records, user = null) {
    const isMine = (/** @type {{user_id?: number | null}} */ record) => (record.user_id ?? null) === user;
    this.unsent = records.filter((record) => record.audit === this.audit && isMine(record)).length;
    clearTimeout(this.timer);
    if (this.unsent !== this.told) this.timer = setTimeout(() => this.#say(), SETTLED_MS);
  }

  async #say() {
    const { unsent } = this;
    if (navigator.onLine === false) return;
    try {
      const answer = await this.send(this.address, {
        method: "PUT",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ unsent }),
        credentials: "same-origin",
        keepalive: true,
      });
      if (answer.ok) this.told = unsent;
    } catch {
      // Without a network nobody can be told. The next change or the next minutes try again.
    }
  }
}
