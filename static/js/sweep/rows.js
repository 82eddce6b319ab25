// @ts-check
/** The list below the picture: what the sweep counted, the newest first, each taken off by a swipe or its button. */

/** A finger that went so far to the side means it. */
const SWIPE_PX = 90;
const MAX_ROWS = 60;

/** @param {string} tag @param {string} className @param {string} [content] */
function make(tag, className, content = "") {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = content;
  return element;
}

export class Rows {
  /**
   * @param {object} parts
   * @param {(name: string) => Node} parts.icon
   * @param {(item: import("./items.js").Item) => string} parts.word
   * @param {(code: string) => void} parts.press takes a code off, counts it again, or uses a location's label
   */
  constructor(parts) {
    this.parts = parts;
    this.root = make("ul", "scan-rows sweep-rows");
    this.root.setAttribute("role", "list");
    this.root.setAttribute("aria-label", "Found in this sweep");
    /** @type {Map<string, HTMLElement>} */
    this.shown = new Map();
    this.root.addEventListener("click", (event) => {
      const button = /** @type {Element} */ (event.target).closest("button");
      const row = /** @type {HTMLElement | null} */ (button?.closest("[data-code]"));
      if (row) parts.press(row.dataset.code ?? "");
    });
    this.#bindSwipe();
  }

  /** @param {import("./items.js").Item} item @param {string} action what its button does */
  show(item, action) {
    const row = this.shown.get(item.code) ?? this.#begin(item.code);
    row.dataset.answer = item.answer;
    row.dataset.isCounted = String(item.isCounted);
    row.querySelector(".mark")?.replaceChildren(this.parts.icon(item.answer));
    row.querySelector("bdi")?.replaceChildren(item.name);
    row.querySelector(".sweep-word")?.replaceChildren(this.parts.word(item));
    const button = /** @type {HTMLButtonElement} */ (row.querySelector("button"));
    button.hidden = action === "";
    button.textContent = action;
    button.setAttribute("aria-label", `${action}: ${item.name}`);
  }

  /** @param {string} code */
  #begin(code) {
    const row = make("li", "scan-row");
    row.dataset.code = code;
    const what = make("span", "what");
    what.append(make("bdi", "tag"), " ", make("span", "sweep-word muted small"));
    const button = /** @type {HTMLButtonElement} */ (make("button", "quiet"));
    button.type = "button";
    row.append(make("span", "mark"), what, button);
    this.shown.set(code, row);
    this.root.prepend(row);
    while (this.root.children.length > MAX_ROWS) this.#forgetLast();
    return row;
  }

  #forgetLast() {
    const last = /** @type {HTMLElement} */ (this.root.lastElementChild);
    this.shown.delete(last.dataset.code ?? "");
    last.remove();
  }

  #bindSwipe() {
    /** @type {{row: HTMLElement, x: number, id: number} | null} */
    let held = null;
    const far = (/** @type {PointerEvent} */ event) => (held ? event.clientX - held.x : 0);
    this.root.addEventListener("pointerdown", (event) => {
      const target = /** @type {Element} */ (event.target);
      const row = /** @type {HTMLElement | null} */ (target.closest("[data-code]"));
      held = row?.dataset.isCounted === "true" && !target.closest("button") ? { row, x: event.clientX, id: event.pointerId } : null;
    });
    this.root.addEventListener("pointermove", (event) => {
      if (held?.id !== event.pointerId) return;
      held.row.style.translate = `${far(event)}px 0`;
      held.row.toggleAttribute("data-leaving", Math.abs(far(event)) > SWIPE_PX);
    });
    for (const kind of /** @type {const} */ (["pointerup", "pointercancel"])) {
      addEventListener(kind, (event) => {
        if (held?.id !== event.pointerId) return;
        const { row } = held;
        row.style.translate = "";
        row.removeAttribute("data-leaving");
        if (kind === "pointerup" && Math.abs(far(event)) > SWIPE_PX) this.parts.press(row.dataset.code ?? "");
        held = null;
      });
    }
  }
}
