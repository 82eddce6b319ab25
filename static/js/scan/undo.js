// @ts-check
/** Undo: one tap takes the last scan back. An undo is a separate scan, so it works without a network too. */

/** @typedef {{scanId: string, n: number, code: string, name: string, before?: import("./station.js").Standing}} Undoable */

export class Undo {
  /**
   * @param {HTMLElement} page
   * @param {object} parts
   * @param {import("./station.js").Station} parts.station
   * @param {import("../offline/lists.js").Lists} parts.lists
   * @param {(undone: Undoable) => void} parts.undo captures the undo
   */
  constructor(page, parts) {
    this.parts = parts;
    this.form = /** @type {HTMLFormElement} */ (page.querySelector("[data-undo-form]"));
    this.button = /** @type {HTMLButtonElement} */ (page.querySelector("[data-undo]"));
    /** @type {Undoable[]} scans of this page, the newest last */
    this.captured = [];
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#takeBack();
    });
  }

  /** Note a scan that can be undone, and what was set before it. @param {Undoable} captured */
  note(captured) {
    this.captured.push(captured);
  }

  showButton() {
    this.button.disabled = this.#target() === null;
  }

  /** Return the scan that the next tap undoes: the last of this page, else the one that the server named. */
  #target() {
    if (this.captured.length) return this.captured[this.captured.length - 1];
    const [scanId, code] = ["voids", "code"].map((name) => this.#field(name).value);
    return scanId ? { scanId, n: 0, code, name: this.parts.lists.nameOf(code) } : null;
  }

  /** @param {string} name @returns {HTMLInputElement} */
  #field(name) {
    return /** @type {any} */ (this.form.elements.namedItem(name));
  }

  /** Take back one scan of this page, if it was not taken back before. @param {string} scanId */
  takeBack(scanId) {
    const at = this.captured.findIndex((one) => one.scanId === scanId);
    if (at >= 0) this.captured.push(...this.captured.splice(at, 1));
    if (at >= 0) this.#takeBack();
  }

  #takeBack() {
    const { station, lists } = this.parts;
    const target = this.#target();
    if (!target) return;
    if (this.captured.length) this.captured.pop();
    else this.#field("voids").value = "";
    if (target.before) station.withdraw(target, target.before); // it sets no location and no person any more
    lists.noteUndone(target.name);
    this.parts.undo(target);
  }
}
