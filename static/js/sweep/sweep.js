// @ts-check
/**
 * The live sweep: every label that comes into view is outlined where it is and counted once. Loaded when first used.
 * A label is shown as counted only after its scan is in the outbox. Decides nothing: `tracks.js` says what counts,
 * the scan page what it means.
 */
import { progressIn } from "../audits/progress.js";
import { LABEL, OFF, READING, itemOf, keyOf, sayFigure } from "./items.js";
import { Outlines } from "./outlines.js";
import { Pace } from "./pace.js";
import { Rows } from "./rows.js";
import { Tracks } from "./tracks.js";
import { fineWord } from "../scan/verdicts.js";

/** Size of the picture that tells whether the hand moves. */
const [SMALL_WIDTH, SMALL_HEIGHT] = [32, 18];
const LOOK_EVERY = 4;
const WORDS = /** @type {Record<string, string>} */ ({ [READING]: "Reading", [OFF]: "Taken off", [LABEL]: "Not scanned" });

/**
 * @typedef {import("./items.js").Item} Item
 * @typedef {object} Parts what the scan page lends
 * @property {import("../shared/facts.js").Facts} facts
 * @property {import("../offline/lists.js").Lists} lists
 * @property {import("../scan/station.js").Station} station
 * @property {(name: string) => Node} icon
 * @property {(read: import("../scan/capturer.js").Read) => Promise<{scan_id: string} | null>} take
 * @property {(scanId: string) => void} takeBack
 * @property {(place: import("../scan/station.js").Place) => void} choosePlace
 * @property {boolean} isAudit
 */

export class Sweep {
  /** @param {HTMLElement} page @param {Parts} parts */
  constructor(page, parts) {
    this.page = page;
    this.parts = parts;
    this.tracks = new Tracks();
    this.pace = new Pace();
    /** @type {Map<string, Item>} by code, in the order in which they were found */
    this.items = new Map();
    const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (page.querySelector(selector));
    this.video = /** @type {HTMLVideoElement} */ (find("[data-video]"));
    this.outlines = new Outlines((name) => this.#sign(name));
    this.rows = new Rows({
      icon: (name) => this.#sign(name), word: (item) => this.#word(item), press: (code) => this.#press(code),
    });
    this.figure = document.createElement("p");
    this.figure.className = "sweep-figure";
    this.figure.setAttribute("role", "status");
    this.frame = find(".camera-frame");
    this.box = find("[data-camera]");
    this.small = document.createElement("canvas");
    Object.assign(this.small, { width: SMALL_WIDTH, height: SMALL_HEIGHT });
    this.pixels = this.small.getContext("2d", { willReadFrequently: true });
    this.place = parts.station.place;
    this.isOn = false;
    this.frames = 0;
    /** Scans that are on their way into the outbox. */
    this.storing = 0;
    this.rest = 0;
    document.addEventListener("scan:answered", (event) => this.#takeAnswer(/** @type {CustomEvent} */ (event).detail));
  }

  /** Begin, or go on: what was counted before counts no second time. */
  begin() {
    this.frame.append(this.outlines.root, this.figure);
    this.box.append(this.rows.root);
    this.page.dataset.sweeping = "";
    this.isOn = true;
    this.#say();
    this.#follow();
  }

  end() {
    this.isOn = false;
    this.tracks.tracks = [];
    this.outlines.show([], () => "");
    delete this.page.dataset.sweeping;
    for (const part of [this.outlines.root, this.figure, this.rows.root]) part.remove();
  }

  /**
   * Take what a frame shows.
   * @param {import("./tracks.js").Seen[]} codes @param {{width: number, height: number, at: number}} frame
   */
  take(codes, { width, height, at }) {
    if (!this.isOn) return;
    this.#noticePlace();
    this.outlines.setSize(width, height);
    for (const seen of this.tracks.take(codes, at)) this.#count(seen);
    this.outlines.show(this.tracks.tracks, (text) => this.#answerOf(text));
  }

  /** What is outlined, as codes. */
  get places() {
    return this.tracks.tracks.map(({ polygon, text }) => ({ polygon, text, format: "" }));
  }

  /** Return how long to wait before the next frame. */
  wait() {
    this.frames += 1;
    if (this.frames % LOOK_EVERY) return this.rest;
    this.pixels?.drawImage(this.video, 0, 0, SMALL_WIDTH, SMALL_HEIGHT);
    const data = this.pixels?.getImageData(0, 0, SMALL_WIDTH, SMALL_HEIGHT).data;
    if (data) this.rest = this.pace.wait(data, performance.now());
    return this.rest;
  }

  /** Keep the outlines on their labels between two frames. */
  #follow() {
    if (!this.isOn) return;
    const { dx, dy } = this.tracks.outlines(performance.now());
    this.outlines.shift(dx, dy);
    requestAnimationFrame(() => this.#follow());
  }

  /** In another room, what was counted before may stand wrong: it counts again. */
  #noticePlace() {
    const { station } = this.parts;
    if (station.isPlaceOpen || station.place?.code === this.place?.code) return;
    this.place = this.parts.station.place;
    this.tracks.agreed.clear();
    for (const [code, item] of this.items) if (item.answer !== OFF) this.items.delete(code);
    this.#say();
  }

  /** @param {import("./tracks.js").Seen} seen */
  #count(seen) {
    const { lists, station } = this.parts;
    const known = { lists, place: station.isPlaceOpen ? /** @type {const} */ ("open") : station.place };
    const item = this.items.get(keyOf(seen)) ?? itemOf(seen, known);
    this.items.set(item.code, item);
    if (item.answer === READING) this.#record(item);
    else this.#show(item);
  }

  /** @param {Item} item */
  async #record(item) {
    item.answer = READING;
    this.#show(item);
    this.storing += 1;
    const read = { text: item.text, source: "camera", symbology: item.symbology };
    const record = await this.parts.take(read).finally(() => (this.storing -= 1));
    if (record) item.scanId = record.scan_id;
    else item.answer = "refused"; // a secret, or too long: the page says which
    item.isCounted = record !== null;
    this.#show(item);
  }

