// @ts-check
/**
 * Ask for a new label of what was just looked up, or typed because its label cannot be read. It is a scan of its own
 * with the condition of the label, so it waits in the outbox like any other.
 */
import { text } from "../scan/view.js";

/** @typedef {import("../offline/outbox_store.js").OutboxRecord} OutboxRecord */

const UNREADABLE = "unreadable_label";
/** What needs something else from the person has steps of its own. */
const CALM = new Set(["fine", "already_scanned", "found_again"]);

/**
 * @param {object} parts
 * @param {import("../scan/view.js").ScanView} parts.view
 * @param {(read: import("../scan/capturer.js").Read) => Promise<OutboxRecord | null>} parts.take
 */
export function offerLabels({ view, take }) {
  /** @type {Set<string>} scans whose label is asked for: an answer that comes late must not ask again */
  const asked = new Set();

  /** @param {OutboxRecord} record */
  const ask = async (record) => {
    asked.add(record.scan_id);
    view.offer(record.scan_id, [text("p", "scan-noted", "A new label is asked for.")]);
    await take({ text: record.code, source: "typed", symbology: record.symbology, condition: UNREADABLE, about: record.scan_id });
  };

  document.addEventListener("scan:answered", (event) => {
    const { record, answer, isAsset } = /** @type {CustomEvent} */ (event).detail;
    if (!isAsset || !CALM.has(answer) || !mayNeedLabel(record) || asked.has(record.scan_id)) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "big scan-step";
    button.textContent = "It needs a new label";
    button.addEventListener("click", () => ask(record));
    view.offer(record.scan_id, [button]);
  });
}

/** @param {OutboxRecord} record */
function mayNeedLabel(record) {
  if (record.local?.about || record.condition === UNREADABLE) return false;
  return record.intent === "lookup" || (record.intent === "sighting" && record.source === "typed");
}
