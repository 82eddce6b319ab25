// @ts-check
/** Choose the location by its name, for a door without a label. The list is the phone's own, so it works without a network. */
import { text } from "../scan/view.js";

const MAX_ROWS = 60;

/** @typedef {import("../offline/lists.js").Place & {full_name?: string}} Place */

export class PlacePicker {
  /**
   * @param {HTMLElement} page
   * @param {{lists: import("../offline/lists.js").Lists, choose: (place: Place) => void}} parts
   */
  constructor(page, { lists, choose }) {
    this.lists = lists;
    this.choose = choose;
    this.dialog = /** @type {HTMLDialogElement} */ (page.querySelector("[data-picker]"));
    this.search = /** @type {HTMLInputElement} */ (this.dialog.querySelector("input"));
    this.rows = /** @type {HTMLElement} */ (this.dialog.querySelector("[data-picker-rows]"));
    this.search.addEventListener("input", () => this.#show());
    this.dialog.querySelector("form")?.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#take(this.#found()[0]); // Enter takes the first
    });
    this.dialog.querySelector("[data-close]")?.addEventListener("click", () => this.dialog.close());
  }

  /** The list came from the server after the dialog was opened. */
  refresh() {
    if (this.dialog.open) this.#show();
  }

  open() {
    this.search.value = "";
    this.#show();
    this.dialog.showModal();
    this.search.focus();
  }

  /** @returns {Place[]} places whose name, path or code has every word, in the order of the tree */
  #found() {
    const words = this.search.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    const places = /** @type {Place[]} */ ([...this.lists.placesByCode.values()]);
    const names = new Map(places.map((place) => [place, `${place.full_name ?? place.name} ${place.code}`.toLocaleLowerCase()]));
    return places
      .filter((place) => words.every((word) => names.get(place)?.includes(word)))
      .sort((a, b) => (names.get(a) ?? "").localeCompare(names.get(b) ?? "", undefined, { numeric: true }));
  }

  #show() {
    const found = this.#found();
    const rows = found.slice(0, MAX_ROWS).map((place) => this.#row(place));
    if (!found.length) rows.push(text("li", "none", this.dialog.dataset.unmatched ?? ""));
    if (found.length > MAX_ROWS) rows.push(text("li", "none", this.dialog.dataset.cut ?? ""));
    this.rows.replaceChildren(...rows);
  }

  /** @param {Place} place */
  #row(place) {
    const button = document.createElement("button");
    button.type = "button";
    const names = text("span", "stack-s", "");
    const above = (place.full_name ?? "").split(" / ").slice(0, -1).join(" / ");
    names.append(text("bdi", "strong", place.name), text("bdi", "muted small", above));
    button.append(names, text("bdi", "code small", place.code));
    button.addEventListener("click", () => this.#take(place));
    const row = document.createElement("li");
    row.append(button);
    return row;
  }

  /** @param {Place | undefined} place */
  #take(place) {
    if (!place) return;
    this.dialog.close();
    this.choose(place);
  }
}
