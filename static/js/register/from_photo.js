// @ts-check
/** One photo of the underside of a device: each code goes into the field that it belongs to, with its part of the picture. */
import { FIELDS, KINDS, arrange } from "./parts.js";

/** Around a code, as a part of its size: its print is there. */
const MARGIN = 0.35;
const MAX_SHOWN_PX = 320;

/** @typedef {import("./parts.js").Part} Part */

class FromPhoto {
  /** @param {HTMLElement} card */
  constructor(card) {
    this.card = card;
    this.page = card.dataset.fromPhoto ?? "asset";
    this.file = /** @type {HTMLInputElement} */ (card.querySelector("input[type=file]"));
    this.text = /** @type {HTMLElement} */ (card.querySelector("[data-from-photo-text]"));
    this.list = /** @type {HTMLElement} */ (card.querySelector("[data-from-photo-parts]"));
    this.file.addEventListener("change", () => this.#read());
    card.hidden = false;
  }

  async #read() {
    const file = this.file.files?.[0];
    if (!file) return;
    this.text.textContent = "Reading the photo…";
    this.list.replaceChildren();
    try {
      const answer = await decode(file);
      // A browser that cannot show the picture still fills the fields.
      const picture = await createImageBitmap(file).catch(() => null);
      this.#show(answer, picture);
    } catch (error) {
      const reason = error instanceof TypeError ? "There is no network." : error instanceof Error ? error.message : "";
      this.text.textContent = `The photo could not be read. ${reason} Try again, or type instead.`;
    }
    this.file.value = "";
  }

  /** @param {any} answer @param {ImageBitmap | null} picture */
  #show(answer, picture) {
    const { filled, open, known } = arrange(answer.symbols, FIELDS[this.page] ?? {});
    const done = filled.filter((part) => this.#fill(part, cut(picture, answer, part.polygon)));
    this.list.append(...[...filled.filter((part) => !done.includes(part)), ...open].map((part) =>
      this.#row(part, cut(picture, answer, part.polygon))));
    const words = [
      done.length ? `Filled in: ${done.map((part) => KINDS[part.kind]).join(", ").toLowerCase()}. Check it before you save.` : "",
      known ? `${known} is in the register already.` : "",
      answer.symbols.length ? "" : "No code was found in this photo. Come closer, in good light, and try again.",
    ];
    this.text.textContent = words.filter(Boolean).join(" ") || "Say of each code what it is.";
  }

  /**
   * Put a value into its field, unless a person has written something else there.
   * @param {Part} part @param {HTMLCanvasElement | null} shown @param {boolean} [isAsked] a person pressed a button for it
   */
  #fill(part, shown, isAsked = false) {
    const name = (FIELDS[this.page] ?? {})[part.kind];
    if (name === "scan") {
      document.dispatchEvent(new CustomEvent("scan:read", { detail: { text: part.text, source: "photo", symbology: part.symbology } }));
      return true;
    }
    const field = /** @type {HTMLInputElement | HTMLTextAreaElement | null} */ (document.querySelector(`[name="${name}"]`));
    if (!field) return false;
    if (field instanceof HTMLTextAreaElement) {
      const lines = field.value.split("\n").map((line) => line.trim()).filter(Boolean);
      if (!lines.includes(part.value)) field.value = [...lines, part.value].join("\n");
    } else {
      if (field.value !== field.defaultValue && field.value !== part.value && !isAsked) return false;
      field.value = part.value;
    }
    field.dispatchEvent(new Event("input", { bubbles: true }));
    showPart(field, shown);
    return true;
  }

  /** A code that a person has to say something about. @param {Part} part @param {HTMLCanvasElement | null} shown */
  #row(part, shown) {
    const row = document.createElement("li");
    const what = make("span", "what", "");
    what.append(make("bdi", "code strong", part.value), " ", make("span", "muted small", KINDS[part.kind]));
    const choices = make("span", "row", "");
    row.append(...(shown ? [shown] : []), what, choices);
    const kinds = /** @type {(keyof typeof KINDS)[]} */ (["tag", "serial", "model_number"]);
    for (const kind of kinds.filter((kind) => (FIELDS[this.page] ?? {})[kind] && part.kind !== "article")) {
      const button = /** @type {HTMLButtonElement} */ (make("button", "", FIELDS[this.page]?.[kind] === "scan" ? "Use it" : KINDS[kind]));
      button.type = "button";
      button.setAttribute("aria-label", `${part.value}: ${KINDS[kind].toLowerCase()}`);
      button.addEventListener("click", () => this.#fill({ ...part, kind }, shown, true) && row.remove());
      choices.append(button);
      if (FIELDS[this.page]?.[kind] === "scan") break;
    }
    return row;
  }
}

/** @param {File} file @returns {Promise<any>} */
async function decode(file) {
  const body = new FormData();
  body.append("image", file, "picture.jpg");
  const answer = await fetch("/api/v1/decodes", { method: "POST", body, redirect: "error", credentials: "same-origin" });
  const found = await answer.json();
  if (!answer.ok) throw new Error(found?.detail ?? `The server answered ${answer.status}.`);
  return found;
}

/** @param {string} tag @param {string} className @param {string} content */
function make(tag, className, content) {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = content;
  return element;
}

/** Show below a field where its value comes from. @param {HTMLElement} field @param {HTMLCanvasElement | null} shown */
function showPart(field, shown) {
  const box = field.closest(".field");
  if (!(field instanceof HTMLTextAreaElement)) box?.querySelector(".from-photo-part")?.remove();
  const part = make("div", "from-photo-part muted small", "");
  if (shown) part.append(shown);
  part.append("From the photo");
  box?.append(part);
}

/**
 * Return a code's part of the picture.
 * @param {ImageBitmap | null} picture @param {{width: number, height: number}} size of the picture as it was read
 * @param {number[][]} polygon
 */
function cut(picture, size, polygon) {
  if (!picture || !polygon.length) return null;
  const scale = picture.width / size.width;
  const [xs, ys] = [polygon.map(([x]) => x * scale), polygon.map(([, y]) => y * scale)];
  const [wide, high] = [Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys)];
  const around = MARGIN * Math.min(wide, Math.max(high, wide / 4));
  const left = Math.max(0, Math.min(...xs) - around);
  const top = Math.max(0, Math.min(...ys) - around);
  const width = Math.min(picture.width - left, wide + 2 * around);
  const height = Math.min(picture.height - top, high + 2 * around);
  const canvas = document.createElement("canvas");
  const shrink = Math.min(1, MAX_SHOWN_PX / Math.max(width, height));
  Object.assign(canvas, { width: Math.max(1, Math.round(width * shrink)), height: Math.max(1, Math.round(height * shrink)) });
  canvas.getContext("2d")?.drawImage(picture, left, top, width, height, 0, 0, canvas.width, canvas.height);
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", "The part of the photo that this came from");
  return canvas;
}

const card = /** @type {HTMLElement | null} */ (document.querySelector("[data-from-photo]"));
if (card) new FromPhoto(card);
