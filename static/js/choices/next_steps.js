// @ts-check
/**
 * What a person may do about an answer that needs something: an asset in the wrong place, a label that nothing has.
 * A note is a scan of its own, so it waits in the outbox like any other. A picture goes to the server at once.
 */
import { makeScanId } from "../shared/ids.js";

/** @typedef {import("../offline/outbox_store.js").OutboxRecord} OutboxRecord */

const NOT_SENT = "The picture was not sent. Try again where there is a signal, or save the words alone.";

export class NextSteps {
  /**
   * @param {HTMLElement} page
   * @param {object} parts
   * @param {import("../scan/view.js").ScanView} parts.view
   * @param {(read: import("../scan/capturer.js").Read) => Promise<OutboxRecord | null>} parts.take
   * @param {(scanId: string) => void} parts.undo
   * @param {() => void} parts.focus
   */
  constructor(page, parts) {
    this.page = page;
    this.parts = parts;
    this.sheet = /** @type {HTMLDialogElement} */ (page.querySelector("[data-unknown]"));
    this.form = /** @type {HTMLFormElement} */ (this.sheet.querySelector("form"));
    this.words = /** @type {HTMLInputElement} */ (this.form.elements.namedItem("what"));
    this.file = /** @type {HTMLInputElement} */ (this.form.elements.namedItem("picture"));
    this.trouble = /** @type {HTMLElement} */ (this.form.querySelector("[data-unknown-trouble]"));
    /** @type {OutboxRecord | null} */
    this.record = null;
    this.pictureId = "";
    /** @type {Map<string, string>} what was done about a scan: an answer that comes late must not ask again */
    this.done = new Map();
    /** @type {Set<string>} scans that steps were offered for: a later answer may take them back */
    this.offered = new Set();
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save();
    });
    this.file.addEventListener("change", () => this.#showFile());
    for (const button of this.sheet.querySelectorAll("[data-close]")) button.addEventListener("click", () => this.sheet.close());
    // A code that is read is answered where it can be seen.
    document.addEventListener("scan:read", () => this.sheet.open && this.sheet.close());
    this.sheet.addEventListener("close", () => this.parts.focus());
  }

  /**
   * Return the buttons for an answer, none for most, or what a person has done about it.
   * @param {OutboxRecord} record @param {string} answer @param {string | null} recorded where the asset is recorded
   * @returns {HTMLElement[]}
   */
  offer(record, answer, recorded) {
    const done = this.done.get(record.scan_id);
    if (done) return [said(done)];
    if (record.audit === null || record.intent !== "sighting") return [];
    this.offered.add(record.scan_id);
    if (answer === "unknown") {
      return [
        button("What is it?", () => this.#open(record)),
        button("Ignore", () => this.parts.undo(record.scan_id)),
      ];
    }
    if (answer !== "wrong_place") return [];
    const back = recorded ? `It goes back to ${recorded}.` : "It goes back.";
    const steps = [button("It goes back", () => this.#note(record, back))];
    if (this.page.dataset.mayMove !== undefined && (record.location || record.location_label)) {
      steps.push(button("Move it here", () => this.parts.take({ text: record.code, source: "typed", intent: "move" })));
    }
    return steps;
  }

  /** @param {OutboxRecord} record @param {string} note */
  async #note(record, note) {
    const read = { text: record.code, source: "typed", symbology: record.symbology, note, about: record.scan_id };
    const kept = await this.parts.take(read);
    if (kept) this.#tell(record, `Noted for the auditor: ${note}`);
  }

  /** @param {OutboxRecord} record @param {string} done */
  #tell(record, done) {
    this.done.set(record.scan_id, done);
    this.parts.view.offer(record.scan_id, [said(done)]);
  }

  /** @param {OutboxRecord} record */
  #open(record) {
    this.record = record;
    this.pictureId = makeScanId();
    this.form.reset();
    this.#showFile();
    const code = this.sheet.querySelector("[data-unknown-code]");
    if (code) code.textContent = record.code;
    this.sheet.showModal();
  }

  #showFile() {
    const label = this.form.querySelector("[data-file-text]");
    const name = this.file.files?.[0]?.name;
    if (label) label.textContent = name ? "Picture taken. Take another" : "Take a picture";
    this.words.required = !name;
    this.trouble.textContent = "";
  }

  async #save() {
    const { record } = this;
    if (!record) return;
    const what = this.words.value.trim();
    const [picture] = this.file.files ?? [];
    if (picture && !(await this.#send(record, picture, what))) return;
    this.sheet.close();
    if (!picture && what) await this.#note(record, what);
  }

  /** @param {OutboxRecord} record @param {File} picture @param {string} what @returns {Promise<boolean>} the server has it */
  async #send(record, picture, what) {
    const body = new FormData();
    const fields = {
      shot_id: this.pictureId, audit: String(record.audit), code: record.code, symbology: record.symbology ?? "",
      location: record.location ?? "", note: what,
    };
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
    body.set("picture", picture);
    this.form.toggleAttribute("data-busy", true);
    this.trouble.textContent = "Sending the picture.";
    try {
      const answer = await fetch("/scan/evidence", { method: "POST", body, credentials: "same-origin", redirect: "error" });
      const told = await answer.json().catch(() => ({}));
      this.trouble.textContent = answer.ok ? "" : told.message ?? NOT_SENT;
      if (answer.ok) this.#tell(record, "The auditor has the picture.");
      return answer.ok;
    } catch {
      this.trouble.textContent = NOT_SENT;
      return false;
    } finally {
      this.form.toggleAttribute("data-busy", false);
    }
  }
}

/** @param {string} words @param {() => void} act */
function button(words, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "big scan-step";
  made.textContent = words;
  made.addEventListener("click", act);
  return made;
}

/** @param {string} words */
function said(words) {
  const made = document.createElement("p");
  made.className = "scan-noted";
  made.textContent = words;
  return made;
}
