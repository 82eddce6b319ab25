// @ts-check
/** The list under a combobox: which rows are shown, which one is pointed at, and where there is room for it. */
import { splitName } from "./offers.js";

/** @typedef {import("./offers.js").Offer} Offer */

const MAX_ROWS = 60;
const NARROW = matchMedia("(max-width: 699px)");

/** @param {string} tag @param {string} className @param {string} [words] */
export function make(tag, className, words = "") {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = words;
  return element;
}

export class OfferList {
  /**
   * @param {HTMLInputElement} box the field that has the focus
   * @param {string} id
   * @param {{words: string, kind: string}} look `words`: the label; `kind`: of what is listed: codes are shown beside its names
   */
  constructor(box, id, { words, kind }) {
    this.box = box;
    this.kind = kind;
    /** @type {Offer[]} */
    this.shown = [];
    this.active = -1;
    /** @type {Offer | null} */
    this.made = null;
    this.onPick = (/** @type {Offer} */ offer) => void offer;
    this.element = make("ul", "combobox-list");
    this.element.id = id;
    this.element.hidden = true;
    this.element.setAttribute("role", "listbox");
    this.element.setAttribute("aria-label", words);
    box.setAttribute("aria-controls", id);
    box.setAttribute("aria-expanded", "false");
    // The field keeps the focus.
    this.element.addEventListener("mousedown", (event) => event.preventDefault());
    this.element.addEventListener("click", (event) => {
      event.preventDefault(); // a label around it would press the field
      const row = /** @type {Element} */ (event.target).closest("[role=option]");
      if (row) this.onPick(this.shown[[...this.element.children].indexOf(row)]);
    });
  }

  get isOpen() {
    return !this.element.hidden;
  }

  get pointed() {
    return this.isOpen ? this.shown[this.active] ?? null : null;
  }

  /**
   * Show what is offered.
   * @param {Offer[]} offers @param {string} chosen its value
   * @param {{none: string, made: Offer | null, point?: number}} more `none`: what is said of no offer; `made`: the last row,
   *   for a text that is not listed; `point`: the row that is pointed at, else what is chosen
   */
  open(offers, chosen, { none, made, point }) {
    this.made = made;
    this.shown = [...offers.slice(0, MAX_ROWS), ...made ? [made] : []];
    const rows = this.shown.map((offer, at) => this.#row(offer, at, chosen));
    const rest = Math.max(0, offers.length - MAX_ROWS);
    const words = rest ? `${rest.toLocaleString("en")} more: type to narrow the list.` : none;
    if (words && (rest || !rows.length)) {
      const last = make("li", "combobox-end", words);
      last.setAttribute("role", "presentation");
      rows.push(last);
    }
    this.element.replaceChildren(...rows);
    if (!rows.length) return this.close();
    const wasOpen = this.isOpen;
    this.element.hidden = false;
    this.box.setAttribute("aria-expanded", "true");
    this.point(Math.min(point ?? this.shown.findIndex((offer) => offer.value === chosen), this.shown.length - 1));
    if (!wasOpen) this.#place();
  }

  close() {
    this.element.hidden = true;
    this.active = -1;
    this.box.setAttribute("aria-expanded", "false");
    this.box.removeAttribute("aria-activedescendant");
  }

  /** On a phone the field goes to the top, above the keyboard; on a desk the list opens to where there is room. */
  #place() {
    for (const side of ["data-up", "data-left"]) this.element.removeAttribute(side);
    if (NARROW.matches) {
      this.box.scrollIntoView({ block: "start" });
      return;
    }
    const { top, bottom } = this.box.getBoundingClientRect();
    const room = innerHeight - bottom;
    this.element.toggleAttribute("data-up", room < this.element.offsetHeight + 8 && top > room);
    this.element.toggleAttribute("data-left", this.element.getBoundingClientRect().right > document.documentElement.clientWidth);
  }

  /** @param {Offer} offer @param {number} at @param {string} chosen */
  #row(offer, at, chosen) {
    const { name, above } = splitName(offer, this.kind === "location");
    const row = make("li", "");
    row.id = `${this.element.id}-${at}`;
    row.setAttribute("role", "option");
    row.toggleAttribute("data-chosen", offer.value === chosen);
    if (this.kind === "person" && offer.value) {
      const words = name.replace(/,.*/, "").split(" ").filter(Boolean);
      const avatar = make("span", "avatar", [words[0], words.length > 1 ? words.at(-1) : ""].map((word) => [...word ?? ""][0] ?? "").join("").toUpperCase());
      avatar.setAttribute("aria-hidden", "true");
      row.append(avatar);
    }
    const names = make("span", "names");
    names.append(make("bdi", "name", name));
    if (above) names.append(" ", make("bdi", "above", above));
    row.append(names);
    if (this.kind && offer.value && offer.value !== offer.text) row.append(" ", make("bdi", "code", offer.value));
    return row;
  }

  /** @param {number} at -1 for none */
  point(at) {
    this.active = at;
    [...this.element.querySelectorAll("[role=option]")].forEach((row, index) => row.setAttribute("aria-selected", String(index === at)));
    const row = /** @type {HTMLElement | undefined} */ (at < 0 ? undefined : this.element.children[at]);
    if (!row) {
      this.box.removeAttribute("aria-activedescendant");
      return;
    }
    this.box.setAttribute("aria-activedescendant", row.id);
    const { offsetTop, offsetHeight } = row;
    const { scrollTop, clientHeight } = this.element;
    if (offsetTop < scrollTop) this.element.scrollTop = offsetTop;
    else if (offsetTop + offsetHeight > scrollTop + clientHeight) this.element.scrollTop = offsetTop + offsetHeight - clientHeight;
  }

  /** By one it goes around. @param {number} by */
  step(by) {
    const last = this.shown.length - 1;
    const wanted = this.active + by;
    const isOver = Math.abs(by) === 1 && (wanted < 0 || wanted > last);
    this.point(isOver ? (wanted < 0 ? last : 0) : Math.max(0, Math.min(last, wanted)));
  }
}
