// @ts-check
/** The list behind '3 not sent': which scans wait and why. They can be sent now, exported, or discarded one by one. */
import { text } from "../scan/view.js";
import { showCode } from "../shared/codes.js";
import { modeOf } from "../shared/facts.js";
import { writeLocal } from "../shared/local_time.js";

export class QueueDialog {
  /**
   * @param {HTMLElement} root
   * @param {{store: import("./outbox_store.js").OutboxStore, memory: import("./memory_store.js").MemoryStore,
   *   facts: import("../shared/facts.js").Facts, userId: () => number | null, icon: (name: string) => Node, send: () => void, changed: () => void,
   *   discarded: (record: import("./outbox_store.js").OutboxRecord) => void}} parts
   */
  constructor(root, parts) {
    this.parts = parts;
    /** @type {boolean | null} what the browser said to `storage.persist()` */
    this.isPromised = null;
    this.dialog = /** @type {HTMLDialogElement} */ (root.querySelector("[data-queue]"));
    this.words = /** @type {HTMLElement} */ (this.dialog.querySelector("[data-queue-text]"));
    this.rows = /** @type {HTMLElement} */ (this.dialog.querySelector("[data-queue-rows]"));
    this.dialog.querySelector("[data-close]")?.addEventListener("click", () => this.dialog.close());
    this.dialog.querySelector("[data-send]")?.addEventListener("click", () => this.parts.send());
    this.dialog.querySelector("[data-export]")?.addEventListener("click", () => this.export());
  }

  async open() {
    await this.refresh();
    this.dialog.showModal();
  }

  async #records() {
    const stored = await this.parts.store.all().catch(() => []);
    return { stored, volatile: await this.parts.memory.all() };
  }

  async refresh() {
    const { stored, volatile } = await this.#records();
    const all = [...volatile, ...stored];
    const promise = this.isPromised === false
      ? " This browser may delete them (a private window, or little space). Send them soon, and keep a private window open."
      : "";
    this.words.textContent = all.length
      ? `Each scan stays here until the server has answered it.${promise}`
      : "Nothing waits here. The server has every scan.";
    this.rows.replaceChildren(
      ...volatile.map((record) => this.#row(record, true)),
      ...stored.map((record) => this.#row(record, false)),
    );
  }

  /** @param {import("./outbox_store.js").OutboxRecord} record @param {boolean} isVolatile */
  #row(record, isVolatile) {
    const row = text("li", "scan-row", "");
    row.dataset.answer = record.state === "attention" || isVolatile ? "attention" : "saved";
    const what = text("span", "what", "");
    what.append(text("span", "sentence", showCode(record.code)));
    const when = writeLocal(new Date(record.captured_at), "datetime");
    const why = isVolatile ? "only in this page's memory" : record.reason ?? this.#waitsFor(record);
    what.append(text("span", "muted small", `${this.#label(record)} · ${when} · ${why}`));
    const mark = text("span", "mark", "");
    mark.append(this.parts.icon(String(row.dataset.answer)));
    row.append(mark, what);
    if (record.state === "attention") {
      const buttons = text("span", "row", "");
      buttons.append(
        this.#button("Try again", () => this.#retry(Number(record.seq))),
        this.#button("Discard", () => this.#discard(record)),
      );
      row.append(buttons);
    }
    return row;
  }

  /** @param {import("./outbox_store.js").OutboxRecord} record */
  #label(record) {
    return record.voids ? "Undo" : modeOf(this.parts.facts, record.intent).label;
  }

  /** @param {import("./outbox_store.js").OutboxRecord} record */
  #waitsFor(record) {
    const isMine = record.user_id === this.parts.userId();
    return isMine ? "waits to be sent" : `waits until ${record.user_name} signs in here`;
  }

  /** @param {string} label @param {() => void} act */
  #button(label, act) {
    const button = /** @type {HTMLButtonElement} */ (text("button", "quiet", label));
    button.type = "button";
    button.addEventListener("click", act);
    return button;
  }

  /** @param {number} seq */
  async #retry(seq) {
    await this.parts.store.change([seq], (record) => {
      record.state = "waiting";
      record.reason = null;
      record.failures = 0;
    });
    this.parts.send();
    await this.refresh();
  }

  /** @param {import("./outbox_store.js").OutboxRecord} record */
  async #discard(record) {
    const sure = confirm(`Discard the scan of “${showCode(record.code)}”? It will not be in any record.`);
    if (!sure) return;
    await this.parts.store.discard(Number(record.seq));
    this.parts.discarded(record);
    this.parts.changed();
    await this.refresh();
  }

  /** The last resort: a file with every scan that the server does not have. */
  async export() {
    const { stored, volatile } = await this.#records();
    const body = JSON.stringify({ exported_at: new Date().toISOString(), scans: [...stored, ...volatile] }, null, 1);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([body], { type: "application/json" }));
    link.download = "unsent-scans.json";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }
}
