// @ts-check
/** What is needed now and then, in a sheet on the floor: the next asset's condition and note, pictures, readers. */

/**
 * @param {HTMLElement} page
 * @param {HTMLFormElement} form
 * @param {() => void} focus
 * @returns {{show: () => void, open: () => void}}
 */
export function bindMore(page, form, focus) {
  const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (page.querySelector(selector));
  const sheet = /** @type {HTMLDialogElement} */ (find("[data-more-sheet]"));
  const part = find("[data-more]");
  const stage = /** @type {HTMLElement} */ (part.parentElement);
  const chip = find("[data-next-details]");
  const words = find("[data-next-details] [data-text]");
  const control = (/** @type {string} */ name) => /** @type {any} */ (form.elements.namedItem(name));

  const show = () => {
    const condition = control("condition");
    const said = [condition.value && condition.selectedOptions[0]?.text, control("note").value].filter(Boolean);
    words.textContent = `For the next asset: ${said.join(", ")}`;
    chip.hidden = said.length === 0;
  };
  const open = () => {
    sheet.firstElementChild?.append(part);
    sheet.showModal();
  };
  sheet.querySelector("[data-close]")?.addEventListener("click", () => sheet.close());
  sheet.addEventListener("click", (event) => event.target === sheet && sheet.close());
  // A code that is read is answered where it can be seen.
  document.addEventListener("scan:read", () => sheet.open && sheet.close());
  sheet.addEventListener("close", () => {
    stage.append(part); // on a wide screen it is beside the field
    show();
    focus();
  });
  find("[data-next-clear]").addEventListener("click", () => {
    control("condition").value = control("note").value = "";
    show();
    focus();
  });
  for (const name of ["condition", "note"]) control(name).addEventListener("input", show);
  bindLog(page);
  return { show, open };
}

/** The log grows over what is between the answer and the buttons. @param {HTMLElement} page */
function bindLog(page) {
  const button = /** @type {HTMLElement} */ (page.querySelector("[data-log-more]"));
  button.addEventListener("click", () => {
    const isOpen = page.toggleAttribute("data-log-open");
    button.setAttribute("aria-expanded", String(isOpen));
  });
}
