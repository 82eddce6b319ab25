// @ts-check
/** Readers that a page can reach without a keyboard: a serial desk reader and, on Android, NFC. */
import { LineSplitter, kindOf } from "./serial_lines.js";

const RATES = [9600, 115200];
const RATE_KEY = "scanner.serial_rate";
/** A desk reader reports a tag that lies on it again and again. */
const HOLD_MS = 1500;

/** @param {string} text @param {string} source @param {string | null} symbology */
function read(text, source, symbology) {
  document.dispatchEvent(new CustomEvent("scan:read", { detail: { text, source, symbology } }));
}

/** @param {HTMLElement} page */
export function bindReaders(page) {
  const box = /** @type {HTMLElement | null} */ (page.querySelector("[data-devices]"));
  if (!box) return;
  const say = (/** @type {string} */ words) => {
    const text = box.querySelector("[data-device-text]");
    if (text) text.textContent = words;
  };
  const serial = /** @type {HTMLElement} */ (box.querySelector("[data-serial]"));
  const nfc = /** @type {HTMLElement} */ (box.querySelector("[data-nfc]"));
  const ports = /** @type {any} */ (navigator).serial;
  if (ports) {
    box.hidden = serial.hidden = false;
    serial.addEventListener("click", async () => {
      try {
        await listen(await ports.requestPort(), serial, say);
      } catch (error) {
        if (/** @type {DOMException} */ (error).name !== "NotFoundError") say(`The reader could not be opened: ${error}`);
      }
    });
    // Open a port that was allowed before by itself, also after its cable was unplugged.
    const resume = async () => {
      const [known] = await ports.getPorts();
      if (known && !known.readable) await listen(known, serial, say).catch(() => {});
    };
    ports.addEventListener("connect", resume);
    resume().catch(() => {});
  }
  if ("NDEFReader" in globalThis) {
    box.hidden = nfc.hidden = false;
    nfc.addEventListener("click", () => startNfc(nfc, say));
  }
}

/** @param {any} port @param {HTMLElement} button @param {(words: string) => void} say */
async function listen(port, button, say) {
  const baudRate = Number(localStorage.getItem(RATE_KEY)) || RATES[0];
  // The default of 255 bytes fills in 22 ms at 115200 baud. A page that is busy longer would lose codes.
  await port.open({ baudRate, bufferSize: 16_384 });
  button.setAttribute("aria-pressed", "true");
  say("Serial reader connected.");
  const decoder = new TextDecoder("latin1");
  const splitter = new LineSplitter();
  const held = new Map();
  try {
    while (port.readable) {
      const reader = port.readable.getReader();
      try {
        for (;;) {
          const { value, done } = await reader.read();
          if (done) break;
          for (const line of splitter.push(decoder.decode(value, { stream: true }))) {
            const now = Date.now();
            const { source, symbology } = kindOf(line);
            if (now - (held.get(line) ?? 0) > HOLD_MS) read(line, source, symbology);
            held.set(line, now);
          }
        }
      } catch (error) {
        // A break or an overrun loses what was on the line. The port has a new stream after it.
        if (/** @type {DOMException} */ (error).name === "NetworkError") throw error;
      } finally {
        reader.releaseLock();
      }
    }
  } catch {
    // the device is gone: the connect event opens it again
  } finally {
    button.setAttribute("aria-pressed", "false");
    say("The serial reader is disconnected. It is opened again when it is back.");
    await port.close().catch(() => {});
  }
}

/** @param {HTMLElement} button @param {(words: string) => void} say */
async function startNfc(button, say) {
  const Reader = /** @type {any} */ (globalThis).NDEFReader;
  const reader = new Reader();
  const held = new Map();
  reader.onreading = (/** @type {any} */ event) => {
    const text = textOf(event.message) ?? String(event.serialNumber ?? "").replaceAll(":", "").toUpperCase();
    const now = Date.now();
    if (text && now - (held.get(text) ?? 0) > HOLD_MS) read(text, "nfc", "nfc");
    held.set(text, now);
  };
  reader.onreadingerror = () => say("That tag could not be read. Hold it still, or scan its label.");
  try {
    await reader.scan();
    button.setAttribute("aria-pressed", "true");
    say("Hold tags to the back of the phone.");
  } catch (error) {
    say(`NFC did not start: ${/** @type {Error} */ (error).message}`);
  }
}

/** Return a tag's own link or text, which means more than its number. @param {any} message */
function textOf(message) {
  for (const record of message?.records ?? []) {
    if (record.recordType === "url" || record.recordType === "absolute-url" || record.recordType === "text") {
      return new TextDecoder(record.encoding || "utf-8").decode(record.data);
    }
  }
  return null;
}
