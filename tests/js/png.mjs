// A reader for the drawn labels: grey PNG, 8 bits, not interlaced.
import { readFileSync } from "node:fs";
import { inflateSync } from "node:zlib";

/** What each filter of PNG adds to a byte, from the byte left of it, above it and left above it. */
const FILTERS = [
  () => 0,
  (left) => left,
  (_left, up) => up,
  (left, up) => (left + up) >> 1,
  (left, up, corner) => {
    const [a, b, c] = [up - corner, left - corner, left + up - 2 * corner].map(Math.abs);
    return a <= b && a <= c ? left : b <= c ? up : corner;
  },
];

/** @param {URL} file @returns {{data: Uint8ClampedArray, width: number, height: number, close: () => void}} as a canvas gives it */
export function readPng(file) {
  const bytes = readFileSync(file);
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  if (bytes[24] !== 8 || bytes[25] !== 0 || bytes[28] !== 0) throw new Error(`${file} is not plain grey`);
  const parts = [];
  for (let at = 8; at < bytes.length; at += 12 + bytes.readUInt32BE(at)) {
    if (bytes.toString("latin1", at + 4, at + 8) === "IDAT") parts.push(bytes.subarray(at + 8, at + 8 + bytes.readUInt32BE(at)));
  }
  const raw = inflateSync(Buffer.concat(parts));
  const grey = new Uint8Array(width * height);
  const data = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let y = 0; y < height; y += 1) {
    const add = FILTERS[raw[y * (width + 1)]];
    for (let x = 0; x < width; x += 1) {
      const at = y * width + x;
      const [left, up, corner] = [x ? grey[at - 1] : 0, y ? grey[at - width] : 0, x && y ? grey[at - width - 1] : 0];
      grey[at] = raw[y * (width + 1) + 1 + x] + add(left, up, corner);
      data.fill(grey[at], 4 * at, 4 * at + 3);
    }
  }
  return { data, width, height, close() {} };
}
