// @ts-check
/** The signature pad: pointer and keyboard draw strokes, which a hidden field carries with the form. */
import { PAD, Strokes } from "./strokes.js";

/** How far an arrow key moves the pen, in units of the pad; with Shift it goes further. */
const ARROW = 12;
const FAR = 4;
/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class SignaturePad {
  /** @param {HTMLElement} field */
  constructor(field) {
    const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (field.querySelector(selector));
    this.pad = find("[data-signature-pad]");
    this.line = find("[data-signature-line]");
    this.pen = find("[data-signature-pen]");
    this.said = find("[data-signature-said]");
    this.value = /** @type {HTMLInputElement} */ (find("[data-signature-value]"));
    this.buttons = [find("[data-signature-undo]"), find("[data-signature-clear]")];
    this.strokes = Strokes.read(this.value.value);
    this.at = { x: PAD.w / 8, y: PAD.h * 0.6 };
    find("[data-signature-drawn]").hidden = false;
    // Without script the typed name is the only way, so it is open; here it is the second one.
    const typed = /** @type {HTMLDetailsElement} */ (find("[data-signature-typed]"));
    typed.open = Boolean(typed.querySelector("[aria-invalid]"));
    this.#listen();
    this.#show();
  }

  #listen() {
    this.pad.addEventListener("pointerdown", (event) => this.#down(event));
    this.pad.addEventListener("pointermove", (event) => this.#move(event));
    for (const end of ["pointerup", "pointercancel"]) this.pad.addEventListener(end, () => this.#lift());
    this.pad.addEventListener("keydown", (event) => this.#key(event));
    this.pad.addEventListener("focus", () => this.#showPen());
    this.pad.addEventListener("blur", () => this.#leave());
    this.buttons[0].addEventListener("click", () => this.#undo());
    this.buttons[1].addEventListener("click", () => {
      this.strokes.clear();
      this.#show("The pad is empty.");
    });
  }

  /** @param {PointerEvent} event */
  #place(event) {
    const box = this.pad.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * PAD.w;
    return /** @type {const} */ ([x, ((event.clientY - box.top) / box.height) * PAD.h]);
  }

  /** @param {PointerEvent} event */
  #down(event) {
    if (!event.isPrimary || event.button !== 0) return;
    event.preventDefault();
    this.pad.setPointerCapture(event.pointerId);
    if (!this.strokes.start(...this.#place(event))) this.said.textContent = "The pad is full. Undo a stroke or clear it.";
    this.#draw();
  }

  /** @param {PointerEvent} event */
  #move(event) {
    if (!this.strokes.isDown || !event.isPrimary) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const one of events.length ? events : [event]) this.strokes.draw(...this.#place(one));
    this.#draw();
  }

  #lift() {
    if (!this.strokes.isDown) return;
    this.strokes.lift();
    this.#show();
  }

  /** A pen that was left down by the keyboard is lifted: the form carries what was drawn. */
  #leave() {
    this.#lift();
    this.#showPen();
  }

  #undo() {
    this.strokes.undo();
    this.#show("The last stroke is undone.");
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = ARROWS[event.key];
    if (arrow) this.#walk(arrow, event.shiftKey ? ARROW * FAR : ARROW);
    else if (event.key === " ") this.#switchPen();
    else if (event.key === "Backspace") this.#undo();
    else return;
    event.preventDefault();
    this.#showPen();
  }

  /** @param {[number, number]} arrow @param {number} far */
  #walk([x, y], far) {
    this.at.x = Math.min(Math.max(this.at.x + x * far, 0), PAD.w);
    this.at.y = Math.min(Math.max(this.at.y + y * far, 0), PAD.h);
    if (this.strokes.isDown) this.strokes.draw(this.at.x, this.at.y);
    this.#draw();
  }

  #switchPen() {
    if (this.strokes.isDown) return this.#lift();
    const isDown = this.strokes.start(this.at.x, this.at.y);
    this.said.textContent = isDown ? "The pen is down." : "The pad is full. Undo a stroke or clear it.";
    this.#draw();
  }

  #showPen() {
    this.pen.toggleAttribute("hidden", !this.pad.matches(":focus-visible"));
    this.pen.setAttribute("cx", String(this.at.x));
    this.pen.setAttribute("cy", String(this.at.y));
    this.pen.toggleAttribute("data-down", this.strokes.isDown);
  }

  #draw() {
    this.line.setAttribute("d", this.strokes.toPath());
  }

  #show(said = "") {
    this.#draw();
    this.#showPen();
    const { length } = this.strokes.list;
    this.value.value = this.strokes.toText();
    for (const button of this.buttons) /** @type {HTMLButtonElement} */ (button).disabled = !length;
    const words = length && !this.strokes.isEnough() ? "Go on: this is still too small for a signature." : "";
    this.said.textContent = said || words || (length ? "Signed. You can still undo a stroke." : "");
  }
}

for (const field of document.querySelectorAll("[data-signature]")) new SignaturePad(/** @type {HTMLElement} */ (field));
