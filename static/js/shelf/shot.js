// @ts-check
/** A picture of a shelf: a tap on an outline drops its label or keeps it, as its box in the list does. */

const FORM = "[data-shelf]";

/** Show on each outline and on the button what the boxes select. @param {HTMLFormElement} form */
function show(form) {
  let kept = 0;
  for (const box of /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll("[data-keep]"))) {
    form.querySelector(`[data-outline="${box.value}"]`)?.toggleAttribute("data-dropped", !box.checked);
    if (box.checked) kept += 1;
  }
  const words = form.querySelector("[data-shelf-count]");
  if (words) words.textContent = `Save ${kept} item${kept === 1 ? "" : "s"}`;
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
  // Without a box there is nothing to drop. The link leads to the label's row.
  if (!box) return;
  event.preventDefault();
  box.checked = !box.checked;
  show(form);
});

// One tap, one request. The server records a picture only once anyway; this saves a second wait.
document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  const submitter = /** @type {HTMLElement | null} */ (/** @type {SubmitEvent} */ (event).submitter);
  if (!form.matches(FORM) || submitter?.getAttribute("formmethod") === "get") return;
  const button = form.querySelector("[data-shelf-record]");
  // Only after the form data is collected, since a disabled button is left out of it.
  setTimeout(() => button?.toggleAttribute("disabled", true));
});

// When the person comes back from the result, the browser may show the page as it was left.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll(FORM)) {
    form.querySelector("[data-shelf-record]")?.toggleAttribute("disabled", false);
    show(/** @type {HTMLFormElement} */ (form));
  }
});
