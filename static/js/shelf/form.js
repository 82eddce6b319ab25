// @ts-check
/**
 * Taking a picture of a shelf. It is sent as soon as it is taken, and the page says that it is being read. Where
 * sending fails, the picture stays here to be sent again.
 */
import { Station } from "../scan/station.js";

const READING = "Reading the labels. A full shelf takes a few seconds.";
const LOST = "No connection. The picture was not sent. It is still here: send it again when there is a signal.";

const form = /** @type {HTMLFormElement | null} */ (document.querySelector("[data-shelf-form]"));

/** Take the location that is set on this phone's scan page, unless the link to this page named one. */
function takePlace(/** @type {HTMLFormElement} */ page) {
  const input = /** @type {HTMLInputElement} */ (page.querySelector("[data-shelf-place]"));
  const place = new Station().place;
  if (input.hasAttribute("data-asked") || !place) return;
  input.value = place.code;
  const name = page.querySelector("[data-shelf-place-name]");
  if (name) name.textContent = place.name;
}

/** @param {HTMLFormElement} page @param {boolean} isBusy */
function showBusy(page, isBusy) {
  page.toggleAttribute("data-busy", isBusy);
  page.setAttribute("aria-busy", String(isBusy));
  const words = page.querySelector("[data-shelf-status]");
  if (words) words.textContent = isBusy ? READING : "";
}

/** @param {HTMLFormElement} page @param {Element | string | null} trouble our own element, or a text */
function showTrouble(page, trouble) {
  const region = /** @type {Element} */ (page.querySelector("[data-shelf-error]"));
  region.replaceChildren();
  if (trouble instanceof Element) {
    region.append(document.importNode(trouble, true));
  } else if (trouble) {
    const template = /** @type {HTMLTemplateElement} */ (page.querySelector("[data-shelf-notice]"));
    region.append(template.content.cloneNode(true));
    const words = region.querySelector("p");
    if (words) words.textContent = trouble;
  }
}

/** @param {HTMLFormElement} page */
async function send(page) {
  const body = new FormData(page);
  showTrouble(page, null);
  showBusy(page, true);
  const again = page.querySelector("[data-shelf-again]");
  try {
    const answer = await fetch(page.action, { method: "POST", body, credentials: "same-origin" });
    if (answer.ok && answer.redirected) {
      location.assign(answer.url);
      return;
    }
    const told = new DOMParser().parseFromString(await answer.text(), "text/html");
    const trouble = told.querySelector("[data-shelf-error] .notice");
    showTrouble(page, trouble ?? `That did not work (${answer.status}). Send it again.`);
    // Where the server refused the picture, sending it again does not help.
    again?.toggleAttribute("hidden", answer.status < 429);
  } catch {
    showTrouble(page, LOST);
    again?.toggleAttribute("hidden", false);
  }
  showBusy(page, false);
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
    // So that the same picture can be chosen again.
    input.addEventListener("click", () => {
      input.value = "";
    });
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!form.hasAttribute("data-busy")) send(form);
  });
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    showBusy(form, false);
    for (const input of inputs) input.value = "";
  });
}
