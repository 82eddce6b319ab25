// @ts-check
/** Taking a picture of a shelf: it is sent as soon as it is taken, and words say that it is being read. */
import { Station } from "./station.js";

const form = /** @type {HTMLFormElement | null} */ (document.querySelector("[data-shelf-form]"));

/** The place that stands on the scan page of this phone, unless the link to here named one. */
function takePlace(/** @type {HTMLFormElement} */ page) {
  const input = /** @type {HTMLInputElement} */ (page.querySelector("[data-shelf-place]"));
  const place = new Station().place;
  if (input.hasAttribute("data-asked") || !place) return;
  input.value = place.code;
  const name = page.querySelector("[data-shelf-place-name]");
  if (name) name.textContent = place.name;
}

if (form) {
  takePlace(form);
  form.dataset.ready = "";
  const inputs = /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll('input[type="file"]')]);
  for (const input of inputs) {
    input.addEventListener("change", () => {
      if (!input.files?.length) return;
      for (const other of inputs) if (other !== input) other.value = "";
      form.requestSubmit();
    });
  }
  form.addEventListener("submit", () => {
    const words = form.querySelector("[data-shelf-status]");
    if (words) words.textContent = "Reading the labels. A full shelf takes a few seconds.";
    form.querySelector("[data-shelf-error]")?.replaceChildren();
    form.toggleAttribute("data-busy", true);
    form.setAttribute("aria-busy", "true");
  });
  addEventListener("pageshow", () => {
    form.removeAttribute("data-busy");
    form.removeAttribute("aria-busy");
    const words = form.querySelector("[data-shelf-status]");
    if (words) words.textContent = "";
    for (const input of inputs) input.value = "";
  });
}
