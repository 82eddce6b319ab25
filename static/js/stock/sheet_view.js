// @ts-check
/** The sheet of a shelf as the page shows it: a line for each item, whose number a thumb can change. It writes text, never HTML. */

/** @typedef {import("./sheet.js").Line} Line */

export class SheetView {
  /**
   * @param {HTMLElement} page
   * @param {object} acts what a person can do with it
   * @param {(key: string, number: number | null) => void} acts.set
   * @param {(key: string) => void} acts.remove
   * @param {() => void} acts.save
   * @param {() => void} acts.discard
   * @param {() => void} acts.focus
   */
  constructor(page, acts) {
    this.acts = acts;
    const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (page.querySelector(selector));
    this.box = find("[data-sheet]");
    this.title = find("[data-sheet-title]");
    this.hint = find("[data-sheet-hint]");
    this.rows = find("[data-sheet-rows]");
    this.template = /** @type {HTMLTemplateElement} */ (find("[data-sheet-row]"));
    this.saveButton = /** @type {HTMLButtonElement} */ (find("[data-sheet-save]"));
    this.discardButton = find("[data-sheet-discard]");
    this.saveButton.addEventListener("click", () => acts.save());
    this.discardButton.addEventListener("click", () => {
      acts.discard();
      acts.focus();
    });
  }

  /**
   * @param {import("./sheet.js").Sheet} sheet
   * @param {{isCount: boolean, isOpen: boolean, place: {name: string} | null}} given `isOpen`: the mode has a sheet, an empty one too
   */
  show(sheet, { isCount, isOpen, place }) {
    const { lines } = sheet;
    this.box.hidden = !isOpen && !lines.length;
    const words = this.box.dataset;
    const where = place ? ` ${isCount ? words.at : words.from} ${place.name}` : "";
    this.title.textContent = `${isCount ? words.counting : words.moving}${where}`;
    this.hint.textContent = String(isCount ? (lines.length ? words.countHint : words.countEmpty) : lines.length ? words.moveHint : words.moveEmpty);
    this.saveButton.hidden = !isCount || !lines.length;
    this.discardButton.hidden = !lines.length;
    const ready = lines.filter((line) => line.number !== null).length;
    this.saveButton.disabled = !ready;
    this.saveButton.textContent = ready === 1 ? "Save 1 count" : `Save ${ready} counts`;
    this.#fill(sheet, isCount);
  }

  /** @param {import("./sheet.js").Sheet} sheet @param {boolean} isCount */
  #fill({ lines, current }, isCount) {
    const focused = /** @type {HTMLElement | null} */ (document.activeElement)?.closest("[data-sheet-row-key]");
    const kept = focused instanceof HTMLElement ? focused.dataset.sheetRowKey : null;
    const name = document.activeElement?.getAttribute("data-do") ?? "number";
    this.rows.replaceChildren(...lines.map((line) => this.#row(line, line.key === current, isCount)));
    if (!kept) return;
    const row = [...this.rows.children].find((one) => /** @type {HTMLElement} */ (one).dataset.sheetRowKey === kept);
    const control = row?.querySelector(`[data-do="${name}"]`);
    // A key or a tap changed the line: its control is a new element, and goes on being the one in use.
    if (control instanceof HTMLElement) control.focus({ preventScroll: true });
    else this.acts.focus();
  }

  /** @param {Line} line @param {boolean} isCurrent @param {boolean} isCount */
  #row(line, isCurrent, isCount) {
    const row = /** @type {HTMLElement} */ (/** @type {DocumentFragment} */ (this.template.content.cloneNode(true)).firstElementChild);
    row.dataset.sheetRowKey = line.key;
    if (isCurrent) row.setAttribute("aria-current", "true");
    const write = (/** @type {string} */ part, /** @type {string} */ content) => {
      const found = row.querySelector(`[data-${part}]`);
      if (found) found.textContent = content;
    };
    write("name", line.name);
    write("code", line.code);
    write("where", line.place ? ` · ${line.place.name}` : "");
    const input = /** @type {HTMLInputElement} */ (row.querySelector("input"));
    input.value = line.number === null ? "" : String(line.number);
    input.setAttribute("aria-label", `Pieces of ${line.name}`);
    input.addEventListener("change", () => this.#setTyped(line, input));
    for (const button of row.querySelectorAll("button")) {
      const act = String(button.dataset.do);
      button.setAttribute("aria-label", `${button.title}: ${line.name}`);
      button.addEventListener("click", () => this.#act(act, line, isCount));
    }
    return row;
  }

  /** @param {Line} line @param {HTMLInputElement} input */
  #setTyped(line, input) {
    const isNumber = /^[0-9]{1,10}$/.test(input.value) && Number(input.value) <= Number(input.max);
    if (input.value && !isNumber) input.value = line.number === null ? "" : String(line.number); // what is no number changes nothing
    else this.acts.set(line.key, input.value ? Number(input.value) : null);
  }

  /** @param {string} act @param {Line} line @param {boolean} isCount */
  #act(act, line, isCount) {
    if (act === "remove") this.acts.remove(line.key);
    else if (act === "more") this.acts.set(line.key, (line.number ?? 0) + 1);
    else this.acts.set(line.key, Math.max(isCount ? 0 : 1, (line.number ?? 1) - 1));
  }

  /** Return what was put on the sheet, as a sentence. @param {Line | null} line */
  sayLine(line) {
    if (!line) return "";
    const where = line.place ? `, ${line.place.name}` : "";
    if (line.number === null) return `${line.name} (${line.code})${where}: how many? Scan the pieces, or type the number.`;
    return `${line.name} (${line.code})${where}: ${line.number}`;
  }
}
