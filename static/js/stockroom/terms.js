// @ts-check
/** The terms of a tray: each text once, folded, with its tick, and the link that asks for them elsewhere. */
import { writeSentence } from "../shared/local_time.js";

export const TERMS_OPEN = "terms_not_accepted";

/** @typedef {{id: number, version: number, title: string, text: string, covers: string[], accepted_at: string | null}} Terms */

export class TermsView {
  /** @param {HTMLElement} root */
  constructor(root) {
    const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (root.querySelector(selector));
    this.box = find("[data-terms]");
    this.template = /** @type {HTMLTemplateElement} */ (find("[data-terms-template]"));
    this.link = find("[data-by-link]");
    this.sign = /** @type {HTMLDetailsElement} */ (find("[data-sign]"));
    /** @type {Terms[]} */
    this.terms = [];
  }

  /** Show what the server says holds; a tick that stands stays. @param {Terms[]} terms */
  show(terms) {
    const ticked = new Set(this.#ticks().filter((tick) => tick.checked).map((tick) => tick.value));
    this.terms = terms;
    this.box.replaceChildren(...terms.map((one) => this.#row(one, ticked)));
    if (terms.some((one) => !one.accepted_at)) this.sign.open = true;
  }

  /** @param {string | null} kind */
  showKind(kind) {
    this.link.hidden = kind !== "issue";
  }

  /** @param {Terms} one @param {Set<string>} ticked */
  #row(one, ticked) {
    const row = /** @type {HTMLElement} */ (/** @type {DocumentFragment} */ (this.template.content.cloneNode(true)).firstElementChild);
    const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (row.querySelector(selector));
    find("[data-title]").textContent = one.title;
    find("[data-about]").textContent = `version ${one.version}, for ${one.covers.join(", ")}`;
    find("[data-words]").textContent = one.text;
    const tick = /** @type {HTMLInputElement} */ (find("[data-tick] input"));
    tick.value = `${one.id}:${one.version}`;
    tick.checked = ticked.has(tick.value);
    find("[data-tick]").hidden = Boolean(one.accepted_at);
    find("[data-before]").hidden = !one.accepted_at;
    find("[data-before]").textContent = one.accepted_at ? writeSentence(`Accepted ${one.accepted_at.slice(0, 19)}Z.`) : "";
    return row;
  }

  #ticks() {
    return /** @type {HTMLInputElement[]} */ ([...this.box.querySelectorAll("[data-tick] input")]);
  }

  /** Return what the person ticked, and whether a link is asked for. */
  read() {
    const byLink = /** @type {HTMLInputElement} */ (this.link.querySelector("input")).checked && !this.link.hidden;
    const ticked = this.#ticks().filter((tick) => tick.checked).map((tick) => tick.value.split(":").map(Number));
    return { terms: ticked.map(([id, version]) => ({ id, version })), byLink };
  }

  /**
   * Return what stands in the way of handing over; empty if nothing does.
   * @param {import("./tray.js").Line[]} lines @param {object | null} signature
   */
  findTrouble(lines, signature) {
    const { terms, byLink } = this.read();
    if (terms.length && !signature) return "Sign for the terms, or send a link.";
    const isNeeded = lines.some((line) => line.scan.findings?.some((one) => one.code === TERMS_OPEN));
    const open = this.terms.filter((one) => !one.accepted_at && !terms.some((ticked) => ticked.id === one.id));
    if (!isNeeded || byLink || !open.length) return "";
    return `Not accepted yet: ${open.map((one) => one.title).join(", ")}. Tick and sign, or send a link.`;
  }

  clear() {
    this.show([]);
  }
}
