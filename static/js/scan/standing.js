// @ts-check
/** What stands on the scan page: the mode, the place, the custodian; shown, chosen and cleared. */

export class StandingView {
  /**
   * @param {HTMLElement} page
   * @param {import("./station.js").Station} station
   * @param {() => void} changed a person chose something
   */
  constructor(page, station, changed) {
    this.page = page;
    this.station = station;
    page.querySelector(".scan-standing")?.addEventListener("submit", (event) => {
      event.preventDefault();
      const button = /** @type {SubmitEvent} */ (event).submitter;
      // A person chose: no answer that is still on its way may change it back.
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
  }

  /** @param {string} mode @param {string} [href] */
  setMode(mode, href) {
    const { page, station } = this;
    // Who was handed something is not handed the next thing as well, an hour later.
    if (page.dataset.mode === "check_out" && mode !== "check_out" && station.person) {
      station.setPerson(null, station.next());
    }
    page.dataset.mode = mode;
    for (const link of page.querySelectorAll("[data-modes] a")) {
      if (/** @type {HTMLElement} */ (link).dataset.mode === mode) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    for (const input of page.querySelectorAll('input[name="mode"], [data-scan-form] input[name="intent"]')) {
      /** @type {HTMLInputElement} */ (input).value = mode;
    }
    const due = /** @type {HTMLElement} */ (page.querySelector("[data-due]"));
    due.hidden = mode !== "check_out";
    if (href) history.replaceState(null, "", href);
    this.show();
  }

  show() {
    const { page, station } = this;
    this.#fill("[data-place]", station.place, "No place: scan a room's label");
    this.#fill("[data-person]", station.person, "No custodian: scan a badge");
    const person = /** @type {HTMLElement} */ (page.querySelector("[data-person]"));
    person.hidden = page.dataset.mode !== "check_out" && !station.person;
  }

  /** @param {string} selector @param {{name: string} | null} thing @param {string} none */
  #fill(selector, thing, none) {
    const chip = /** @type {HTMLElement} */ (this.page.querySelector(selector));
    chip.dataset.set = String(Boolean(thing));
    const text = chip.querySelector("[data-text]");
    if (text) text.textContent = thing?.name ?? none;
    const button = chip.querySelector("button");
    if (button) button.hidden = !thing;
  }
}
