// @ts-check
/** Narrow the list of help as one types. All of it is on the page, so it works without a network. */

const box = /** @type {HTMLElement | null} */ (document.querySelector("[data-help]"));
if (box) bindSearch(box);

/** @param {HTMLElement} help */
function bindSearch(help) {
  const field = /** @type {HTMLInputElement} */ (help.querySelector("input[type=search]"));
  const count = /** @type {HTMLElement} */ (help.querySelector("[data-help-count]"));
  const none = /** @type {HTMLElement} */ (help.querySelector("[data-help-none]"));
  const narrow = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const page of /** @type {NodeListOf<HTMLElement>} */ (help.querySelectorAll("[data-help-page]"))) {
      let shown = 0;
      for (const part of /** @type {NodeListOf<HTMLElement>} */ (page.querySelectorAll("[data-help-part]"))) {
        part.hidden = !words.every((word) => part.dataset.helpPart?.includes(word));
        if (!part.hidden) shown += 1;
      }
      page.hidden = shown === 0;
      found += shown;
    }
    count.textContent = words.length ? `${found} part${found === 1 ? "" : "s"} found` : "";
    none.hidden = found > 0;
  };
  field.addEventListener("input", narrow);
  field.form?.addEventListener("submit", (event) => {
    if (!navigator.onLine) event.preventDefault(); // what is shown is all there is
  });
}