  /** Show what the page, or later the server, says of a scan. @param {{record: any, answer: string}} told */
  #takeAnswer({ record, answer }) {
    const undone = record.voids ? [...this.items.values()].find((item) => item.scanId === record.voids) : null;
    if (undone) Object.assign(undone, { answer: OFF, isCounted: false });
    const item = undone ?? (record.voids ? null : this.items.get(record.code));
    if (!item || item.answer === LABEL) return;
    if (!undone && item.answer !== OFF) item.answer = answer;
    item.word = undone ? undefined : fineWord(this.parts.facts, { ...record.local, answer, intent: record.intent });
    this.#show(item);
  }

  /** A person takes one off, counts it again, or goes to the room of a label. @param {string} code */
  #press(code) {
    const item = this.items.get(code);
    if (!item) return;
    if (item.isCounted && item.scanId) this.parts.takeBack(item.scanId);
    else if (item.answer === OFF) this.#record(item);
    else if (item.answer === LABEL) {
      const place = this.parts.lists.placeOf(code) ?? this.parts.lists.find(code);
      const found = place && "kind" in place ? (place.kind === "location" ? place.place : null) : place;
      if (found) this.parts.choosePlace(found);
    }
  }

  /** @param {string} text */
  #answerOf(text) {
    const track = this.tracks.tracks.find((one) => one.text === text);
    const item = [...this.items.values()].find((one) => one.text === text);
    return track?.isAgreed && item ? item.answer : READING;
  }

  /** @param {Item} item */
  #show(item) {
    const isPlace = item.answer === LABEL && this.parts.lists.find(item.code)?.kind === "location";
    const action = item.isCounted ? "Take off" : item.answer === OFF ? "Count it" : isPlace ? "Count there" : "";
    this.rows.show(item, action);
    this.#say();
  }

  #say() {
    if (this.storing) return; // the room's list counts a scan at the trigger, before it is in the outbox
    const progress = this.parts.isAudit && this.place ? progressIn(this.parts.lists, this.place) : null;
    const words = sayFigure(this.items.values(), progress);
    if (this.figure.textContent !== words) this.figure.textContent = words;
  }

  /** @param {Item} item */
  #word({ answer, word }) {
    return word ?? WORDS[answer] ?? this.parts.facts.verdicts[answer]?.word ?? "";
  }

  /** @param {string} answer */
  #sign(answer) {
    if (answer !== LABEL) return this.parts.icon(answer);
    return this.page.querySelector("[data-place] .chip-pick svg")?.cloneNode(true) ?? document.createTextNode("");
  }
}
