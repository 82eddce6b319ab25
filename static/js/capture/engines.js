// @ts-check
/** What reads codes in pictures: the browser's own detector, zxing-wasm in a worker, or the server. */
import { boxOf, middleOf } from "./aim.js";
import { asServer, isTooShort, needsSecondLook, onlyAccepted, zxingFormats } from "./symbologies.js";

/**
 * @typedef {import("./symbologies.js").Seen} Seen
 * @typedef {{name: string, read: (bitmap: ImageBitmap, effort: "quick" | "thorough" | "still") => Promise<Seen[]>}} Engine
 */

const WANTED = ["code_128", "qr_code", "data_matrix"];
const NATIVE_FORMATS = ["code_128", "code_39", "qr_code", "data_matrix", "ean_13", "ean_8", "itf", "aztec", "pdf417"];

/** Text that GS1 or ISO/IEC 15434 data may begin with, or that holds their separators. */
const MAY_BE_MARKED = /^(?:[0-9]{6}|\(|\[\)>)|[\x00-\x1f]/;
/** How much larger a still picture is at the second look. */
const SECOND_SIZE = 1.25;

/** The symbologies that the page names as accepted. */
function acceptedNames() {
  return /** @type {HTMLElement | null} */ (document.querySelector("[data-formats]"))?.dataset.formats;
}

/** Return the codes of the symbologies that the page names as accepted. @param {Seen[]} codes */
function accepted(codes) {
  return onlyAccepted(codes, acceptedNames());
}

/**
 * Return the browser's own detector, with zxing-wasm beside it: the detector knows few symbologies and does not say
 * which data is GS1. It may exist and read nothing, so its list of formats decides.
 * @param {{worker: string, reader: string, wasm: string}} urls
 * @returns {Promise<Engine | null>}
 */
export async function nativeEngine(urls) {
  const Detector = /** @type {any} */ (globalThis).BarcodeDetector;
  if (!Detector?.getSupportedFormats) return null;
  const formats = await Detector.getSupportedFormats().catch(() => []);
  if (!WANTED.every((format) => formats.includes(format))) return null;
  const detector = new Detector({ formats: NATIVE_FORMATS.filter((format) => formats.includes(format)) });
  let isAlone = false;
  return {
    name: "native",
    async read(bitmap, effort) {
      const found = accepted((await detector.detect(bitmap)).map((/** @type {any} */ code) => asServer({
        text: code.rawValue, format: code.format, polygon: code.cornerPoints,
      })));
      if (isAlone || (effort === "quick" && !found.some(({ text }) => MAY_BE_MARKED.test(text)))) {
        bitmap.close();
        return found;
      }
      try {
        return mergeCodes(await (await wasmEngine(urls)).read(bitmap, effort), found);
      } catch {
        isAlone = true; // without a network it cannot be loaded
        return found;
      }
    },
  };
}

/** Return the codes of two decoders, each place once. @param {Seen[]} better @param {Seen[]} others */
export function mergeCodes(better, others) {
  const isNew = (/** @type {Seen} */ other) => {
    const { x, y } = middleOf(other);
    return !better.some((code) => {
      const [left, top, right, bottom] = boxOf(code);
      return code.text === other.text || (x >= left && x <= right && y >= top && y <= bottom);
    });
  };
  return [...better, ...others.filter(isNew)];
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
      const look = async (/** @type {ImageBitmap} */ picture) => {
        const answer = await ask({ kind: "read", bitmap: picture, effort, formats: zxingFormats(acceptedNames()) }, [picture]);
        record(answer.ms);
        return accepted(answer.codes.map(asServer));
      };
      // A camera's next frame is the second look at a weak code. A still picture has none, so it is looked at twice.
      return effort === "still" ? lookTwice(bitmap, look) : look(bitmap);
    },
  };
}

/**
 * Return the codes of a still picture. What one look may have misread counts only if it is read at another size too.
 * @param {ImageBitmap} bitmap @param {(picture: ImageBitmap) => Promise<Seen[]>} look
 */
async function lookTwice(bitmap, look) {
  const { width, height } = bitmap;
  const larger = await createImageBitmap(bitmap, {
    resizeWidth: Math.round(width * SECOND_SIZE), resizeHeight: Math.round(height * SECOND_SIZE), resizeQuality: "high",
  });
  const codes = (await look(bitmap)).filter((code) => !isTooShort(code));
  if (!codes.some(needsSecondLook)) {
    larger.close();
    return codes;
  }
  const again = new Set((await look(larger)).map(({ format, text }) => `${format} ${text}`));
  return codes.filter((code) => !needsSecondLook(code) || again.has(`${code.format} ${code.text}`));
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
    aim: symbol.aim,
    isSure: true, // the server has looked twice
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
    const native = await nativeEngine(urls);
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
