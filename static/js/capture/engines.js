// @ts-check
/** What reads codes in pictures: the browser's own detector, zxing-wasm in a worker, or the server. */
import { onlyAccepted, symbologyName } from "./aim.js";

/**
 * @typedef {import("./aim.js").Seen} Seen
 * @typedef {{name: string, read: (bitmap: ImageBitmap, effort: "quick" | "thorough" | "still") => Promise<Seen[]>}} Engine
 */

const WANTED = ["code_128", "qr_code", "data_matrix"];
const NATIVE_FORMATS = ["code_128", "code_39", "qr_code", "data_matrix", "ean_13", "ean_8", "itf", "aztec", "pdf417"];

/** Return the codes of the symbologies that the page names as accepted. @param {Seen[]} codes */
function accepted(codes) {
  const page = /** @type {HTMLElement | null} */ (document.querySelector("[data-formats]"));
  return onlyAccepted(codes, page?.dataset.formats);
}

/** Return the browser's own detector. It may exist and read nothing, so its list of formats decides. @returns {Promise<Engine | null>} */
export async function nativeEngine() {
  const Detector = /** @type {any} */ (globalThis).BarcodeDetector;
  if (!Detector?.getSupportedFormats) return null;
  const formats = await Detector.getSupportedFormats().catch(() => []);
  if (!WANTED.every((format) => formats.includes(format))) return null;
  const detector = new Detector({ formats: NATIVE_FORMATS.filter((format) => formats.includes(format)) });
  return {
    name: "native",
    async read(bitmap) {
      const found = await detector.detect(bitmap);
      bitmap.close();
      return accepted(found.map((/** @type {any} */ code) => ({
        text: code.rawValue, format: code.format, polygon: code.cornerPoints,
      })));
    },
  };
}

/** @type {Promise<Engine> | null} */
let wasm = null;

/**
 * @param {{worker: string, reader: string, wasm: string}} urls
 * @returns {Promise<Engine>} rejects where the worker or the wasm cannot be loaded
 */
export function wasmEngine(urls) {
  wasm ??= loadWasm(urls);
  wasm.catch(() => {
    wasm = null;
  });
  return wasm;
}

/** @param {{worker: string, reader: string, wasm: string}} urls @returns {Promise<Engine>} */
async function loadWasm({ worker: script, reader, wasm: file }) {
  const worker = new Worker(script);
  let last = 0;
  /** @type {Map<number, {resolve: (value: any) => void, reject: (error: Error) => void}>} */
  const open = new Map();
  const ask = (/** @type {any} */ message, /** @type {Transferable[]} */ transfer = []) =>
    new Promise((resolve, reject) => {
      last += 1;
      open.set(last, { resolve, reject });
      worker.postMessage({ id: last, ...message }, transfer);
    });
  worker.onmessage = ({ data }) => {
    const waiting = open.get(data.id);
    open.delete(data.id);
    if (data.error) waiting?.reject(new Error(data.error));
    else waiting?.resolve(data);
  };
  worker.onerror = (event) => {
    for (const waiting of open.values()) waiting.reject(new Error(event.message || "The decoder could not be loaded."));
    open.clear();
  };
  await ask({ kind: "load", reader, wasm: file });
  return {
    name: "wasm",
    async read(bitmap, effort) {
      const answer = await ask({ kind: "read", bitmap, effort }, [bitmap]);
      record(answer.ms);
      return accepted(answer.codes);
    },
  };
}

const MAX_SIDE = 1280;
const SERVER_EVERY_MS = 700;
const PATIENCE_MS = 15_000;

/** Send frames to the server: slow, but it reads what nothing here can. @returns {Engine} */
export function serverEngine() {
  let nextAt = 0;
  return {
    name: "server",
    async read(bitmap, effort) {
      if (effort !== "still" && performance.now() < nextAt) {
        bitmap.close();
        return [];
      }
      nextAt = performance.now() + SERVER_EVERY_MS;
      const scale = Math.min(1, MAX_SIDE / Math.max(bitmap.width, bitmap.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(bitmap.width * scale);
      canvas.height = Math.round(bitmap.height * scale);
      canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
      bitmap.close();
      const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.85));
      if (!blob) return [];
      const found = await decodeOnServer(blob);
      for (const code of found) code.polygon = code.polygon.map(({ x, y }) => ({ x: x / scale, y: y / scale }));
      return found;
    },
  };
}

/** A network that takes everything and never answers must not stop the camera or a photo. */
function patience() {
  return AbortSignal.timeout ? AbortSignal.timeout(PATIENCE_MS) : undefined;
}

/** @param {Blob} picture @returns {Promise<Seen[]>} */
export async function decodeOnServer(picture) {
  const body = new FormData();
  body.append("image", picture, "picture.jpg");
  const answer = await fetch("/api/v1/decodes", {
    method: "POST", body, redirect: "error", credentials: "same-origin", signal: patience(),
  });
  const found = await answer.json();
  if (!answer.ok) throw new Error(found?.detail ?? `The server answered ${answer.status}.`);
  return found.symbols.map((/** @type {any} */ symbol) => ({
    text: symbol.text,
    format: symbol.symbology,
    polygon: symbol.polygon.map(([x, y]) => ({ x, y })),
  }));
}

/**
 * Choose the engine for live frames.
 * @param {{worker: string, reader: string, wasm: string}} urls
 * @param {string[]} [failed] engines that failed before on this page
 * @returns {Promise<Engine>}
 */
export async function pickEngine(urls, failed = []) {
  if (!failed.includes("native")) {
    const native = await nativeEngine();
    if (native) return native;
  }
  if (!failed.includes("wasm")) {
    try {
      return await wasmEngine(urls);
    } catch {
      failed.push("wasm");
    }
  }
  return serverEngine();
}

/** @param {number} ms kept for the benchmark that measures how long a frame takes */
function record(ms) {
  const times = (/** @type {any} */ (globalThis).scannerFrameTimes ??= []);
  times.push(ms);
  if (times.length > 300) times.shift();
}

export { symbologyName };
