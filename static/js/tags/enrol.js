// @ts-check
/** The enrol page: labels and tags from a wedge, the field, a serial reader or NFC are taken one after the other. */
import { Feedback } from "../scan/feedback.js";
import { bindReaders } from "../capture/desk_readers.js";
import { bindScanField } from "../scan/field.js";
import { listenToWedge } from "../capture/wedge.js";

const page = /** @type {HTMLElement | null} */ (document.querySelector("[data-enrol]"));
if (page) start(page);

/** @param {HTMLElement} page */
function start(page) {
  const form = /** @type {HTMLFormElement} */ (page.querySelector("[data-scan-form]"));
  const field = /** @type {HTMLInputElement} */ (form.elements.namedItem("code"));
  const feedback = new Feedback();
  const htmx = /** @type {any} */ (globalThis).htmx;

  // What a code means depends on the one before it. The form queues what it sends (hx-sync), and each request
  // carries the state of the work at the time when it is sent.
  document.addEventListener("scan:read", (event) => {
    const { text, symbology } = /** @type {CustomEvent} */ (event).detail;
    htmx.ajax("POST", "/enrol", {
      source: form, target: "#enrol-work", swap: "innerHTML", values: { code: text, symbology: symbology ?? "" },
    }).catch(() => {}); // handled by the events below
  });

  for (const trouble of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
    document.addEventListener(trouble, (event) => {
      const asked = /** @type {CustomEvent} */ (event).detail.requestConfig;
      const code = asked?.verb === "post" ? asked.parameters?.code : "";
      // Nothing was bound. Put the code back into the field, so that Go sends it.
      if (code && !field.value) field.value = code;
    });
  }

  document.addEventListener("htmx:afterSwap", () => {
    const now = page.querySelector(".enrol-now[data-sound]");
    if (!(now instanceof HTMLElement)) return;
    if (now.dataset.sound) feedback.play(now.dataset.sound);
    delete now.dataset.sound; // play it once: the reads below it are swapped every second
  });

  const choice = /** @type {HTMLFormElement | null} */ (page.querySelector("[data-enrol-reader]"));
  choice?.querySelector("[data-enrol-use]")?.setAttribute("hidden", "");
  choice?.addEventListener("change", () => choice.submit());

  listenToWedge();
  bindScanField(page, form);
  bindReaders(page);
  page.dataset.ready = "";
}
