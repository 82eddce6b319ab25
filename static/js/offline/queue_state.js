// @ts-check
/** What the scan page says of its queue, always in sight: how many scans wait, whose they are, and what to do. */
import { countOutbox } from "./outbox_batches.js";

const AN_HOUR_MS = 3_600_000;

export class QueueState {
  /**
   * @param {HTMLElement} page
   * @param {{store: import("./outbox_store.js").OutboxStore, memory: import("./memory_store.js").MemoryStore,
   *   user: {id: number | null, name: string}, sending: () => import("./sending.js").Sending | null,
   *   teller?: import("./tell_unsent.js").UnsentTeller | null}} parts
   */
  constructor(page, { store, memory, user, sending, teller = null }) {
    const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (page.querySelector(selector));
    this.store = store;
    this.memory = memory;
    this.user = user;
    this.sending = sending;
    this.teller = teller;
    this.chip = find("[data-unsent]");
    this.trouble = find("[data-storage-trouble]");
    this.switch = find("[data-switch-user]");
  }

  async refresh() {
    const records = (await this.store.all().catch(() => null)) ?? [];
    const volatile = this.memory.records.length;
    this.teller?.note([...records, ...this.memory.records], this.user.id);
    const counts = countOutbox(records, this.user.id);
    const unsent = counts.waiting + counts.attention + volatile;
    const state = this.sending()?.lastRound?.state;
    /** @type {string[]} */
    const words = [];
    if (unsent) words.push(`${unsent} not sent`);
    if (counts.attention) words.push(`${counts.attention} need${counts.attention === 1 ? "s" : ""} attention`);
    if (counts.held) words.push(`${counts.held} of ${this.#names(counts.holders)} held`);
    if (unsent && state === "signed_out") words.push("sign in to send");
    if (unsent && state === "not_allowed") words.push("your role may not scan");
    if (counts.oldest !== null && Date.now() - counts.oldest > AN_HOUR_MS) {
      words.push(`oldest ${Math.floor((Date.now() - counts.oldest) / AN_HOUR_MS)} h`);
    }
    const text = this.chip.querySelector("[data-text]");
    if (text) text.textContent = words.join(" · ") || "All sent";
    this.chip.dataset.tone = volatile || counts.attention ? "bad" : unsent || counts.held ? "warn" : "";
    this.chip.dataset.count = String(unsent);
    this.#warn(unsent, volatile, counts);
  }

  /** @param {number} unsent @param {number} volatile @param {ReturnType<typeof countOutbox>} counts */
  #warn(unsent, volatile, counts) {
    const state = this.sending()?.lastRound?.state;
    const now = this.sending()?.sender.user ?? null;
    const isAnother = now !== null && this.user.id !== null && now.id !== this.user.id;
    let message = "";
    if (unsent && state === "signed_out") {
      message = "You are signed out. The scans stay on this phone. Sign in to send them.";
    } else if (volatile) {
      message = "Scans are only in this page's memory. Keep it open until it says All sent.";
    } else if (isAnother) {
      message = `${now.name} is signed in now, but this page belongs to ${this.user.name}. What is scanned here waits until`
        + ` ${this.user.name} signs in. Open the scan page again to scan as ${now.name}.`;
    } else if (counts.held) {
      const names = this.#names(counts.holders);
      const isOne = counts.held === 1;
      message = `${counts.held} ${isOne ? "scan" : "scans"} of ${names} ${isOne ? "is" : "are"} on this phone.`
        + ` ${isOne ? "It is" : "They are"} not sent under your name. Sign in as ${names} to send ${isOne ? "it" : "them"}.`;
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
