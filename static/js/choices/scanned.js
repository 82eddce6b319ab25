// @ts-check
/** A scanner that types into a combobox: its code is told from a person's text, and its Enter sends no form. */
import { describe, loadSettings } from "../capture/wedge.js";
import { WedgeReader } from "../capture/wedge_keys.js";

/** A person waits for this, so not for long. */
const PATIENCE_MS = 2500;

export class ScannedKeys {
  constructor() {
    this.reader = new WedgeReader(loadSettings());
  }

  /**
   * Take a key press in a combobox.
   * @param {KeyboardEvent} event
   * @returns {{code: string, isHeld: boolean}} `code`: what was scanned, where this key ended it; `isHeld`: an ending that
   *   belongs to the scanner, and must not act
   */
  press(event) {
    this.reader.tick(event.timeStamp);
    const verdict = this.reader.press({ ...describe(event), field: "text" });
    if (verdict === "ended") return { code: this.reader.burst?.text ?? "", isHeld: true };
    const isEnding = event.key === "Enter" || event.key === "Tab";
    return { code: "", isHeld: isEnding && (verdict === "swallow" || verdict === "broken") };
  }
}

/**
 * Return the values by which a list may name what has a code: a location's code, a person's number, e-mail or name.
 * @param {string} code
 * @returns {Promise<string[]>}
 */
export async function identify(code) {
  try {
    const answer = await fetch(`/api/v1/identify?code=${encodeURIComponent(code)}`, {
      redirect: "error", cache: "no-store", credentials: "same-origin", signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (!answer.ok) return [];
    const { location, person, asset, stock_item: item } = await answer.json();
    return [location?.code, person?.number, person?.name, asset?.asset_tag, item?.code].filter(Boolean);
  } catch {
    return [];
  }
}
