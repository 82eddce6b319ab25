// @ts-check
/** The codes of stock that this phone knows: which item, how many pieces, and where its bin is. Pure. */
import { readArticle } from "../shared/retail.js";

/**
 * @typedef {{code: string, name: string, unit: string, returns: boolean}} Item
 * @typedef {{code: string, name: string}} Place
 * @typedef {{item: Item, quantity: number, place: Place | null}} Pieces what a code stands for; `place` is where its bin is
 */

export class StockCodes {
  constructor() {
    /** @type {Map<string, Pieces>} */
    this.byKey = new Map();
  }

  /**
   * Take the list of the server.
   * @param {{code: string, name: string, unit: string, returns: boolean, keys: [string, number, string | null][]}[]} items
   * @param {(code: string) => Place | null} placeOf
   */
  take(items, placeOf) {
    this.byKey = new Map();
    for (const { code, name, unit, returns, keys } of items) {
      const item = { code, name, unit, returns };
      for (const [key, quantity, bin] of keys) {
        const place = bin === null ? null : placeOf(bin);
        // A bin in a location that is closed: what that means, the server says.
        if (bin === null || place) this.byKey.set(key, { item, quantity, place });
      }
    }
  }

  /** @param {string} key @returns {Pieces | null} */
  find(key) {
    return this.byKey.get(key) ?? null;
  }

  /** Return what the number of an article stands for, as it is printed on a box. @param {string} code @returns {Pieces | null} */
  findArticle(code) {
    const number = readArticle(code);
    return number ? this.find(`gtin:${number}`) : null;
  }
}
