// @ts-check
/**
 * A picture of a shelf: a tap on an outline drops its label or keeps it, as its box in the list does, and marks its row;
 * the row that has the focus is marked in the picture. One box a group keeps or drops all in it.
 */

const FORM = "[data-shelf]";

/** Show on each outline and on the button what the boxes select. @param {HTMLFormElement} form */
function show(form) {
  let kept = 0;
  for (const box of /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll("[data-keep]"))) {
    form.querySelector(`[data-outline="${box.value}"]`)?.toggleAttribute("data-dropped", !box.checked);
    if (box.checked) kept += 1;
  }
  for (const group of form.querySelectorAll("[data-shelf-group]")) showGroup(group);
  const words = form.querySelector("[data-shelf-count]");
  if (words) words.textContent = `Save ${kept} item${kept === 1 ? "" : "s"}`;
}

/** @param {Element} group @returns {HTMLInputElement[]} */
function boxesOf(group) {
  return [...group.querySelectorAll("[data-keep]")].map((box) => /** @type {HTMLInputElement} */ (box));
}

/** @param {Element} group */
function showGroup(group) {
  const all = /** @type {HTMLInputElement | null} */ (group.querySelector("[data-keep-all]"));
  if (!all) return;
  const boxes = boxesOf(group);
  const kept = boxes.filter((box) => box.checked).length;
  all.checked = kept === boxes.length;
  all.indeterminate = kept > 0 && kept < boxes.length;
}

/** Mark a label in the list and in the picture. @param {Element} form @param {string | null} number */
function mark(form, number) {
  for (const one of form.querySelectorAll("[data-current]")) one.removeAttribute("data-current");
  for (const kind of ["row", "outline"]) form.querySelector(`[data-${kind}="${number}"]`)?.setAttribute("data-current", "");
}

document.addEventListener("change", (event) => {
  const box = /** @type {HTMLInputElement} */ (event.target);
  const form = /** @type {HTMLFormElement | null} */ (box.closest(FORM));
  const group = box.closest("[data-shelf-group]");
  if (group && box.matches("[data-keep-all]")) for (const one of boxesOf(group)) one.checked = box.checked;
  if (form && box.matches("[data-keep], [data-keep-all]")) show(form);
});

document.addEventListener("focusin", (event) => {
  const row = /** @type {Element} */ (event.target).closest("[data-row]");
  const form = row?.closest(FORM);
  if (row && form) mark(form, row.getAttribute("data-row"));
});

document.addEventListener("click", (event) => {
  const outline = /** @type {Element} */ (event.target).closest(`${FORM} [data-outline]`);
  if (!outline) return;
  const form = /** @type {HTMLFormElement} */ (outline.closest(FORM));
  const number = outline.getAttribute("data-outline");
  const box = /** @type {HTMLInputElement | null} */ (form.querySelector(`[data-keep][value="${number}"]`));
  mark(form, number);
  // Beside the picture the list moves to the row; below it, the picture stays where the finger is.
  if (matchMedia("(min-width: 900px)").matches) form.querySelector(`[data-row="${number}"]`)?.scrollIntoView({ block: "nearest" });
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
