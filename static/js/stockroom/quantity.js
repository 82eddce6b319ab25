// @ts-check
/** How many pieces the next code of stock stands for, as a command code of the desk card set it. */
import { readQuantity } from "../shared/codes.js";

export class Quantity {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.chip = /** @type {HTMLElement} */ (root.querySelector("[data-quantity]"));
    /** @type {number | null} */
    this.next = null;
  }

  /** Return whether a code is this command, and keep its number. @param {string} code */
  obey(code) {
    const number = readQuantity(code);
    if (number !== null) this.#set(number);
    return number !== null;
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

/**
 * Return the pieces of a code as far as this phone knows, before the server has said how many there are.
 * @param {import("../offline/lists.js").Pieces | undefined} pieces @param {number | null} quantity as it was set for the scan
 * @returns {{stock: import("./tray.js").Stock | null, quantity: number | null}} the quantity is part of the stock where that is known
 */
export function knownStock(pieces, quantity) {
  if (!pieces) return { stock: null, quantity };
  const { code, name, unit, returns } = pieces.item;
  const stock = { code, name, unit, returns, quantity: (quantity ?? 1) * pieces.quantity, there: Infinity, place: pieces.place?.code ?? null };
  return { stock, quantity: null };
}
