// @ts-check
/** How many pieces the next code of stock stands for, as a command code of the desk card set it. */

const COMMAND = /^SCN-QTY-([1-9][0-9]{0,4})$/;

export class Quantity {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.chip = /** @type {HTMLElement} */ (root.querySelector("[data-quantity]"));
    /** @type {number | null} */
    this.next = null;
  }

  /** Return whether a code is this command, and keep its number. @param {string} code */
  obey(code) {
    const found = COMMAND.exec(code);
    if (found) this.#set(Number(found[1]));
    return Boolean(found);
  }

  /** The number counts for one scan of stock alone. */
  clear() {
    this.#set(null);
  }

  /** @param {number | null} next */
  #set(next) {
    this.next = next;
    this.chip.hidden = next === null;
    const text = this.chip.querySelector("[data-text]");
    if (text) text.textContent = next === null ? "" : `${next} of the stock that is scanned next`;
  }
}

/** @param {any} stock a card of the server's answer @returns {import("./tray.js").Stock | null} */
export function stockOf(stock) {
  if (!stock) return null;
  const { code, name, quantity, total, level, unit, returns, location } = stock;
  return { code, name, quantity, there: level ?? total, unit: unit ?? "", returns: returns ?? true, place: location ?? null };
}
