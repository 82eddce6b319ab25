// Decodes frames and photos with zxing-wasm, off the page's thread. A classic worker: importScripts
// loads the vendored reader unchanged. Loaded when the camera starts, never from another origin.
/* global ZXingWASM, importScripts */

/** Most frames are read quickly, some thoroughly. Reading all thoroughly makes an older phone hot. */
const QUICK = { tryHarder: false, tryRotate: false, tryDownscale: false, tryInvert: false };
const THOROUGH = { tryHarder: true, tryRotate: true, tryDownscale: true, tryInvert: false };
const STILL = { tryHarder: true, tryRotate: true, tryDownscale: true, tryInvert: true };

let isReady = false;
let canvas = null;

function load({ reader, wasm }) {
  importScripts(reader);
  return ZXingWASM.prepareZXingModule({
    overrides: { locateFile: (path, prefix) => (path.endsWith(".wasm") ? wasm : prefix + path) },
    fireImmediately: true,
  });
}

function toImageData(bitmap) {
  canvas ??= new OffscreenCanvas(bitmap.width, bitmap.height);
  if (canvas.width !== bitmap.width) canvas.width = bitmap.width;
  if (canvas.height !== bitmap.height) canvas.height = bitmap.height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

self.onmessage = async (event) => {
  const { id, kind } = event.data;
  try {
    if (kind === "load") {
      await load(event.data);
      isReady = true;
      self.postMessage({ id, codes: [] });
      return;
    }
    if (!isReady) throw new Error("not loaded");
    const options = { quick: QUICK, thorough: THOROUGH, still: STILL }[event.data.effort];
    const data = toImageData(event.data.bitmap);
    const started = performance.now();
    const found = await ZXingWASM.readBarcodes(data, {
      ...options,
      formats: event.data.formats,
      // The data, not a form for people: the server's decoder returns the same.
      textMode: "Plain",
      tryCode39ExtendedMode: false,
      maxNumberOfSymbols: event.data.effort === "still" ? 64 : 24,
    });
    const codes = found
      .filter((code) => code.isValid && code.text)
      .map((code) => ({
        text: code.text,
        format: code.format,
        aim: code.symbologyIdentifier || null,
        bytes: code.bytes,
        polygon: [code.position.topLeft, code.position.topRight, code.position.bottomRight, code.position.bottomLeft],
      }));
    self.postMessage({ id, codes, ms: performance.now() - started, width: data.width, height: data.height });
  } catch (error) {
    self.postMessage({ id, error: String(error) });
  }
};
