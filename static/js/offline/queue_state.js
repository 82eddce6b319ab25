// @ts-check
/** What the scan page says about its queue, always in sight: how many are not sent, whose, and what to do. */
import { countOutbox } from "./outbox_batches.js";

const OLD_MS = 3_600_000;

export class QueueState {
  /**
   * @param {HTMLElement} page
   * @param {{store: import("./outbox_store.js").OutboxStore, memory: import("./memory_store.js").MemoryStore,
   *   user: {id: number | null, name: string}, signedIn: () => {id: number, name: string} | null}} parts
   */
  constructor(page, { store, memory, user, signedIn }) {
    const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (page.querySelector(selector));
    this.store = store;
    this.memory = memory;
    this.user = user;
    this.signedIn = signedIn;
    this.chip = find("[data-unsent]");
    this.trouble = find("[data-storage-trouble]");
    this.switch = find("[data-switch-user]");
    /** @type {import("./outbox_sender.js").Round | null} what became of the last round */
    this.lastRound = null;
  }

  async refresh() {
    const records = (await this.store.all().catch(() => null)) ?? [];
    const volatile = this.memory.records.length;
    const counts = countOutbox(records, this.user.id);
    const unsent = counts.waiting + counts.attention + volatile;
    const state = this.lastRound?.state;
    /** @type {string[]} */
    const words = [];
    if (unsent) words.push(`${unsent} not sent`);
    if (counts.attention) words.push(`${counts.attention} need${counts.attention === 1 ? "s" : ""} attention`);
    if (counts.held) words.push(`${counts.held} of ${this.#names(counts.holders)} held`);
    if (unsent && state === "signed_out") words.push("sign in to send");
    if (unsent && state === "not_allowed") words.push("your role may not scan");
    if (counts.oldest !== null && Date.now() - counts.oldest > OLD_MS) {
      words.push(`oldest ${Math.floor((Date.now() - counts.oldest) / OLD_MS)} h`);
    }
    const text = this.chip.querySelector("[data-text]");
    if (text) text.textContent = words.join(" · ") || "All sent";
    this.chip.dataset.tone = volatile || counts.attention ? "bad" : unsent || counts.held ? "warn" : "";
    this.chip.dataset.count = String(unsent);
    this.#warn(unsent, volatile, counts);
  }

  /** @param {number} unsent @param {number} volatile @param {ReturnType<typeof countOutbox>} counts */
  #warn(unsent, volatile, counts) {
    const state = this.lastRound?.state;
    const now = this.signedIn();
    const isAnother = now !== null && this.user.id !== null && now.id !== this.user.id;
    let message = "";
    if (unsent && state === "signed_out") {
      message = "You are signed out. The scans stay on this phone; sign in to send them.";
    } else if (volatile) {
      message = "Scans are only in this page's memory. Keep it open until it says All sent.";
    } else if (isAnother) {
      message = `${now.name} is signed in now, and this page is ${this.user.name}'s: what is scanned here waits for`
        + ` ${this.user.name} to sign in. Open the scan page anew to scan as ${now.name}.`;
    } else if (counts.held) {
      const names = this.#names(counts.holders);
      message = `${counts.held} scan${counts.held === 1 ? "" : "s"} on this phone ${counts.held === 1 ? "is" : "are"}`
        + ` ${names}'s and not sent under your name. Sign in as ${names} to send them.`;
    }
    this.trouble.hidden = message === "";
    const text = this.trouble.querySelector("[data-text]");
    if (text && text.textContent !== message) text.textContent = message;
    this.switch.hidden = !(counts.held || isAnother);
    const renew = /** @type {HTMLElement | null} */ (this.switch.querySelector("[data-renew]"));
    if (renew) renew.hidden = !isAnother;
    const signIn = /** @type {HTMLElement | null} */ (this.trouble.querySelector("[data-sign-in]"));
    if (signIn) signIn.hidden = state !== "signed_out" || !unsent;
  }

  /** @param {string[]} names */
  #names(names) {
    return names.length > 2 ? `${names[0]} and others` : names.join(" and ") || "somebody else";
  }
}
