// @ts-check
/** The buttons beside the scan field: sound, camera, photo. Camera and photo load their modules when used. */
import { MAX_COUNTED, MAX_PIECES, readQuantity } from "../shared/codes.js";
import { defaultDue, readDue } from "./due.js";

/**
 * @param {HTMLElement} page
 * @param {import("./feedback.js").Feedback} feedback
 * @param {import("./view.js").ScanView} view
 * @param {() => void} focus
 */
export function bindSound(page, feedback, view, focus) {
  const button = /** @type {HTMLElement} */ (page.querySelector("[data-mute]"));
  const show = () => {
    button.setAttribute("aria-pressed", String(feedback.isMuted));
    button.setAttribute("aria-label", feedback.isMuted ? "Sound is off" : "Sound is on");
    button.replaceChildren(view.icon(feedback.isMuted ? "mute" : "sound"));
  };
  button.addEventListener("click", () => {
    feedback.mute(!feedback.isMuted);
    if (!feedback.isMuted) {
      feedback.unlock();
      setTimeout(() => feedback.play("fine"), 60); // heard while the person sets the volume
    }
    show();
    focus();
  });
  show();
}

/**
 * @param {HTMLElement} page @param {() => void} focus
 * @param {import("../sweep/sweep.js").Parts | null} [parts] what a sweep needs, on a page that can be swept
 */
export function bindPictures(page, focus, parts = null) {
  const button = page.querySelector("[data-camera-button]");
  const photo = page.querySelector("[data-photo-form] input[type=file]");
  button?.addEventListener("click", async () => {
    const { toggleCamera } = await import("../capture/camera_view.js");
    await toggleCamera(page, parts);
    focus();
  });
  photo?.addEventListener("change", async () => {
    const { readPhoto } = await import("../capture/photo.js");
    await readPhoto(page, /** @type {HTMLInputElement} */ (photo));
    focus();
  });
}

/**
 * Tell of what a keyboard scanner sent and nobody can be sure of. Nothing of it is stored, so it is told whatever the
 * network does.
 * @param {import("../capture/wedge_keys.js").WedgeReader} reader
 * @param {Pick<import("./answers.js").Answers, "showRefused">} answers
 * @param {() => void} focus
 */
export function bindDoubts(reader, answers, focus) {
  const tell = async (/** @type {Event} */ event) => {
    const read = /** @type {CustomEvent} */ (event).detail;
    const found = await import("./doubts.js").catch(() => null);
    if (found) new found.Doubts({ answers, reader, focus }).tell(read);
    else answers.showRefused("Not read whole. Scan it again.", read.text ?? "");
  };
  for (const kind of ["scan:broken", "scan:unsure"]) document.addEventListener(kind, tell);
}

/** @param {HTMLFormElement} form @param {string} name @returns {any} */
const control = (form, name) => form.elements.namedItem(name);

/**
 * Return a form's details of the next scan.
 * @param {HTMLFormElement} form
 * @returns {{due_at: string | null, due_trouble: string, condition: string | null, note: string | null}}
 */
export function readDetails(form) {
  const value = (/** @type {string} */ name) => (control(form, name)?.value ? String(control(form, name).value) : null);
  const due = readDue(value("due_at") ?? "", Boolean(control(form, "due_at")?.validity?.badInput));
  return { due_at: due.at, due_trouble: due.trouble, condition: value("condition"), note: value("note"), ...readPieces(form) };
}

/** Return how many pieces are set for the next scan of stock. @param {HTMLFormElement} form @returns {{quantity: number | null, quantity_trouble: string}} */
function readPieces(form) {
  const field = control(form, "quantity");
  const text = String(field?.value ?? "").trim();
  if (!field || field.closest("[data-pieces]")?.hidden || (!text && !field.validity?.badInput)) return { quantity: null, quantity_trouble: "" };
  const number = /^[0-9]{1,10}$/.test(text) ? Number(text) : NaN;
  const isCount = control(form, "mode")?.value === "count";
  if (number >= 0 && number <= (isCount ? MAX_COUNTED : MAX_PIECES)) return { quantity: number, quantity_trouble: "" };
  return { quantity: null, quantity_trouble: "That is not a number of pieces. Type it again, then scan. This scan was not stored." };
}

/** Take a command code of the desk card: so many pieces of the next scan. @param {HTMLFormElement} form @param {string} code @returns {boolean} */
export function takeQuantity(form, code) {
  const number = readQuantity(code);
  const field = control(form, "quantity");
  if (number === null || !field || field.closest("[data-pieces]")?.hidden) return false;
  field.value = String(number);
  return true;
}

/** Fill in the due date that a check-out starts with: the page may be an old one, from the phone. @param {HTMLFormElement} form */
export function offerDue(form) {
  const field = /** @type {HTMLInputElement} */ (control(form, "due_at"));
  const days = Number(/** @type {HTMLElement | null} */ (field?.closest("[data-due]"))?.dataset.days);
  if (field && field.value === field.defaultValue) field.value = defaultDue(days);
}

/**
 * Empty what describes one asset and would be wrong for the next. The day it is due back stays; after a location or a
 * person the number of pieces does too.
 * @param {HTMLFormElement} form @param {boolean} [isStanding]
 */
export function clearDetails(form, isStanding = false) {
  for (const name of ["condition", "note", ...(isStanding ? [] : ["quantity"])]) if (control(form, name)) control(form, name).value = "";
}
