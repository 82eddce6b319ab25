// @ts-check
/** A photo whose codes become scans. The server reads it best; without a network this phone does. */
import { decodeOnServer, wasmEngine } from "./engines.js";
import { readOf } from "./symbologies.js";

const MAX_SIDE = 2400;

/** @param {HTMLElement} page @param {HTMLInputElement} input */
export async function readPhoto(page, input) {
  const file = input.files?.[0];
  if (!file) return;
  const trouble = /** @type {HTMLElement} */ (page.querySelector("[data-trouble]"));
  const say = (/** @type {string} */ words) => {
    trouble.hidden = words === "";
    const text = trouble.querySelector("[data-text]");
    if (text) text.textContent = words;
  };
  say("Reading the photo…");
  let codes = [];
  try {
    codes = await decodeOnServer(file);
  } catch (error) {
    try {
      codes = await decodeHere(page, file);
    } catch {
      say(describeFailure(error));
      return;
    }
  } finally {
    input.value = "";
  }
  for (const code of codes) {
    document.dispatchEvent(new CustomEvent("scan:read", { detail: readOf(code, "photo") }));
  }
  say(codes.length ? "" : "No code was found in this photo. Hold the label 20 cm away and try again.");
}

/** What the browser throws where the server did not answer with a message. */
const FAILURES = /** @type {Record<string, string>} */ ({
  TypeError: "There is no network.",
  TimeoutError: "The server did not answer in time.",
  SyntaxError: "The server has a problem.",
});

/** Say why a photo was not read and what to do. @param {any} error */
export function describeFailure(error) {
  return `The photo could not be read. ${FAILURES[error?.name] ?? error?.message ?? ""} Try again, or type the code instead.`;
}

/** @param {HTMLElement} page @param {File} file */
async function decodeHere(page, file) {
  const engine = await wasmEngine({
    worker: page.dataset.decoder ?? "", reader: page.dataset.zxing ?? "", wasm: page.dataset.zxingWasm ?? "",
  });
  let bitmap = await createImageBitmap(file);
  const scale = Math.min(1, MAX_SIDE / Math.max(bitmap.width, bitmap.height));
  if (scale < 1) {
    bitmap = await createImageBitmap(bitmap, {
      resizeWidth: Math.round(bitmap.width * scale), resizeHeight: Math.round(bitmap.height * scale),
    });
  }
  return engine.read(bitmap, "still");
}
