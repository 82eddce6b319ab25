// @ts-check
/** A picture of a shelf: tapping an outline drops its label or keeps it, as its box in the list does. */

const FORM = "[data-shelf]";

/** Let each outline and the button say what the boxes say. @param {HTMLFormElement} form */
function show(form) {
  let kept = 0;
  for (const box of /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll("[data-keep]"))) {
    form.querySelector(`[data-outline="${box.value}"]`)?.toggleAttribute("data-dropped", !box.checked);
    if (box.checked) kept += 1;
  }
  const words = form.querySelector("[data-shelf-count]");
  if (words) words.textContent = `Record ${kept} sighting${kept === 1 ? "" : "s"}`;
}

document.addEventListener("change", (event) => {
  const box = /** @type {Element} */ (event.target);
  const form = /** @type {HTMLFormElement | null} */ (box.closest(FORM));
  if (form && box.matches("[data-keep]")) show(form);
});

document.addEventListener("click", (event) => {
  const outline = /** @type {Element} */ (event.target).closest(`${FORM} [data-outline]`);
  if (!outline) return;
  const form = /** @type {HTMLFormElement} */ (outline.closest(FORM));
  const number = outline.getAttribute("data-outline");
  const box = /** @type {HTMLInputElement | null} */ (form.querySelector(`[data-keep][value="${number}"]`));
  // Without a box there is nothing to drop: the link leads to the label's row.
  if (!box) return;
  event.preventDefault();
  box.checked = !box.checked;
  show(form);
});

// One tap, one request: the picture is recorded once in any case, this spares a second wait.
document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  const submitter = /** @type {HTMLElement | null} */ (/** @type {SubmitEvent} */ (event).submitter);
  if (!form.matches(FORM) || submitter?.getAttribute("formmethod") === "get") return;
  const button = form.querySelector("[data-shelf-record]");
  // After the form is gathered: a disabled button is left out of it.
  setTimeout(() => button?.toggleAttribute("disabled", true));
});

// Back from the result: the page may come from the browser's memory as it was left.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll(FORM)) {
    form.querySelector("[data-shelf-record]")?.toggleAttribute("disabled", false);
    show(/** @type {HTMLFormElement} */ (form));
  }
});
