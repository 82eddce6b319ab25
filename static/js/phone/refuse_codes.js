// @ts-check
/** On a page that takes no codes, hold a keyboard scanner's keys back from its controls, and say what was scanned. */
import { showCode } from "../shared/codes.js";
import { showToast } from "../shared/htmx_setup.js";
import { listenToWedge } from "../capture/wedge.js";

/** @param {Parameters<typeof listenToWedge>[0]} options */
export function refuseCodes(options = {}) {
  // The slash is the shell's: it opens the search.
  listenToWedge({ ...options, shortcuts: new Set([...options.shortcuts ?? [], "/"]) });
  for (const what of ["read", "unsure", "broken"]) {
    document.addEventListener(`scan:${what}`, (event) => {
      const { text } = /** @type {CustomEvent} */ (event).detail;
      showToast(`“${showCode(text)}” was not stored: this page does not take codes. Open Scan first.`);
    });
  }
  document.documentElement.dataset.wedge = "";
}
