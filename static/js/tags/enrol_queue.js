// @ts-check
/**
 * Codes of the enrol page, sent one after the other: what a code means depends on the one before it. Nothing is dropped:
 * a code stays until the server has answered, and what comes after a refusal is set aside for the person to see.
 * It is not the outbox: an enrolment is not a scan of the log, and cannot be judged without the answers before it.
 */
import { waitAfter } from "../shared/backoff.js";

/**
 * @typedef {{url: string, fields: Record<string, string>, shown: string, failures: number}} Entry
 * @typedef {{kind: "done" | "refused", html: string} | {kind: "lost", isSignedOut: boolean, retryAfterMs: number}} Answer
 */

export class EnrolQueue {
  /**
   * @param {object} parts
   * @param {(entry: Entry) => Promise<Answer>} parts.post sends a code with the state of the work at that time; never rejects
   * @param {(html: string) => void} parts.onAnswer
   * @param {(refused: Entry, after: Entry[]) => void} parts.onRefused `after`: came before the person could see the refusal
   * @param {(waiting: number, isSignedOut: boolean) => void} parts.onChange
   * @param {(act: () => void, ms: number) => void} [parts.later]
   */
  constructor(parts) {
    this.parts = { later: (/** @type {() => void} */ act, /** @type {number} */ ms) => void setTimeout(act, ms), ...parts };
    /** @type {Entry[]} the first is being sent, or waits to be sent again */
    this.entries = [];
    this.isSending = false;
    this.isSignedOut = false;
  }

  get isBusy() {
    return this.entries.length > 0;
  }

  /** @param {string} url @param {Record<string, string>} fields @param {string} shown */
  add(url, fields, shown) {
    this.entries.push({ url, fields, shown, failures: 0 });
    this.#tell();
    return this.send();
  }

  #tell() {
    this.parts.onChange(this.entries.length, this.isSignedOut);
  }

  /** Send what waits, until a code is lost. */
  async send() {
    if (this.isSending) return;
    this.isSending = true;
    while (this.entries.length) {
      const [entry] = this.entries;
      const answer = await this.parts.post(entry);
      this.isSignedOut = answer.kind === "lost" && answer.isSignedOut;
      if (answer.kind === "lost") {
        entry.failures += 1;
        if (!answer.isSignedOut) this.parts.later(() => this.send(), waitAfter(entry.failures, answer.retryAfterMs));
        break;
      }
      this.entries.shift();
      this.parts.onAnswer(answer.html);
      // Taken with the refused code missing, they would bind one asset's tag to another.
      if (answer.kind === "refused") this.parts.onRefused(entry, this.entries.splice(0));
      this.#tell();
    }
    this.isSending = false;
    this.#tell();
  }
}

/**
 * Send one code to our server.
 * @param {Entry} entry
 * @param {FormData} state what the page knows of the work
 * @returns {Promise<Answer>}
 */
export async function postEntry(entry, state) {
  for (const [name, value] of Object.entries(entry.fields)) state.set(name, value);
  // Its answer may have been lost, and not the code itself.
  if (entry.failures) state.set("again", "on");
  try {
    const answer = await fetch(entry.url, {
      method: "POST", body: new URLSearchParams(/** @type {any} */ (state)), credentials: "same-origin", cache: "no-store",
      headers: { "HX-Request": "true" }, signal: AbortSignal.timeout ? AbortSignal.timeout(15_000) : undefined,
    });
    const html = await answer.text();
    const isOurs = !answer.redirected || new URL(answer.url).pathname === "/enrol";
    if (answer.ok && isOurs) return { kind: "done", html };
    if (answer.status === 409 || answer.status === 422) return { kind: "refused", html };
    const isSignedOut = answer.status === 401 || answer.status === 403 || (answer.ok && !isOurs);
    return { kind: "lost", isSignedOut, retryAfterMs: Number(answer.headers.get("Retry-After") ?? 0) * 1000 || 0 };
  } catch {
    return { kind: "lost", isSignedOut: false, retryAfterMs: 0 };
  }
}
