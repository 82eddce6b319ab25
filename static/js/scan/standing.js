// @ts-check
/** What stays set between scans: the mode, the location and the person. Shown, chosen and cleared here. */

import { modeOf } from "../shared/facts.js";

export class StandingView {
  /**
   * @param {HTMLElement} page
   * @param {import("./station.js").Station} station
   * @param {import("../shared/facts.js").Facts} facts
   * @param {() => void} changed is called when a person chose something
   */
  constructor(page, station, facts, changed) {
    this.page = page;
    this.station = station;
    this.facts = facts;
    page.querySelector(".scan-standing")?.addEventListener("submit", (event) => {
      event.preventDefault();
      const button = /** @type {SubmitEvent} */ (event).submitter;
      // A person chose this. An answer that is still on its way must not change it back.
      if (button instanceof HTMLButtonElement && button.value === "custodian") station.setPerson(null, station.next());
      else station.setPlace(null, station.next());
      changed();
    });
    page.querySelector("[data-modes]")?.addEventListener("click", (given) => {
      const event = /** @type {MouseEvent} */ (given);
      const link = /** @type {HTMLAnchorElement | null} */ (/** @type {Element} */ (event.target).closest("a[data-mode]"));
      if (!link || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      this.setMode(String(link.dataset.mode), link.href);
      changed();
    });
    showMode(page);
  }

  /** The mode that the address names: a page that is kept on the phone was made for another one. */
  get askedMode() {
    const asked = new URLSearchParams(location.search).get("mode");
    const links = [...this.page.querySelectorAll("[data-modes] a")].map((link) => /** @type {HTMLElement} */ (link).dataset.mode);
    return (links.includes(asked ?? "") ? asked : this.page.dataset.mode) ?? "lookup";
  }

  /** @param {string} mode @param {string} [href] */
  setMode(mode, href) {
    const { page, station } = this;
    const next = modeOf(this.facts, mode);
    // Otherwise the person would get the next asset too, an hour later.
    if (takesPerson(modeOf(this.facts, page.dataset.mode ?? "")) && !takesPerson(next) && hasPerson(station)) {
      station.setPerson(null, station.next());
    }
    page.dataset.mode = mode;
    for (const link of page.querySelectorAll("[data-modes] a")) {
      /** @type {HTMLElement} */ (link).hidden = /** @type {HTMLElement} */ (link).dataset.group !== (next.is_stock ? "stock" : "assets");
      if (/** @type {HTMLElement} */ (link).dataset.mode === mode) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    for (const input of page.querySelectorAll('input[name="mode"], [data-scan-form] input[name="intent"]')) {
      /** @type {HTMLInputElement} */ (input).value = mode;
    }
    const pieces = /** @type {HTMLElement | null} */ (page.querySelector("[data-pieces]"));
    if (pieces) {
      pieces.hidden = !next.is_stock;
      /** @type {HTMLInputElement} */ (pieces.querySelector("input")).placeholder = next.needs_quantity ? "" : "1";
    }
    const due = /** @type {HTMLElement} */ (page.querySelector("[data-due]"));
    due.hidden = !next.has_due;
    if (href) history.replaceState(null, "", href);
    showMode(page);
    this.show();
  }

  show() {
    const { page, station } = this;
    this.#fill("[data-place]", station.place, station.isPlaceOpen);
    this.#fill("[data-person]", station.person, station.isPersonOpen);
    const person = /** @type {HTMLElement} */ (page.querySelector("[data-person]"));
    person.hidden = !takesPerson(modeOf(this.facts, page.dataset.mode ?? "")) && !station.person;
  }

  /**
   * @param {string} selector @param {{name: string} | null} thing
   * @param {boolean} isOpen something was read that may have set it, and only the server knows
   */
  #fill(selector, thing, isOpen) {
    const chip = /** @type {HTMLElement} */ (this.page.querySelector(selector));
    chip.dataset.set = String(Boolean(thing));
    chip.toggleAttribute("data-open", isOpen);
    const text = chip.querySelector("[data-text]");
    if (text) text.textContent = (isOpen ? chip.dataset.unchecked : thing?.name) ?? chip.dataset.unset ?? "";
    const button = /** @type {HTMLElement | null} */ (chip.querySelector("button[name=clear]"));
    if (button) button.hidden = !thing && !isOpen;
  }
}

/** Bring the mode into view: there are more of them than a phone is wide. @param {HTMLElement} page */
function showMode(page) {
  page.querySelector("[data-modes] [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
}

/** @param {import("../shared/facts.js").Mode} mode */
function takesPerson(mode) {
  return mode.needs_person || Boolean(mode.takes_person);
}

/** @param {import("./station.js").Station} station */
function hasPerson(station) {
  return station.person !== null || station.isPersonOpen;
}
