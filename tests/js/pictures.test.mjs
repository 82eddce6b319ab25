// Pictures of every symbology, read by the phone's decoder as it is served: the same answers as the server's.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import vm from "node:vm";
import { SecondLook } from "../../static/js/capture/aim.js";
import { decodeOnServer, mergeCodes, wasmEngine } from "../../static/js/capture/engines.js";
import { readOf, symbologyName, zxingFormats } from "../../static/js/capture/symbologies.js";
import { readPng } from "./png.mjs";
import { loadVectors } from "./vectors.mjs";

const PICTURES = loadVectors("pictures.json");
const STATIC = new URL("../../static/", import.meta.url);
const ZXING = new URL("vendor/zxing-wasm-3.1.4/", STATIC);
const TALL = [{ x: 0, y: 0 }, { x: 100, y: 0 }, { x: 100, y: 40 }, { x: 0, y: 40 }];
const LINE = [{ x: 0, y: 20 }, { x: 100, y: 20 }, { x: 100, y: 21 }, { x: 0, y: 21 }];

/** What a page has and node has not: a thread, a canvas, pictures of other sizes. The scripts in them are the served ones. */
globalThis.document = { querySelector: () => null };
globalThis.Worker = class {
  constructor(script) {
    const self = { postMessage: (data) => this.onmessage({ data: structuredClone(data) }) };
    const wasmBinary = readFileSync(new URL("zxing_reader.wasm", ZXING));
    const importScripts = (file) => {
      vm.runInContext(readFileSync(file, "utf8"), context);
      const { prepareZXingModule: prepare } = context.ZXingWASM;
      context.ZXingWASM = {
        ...context.ZXingWASM, // from this disk, not by a request
        prepareZXingModule: ({ overrides, ...more }) => prepare({ overrides: { ...overrides, wasmBinary }, ...more }),
      };
    };
    const context = vm.createContext({
      self, importScripts, console, performance, WebAssembly, TextDecoder, Uint8Array, URL, OffscreenCanvas: FakeCanvas,
    });
    vm.runInContext(readFileSync(script, "utf8"), context);
    this.postMessage = (data) => self.onmessage({ data });
  }
};

class FakeCanvas {
  getContext() {
    return { drawImage: (bitmap) => (this.bitmap = bitmap), getImageData: () => this.bitmap };
  }
}

/** Return a picture at another size, each pixel from its nearest four. */
globalThis.createImageBitmap = async (bitmap, { resizeWidth: width, resizeHeight: height }) => {
  const data = new Uint8ClampedArray(width * height * 4);
  const at = (x, y) => bitmap.data[(Math.min(y, bitmap.height - 1) * bitmap.width + Math.min(x, bitmap.width - 1)) * 4];
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const [u, v] = [(x * bitmap.width) / width, (y * bitmap.height) / height];
      const [i, j, s, t] = [Math.floor(u), Math.floor(v), u % 1, v % 1];
      const grey = (1 - t) * ((1 - s) * at(i, j) + s * at(i + 1, j)) + t * ((1 - s) * at(i, j + 1) + s * at(i + 1, j + 1));
      data.fill(grey, (y * width + x) * 4, (y * width + x) * 4 + 3);
    }
  }
  return { data, width, height, close() {} };
};

async function readPicture(name, accepted) {
  globalThis.document = { querySelector: () => (accepted ? { dataset: { formats: accepted } } : null) };
  const engine = await wasmEngine({
    worker: new URL("js/capture/decoder_worker.js", STATIC), reader: new URL("reader.js", ZXING), wasm: "",
  });
  return engine.read(readPng(new URL(`../data/labels/${name}`, import.meta.url)), "still");
}

test("the phone reads every symbology as the server does: name, text, mark, bytes", async () => {
  for (const { picture, symbology, code, aim, bytes } of PICTURES) {
    const found = await readPicture(picture, symbology === "code_32" ? "code_32" : undefined);

    const got = found.map((seen) => ({
      ...readOf(seen, "photo"), aim: seen.aim, bytes: Buffer.from(seen.bytes ?? []).toString("hex"),
    }));
    assert.deepEqual(got, [{ text: code, source: "photo", symbology, aim, bytes }], picture);
  }
});

test("the phone looks for what the deployment names, and for nothing else", async () => {
  for (const { symbology } of PICTURES) {
    assert.deepEqual([...new Set(zxingFormats(symbology).map(symbologyName))], [symbology]);
  }
  assert.deepEqual(await readPicture("codabar.png", "qr_code code_128"), []);
});

test("a code that holds little counts once a second frame shows it too", () => {
  const looks = new SecondLook(1000);
  const itf = { text: "30712345", format: "itf", polygon: TALL };
  const ean = { text: "4006381333931", format: "ean_13", polygon: TALL };

  assert.deepEqual(looks.keep([itf, ean], 0), [ean]);
  assert.deepEqual(looks.keep([{ ...itf, text: "30712346" }], 100), []);
  assert.deepEqual(looks.keep([itf], 200), [itf]);
  assert.deepEqual(looks.keep([{ ...ean, text: "4006381333948", polygon: LINE }], 300), []);
  assert.deepEqual(looks.keep([itf], 9000), []);
});

test("a code too short to differ from noise never counts", () => {
  const looks = new SecondLook();
  for (let now = 0; now < 500; now += 100) {
    assert.deepEqual(looks.keep([{ text: "1334", format: "itf", polygon: TALL }], now), []);
    assert.deepEqual(looks.keep([{ text: "A7B", format: "codabar", polygon: TALL }], now), []);
  }
});

test("of two decoders the one that knows the marks is believed at each place", () => {
  const marked = { text: "010952012345678821ABC", format: "code_128", aim: "]C1", polygon: TALL };
  const bare = { text: "(01)09520123456788(21)ABC", format: "code_128", polygon: LINE };
  const other = { text: "LT-1", format: "qr_code", polygon: TALL.map(({ x, y }) => ({ x: x + 500, y })) };

  assert.deepEqual(mergeCodes([marked], [bare, other]), [marked, other]);
});

test("what the server read needs no second look, and keeps its mark", async () => {
  const symbol = { text: "30712345000010", symbology: "itf", aim: "]I1", polygon: TALL.map(({ x, y }) => [x, y]) };
  globalThis.fetch = async () => ({ ok: true, json: async () => ({ symbols: [symbol, { ...symbol, text: "8004061", symbology: "code_128", aim: "]C1" }] }) });

  const codes = await decodeOnServer(new Blob([]));

  assert.deepEqual(new SecondLook().keep(codes, 0).map((code) => readOf(code, "photo").text), ["30712345000010", "]C18004061"]);
});
