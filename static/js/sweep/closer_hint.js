// @ts-check
/** The line on the picture that says what to do when a label is too far away, with an arrow to it. */
import { boxOf } from "../capture/aim.js";
import { findThinBars, sayCloser } from "./closer.js";

/** Reading all pixels back costs some milliseconds. */
const LOOK_EVERY_MS = 500;
/** One blurred frame looks like thin bars, too. */
const LOOKS = 2;
/** An outline of a bar code is as high as the lines that were read, the bars are higher. */
const AROUND = 60;

export class CloserHint {
  /** @param {HTMLElement} line @param {HTMLVideoElement} video @param {Node | null} arrow an icon that points up */
  constructor(line, video, arrow) {
    this.line = line;
    this.video = video;
    this.arrow = arrow;
    this.canvas = document.createElement("canvas");
    this.lookedAt = 0;
    this.looks = 0;
    this.shown = "";
  }

  /**
   * Show where to come closer, else these words.
   * @param {import("../capture/symbologies.js").Seen[]} codes what was read in this frame or just before
   * @param {number} now ms @param {string} words
   */
  show(codes, now, words) {
    if (now - this.lookedAt < LOOK_EVERY_MS) {
      if (!this.looks) this.#say(words, null);
      return;
    }
    this.lookedAt = now;
    const point = this.#find(codes);
    this.looks = point ? this.looks + 1 : 0;
    if (point && this.looks >= LOOKS) {
      const { words: closer, degrees } = sayCloser(point, this.canvas.width, this.canvas.height);
      this.#say(closer, degrees);
    } else this.#say(words, null);
  }

  /** @param {import("../capture/symbologies.js").Seen[]} codes */
  #find(codes) {
    const { videoWidth: width, videoHeight: height } = this.video;
    if (!width || !height) return null;
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
    const pixels = this.canvas.getContext("2d", { willReadFrequently: true });
    pixels?.drawImage(this.video, 0, 0);
    const data = pixels?.getImageData(0, 0, width, height).data;
    const boxes = codes.filter((code) => code.polygon.length).map(boxOf);
    const isRead = (/** @type {{x: number, y: number}} */ { x, y }) => boxes.some(([left, top, right, bottom]) =>
      x > left - AROUND && x < right + AROUND && y > top - AROUND && y < bottom + AROUND);
    return data ? findThinBars(data, width, height, isRead) : null;
  }

  /** @param {string} words @param {number | null} degrees */
  #say(words, degrees) {
    if (words !== this.shown) this.line.replaceChildren(words); // a screen reader says only what changed
    this.shown = words;
    const arrow = this.line.querySelector("svg") ?? (degrees === null ? null : this.arrow?.cloneNode(true));
    if (!(arrow instanceof SVGElement)) return;
    if (degrees === null) arrow.remove();
    else {
      arrow.style.rotate = `${degrees}deg`;
      if (!arrow.parentNode) this.line.prepend(arrow, " ");
    }
  }
}
