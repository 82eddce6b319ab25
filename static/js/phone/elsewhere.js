// @ts-check
/** Pages that do not take codes: a keyboard scanner presses nothing there, and the page says where codes go. */
import { showCode } from "../shared/codes.js";
import { showToast } from "../shared/htmx_setup.js";
import { listenToWedge } from "../capture/wedge.js";

listenToWedge({ leavesText: true });
for (const what of ["read", "unsure", "broken"]) {
  document.addEventListener(`scan:${what}`, (event) => {
    const { text } = /** @type {CustomEvent} */ (event).detail;
    showToast(`“${showCode(text)}” was not stored: this page does not take codes. Open Scan first.`);
  });
}
document.documentElement.dataset.wedge = "";
