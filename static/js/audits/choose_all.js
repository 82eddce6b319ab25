// @ts-check
// One box that selects all boxes of a name on the page.

for (const box of document.querySelectorAll("[data-choose-all]")) {
  const name = box.getAttribute("data-choose-all");
  box.addEventListener("change", () => {
    for (const other of document.querySelectorAll(`input[type="checkbox"][name="${name}"]`)) {
      /** @type {HTMLInputElement} */ (other).checked = /** @type {HTMLInputElement} */ (box).checked;
    }
  });
}
