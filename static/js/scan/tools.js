// @ts-check
/** The buttons beside the scan field: sound, camera, photo. Camera and photo load their modules when used. */

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

/** @param {HTMLElement} page @param {() => void} focus */
export function bindPictures(page, focus) {
  const button = page.querySelector("[data-camera-button]");
  const photo = page.querySelector("[data-photo-form] input[type=file]");
  button?.addEventListener("click", async () => {
    const { toggleCamera } = await import("../capture/camera_view.js");
    await toggleCamera(page);
    focus();
  });
  photo?.addEventListener("change", async () => {
    const { readPhoto } = await import("../capture/photo.js");
    await readPhoto(page, /** @type {HTMLInputElement} */ (photo));
    focus();
  });
}

/**
 * Return a form's details of the next scan.
 * @param {HTMLFormElement} form
 */
export function takeDetails(form) {
  const control = (/** @type {string} */ name) => /** @type {any} */ (form.elements.namedItem(name));
  const value = (/** @type {string} */ name) => (control(name)?.value ? String(control(name).value) : null);
  const due = value("due_at");
  const details = {
    due_at: due ? new Date(`${due}T23:59:59`).toISOString() : null,
    condition: value("condition"), note: value("note"),
  };
  // These describe one asset and would be wrong for the next. The day it is due back stays.
  for (const name of ["condition", "note"]) if (control(name)) control(name).value = "";
  return details;
}
