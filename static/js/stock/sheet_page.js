// @ts-check
/**
 * The sheet of a shelf on the scan page: what is read in its modes goes on it first, and into the outbox when it is whole.
 * A person has one sheet in all tabs. Each change begins with what is kept, since another tab may have changed it.
 */
import { MAX_COUNTED, MAX_PIECES, isSecret, readRaw } from "../shared/codes.js";
import { modeOf } from "../shared/facts.js";
import { makeScanId } from "../shared/ids.js";
import { readDetails } from "../scan/tools.js";
import { currentLine, emptySheet, forget, keepLines, put, readSheet, setNumber, takeCounts, takeMoves } from "./sheet.js";
import { keepSheet, keyOf, loadSheet } from "./kept_sheet.js";
import { SheetView } from "./sheet_view.js";

/** @typedef {import("./sheet.js").Sheet} Sheet */
/** @typedef {import("../offline/outbox_store.js").OutboxRecord} OutboxRecord */

export class SheetPage {
  /** @param {import("../scan/page.js").ScanPage} page @param {(read: import("../scan/capturer.js").Read) => Promise<OutboxRecord | null>} record */
  constructor(page, record) {
    this.page = page;
    this.record = record;
    this.view = new SheetView(page.root, {
      set: (key, number) => this.#change((sheet) => setNumber(sheet, key, number, Date.now())),
      remove: (key) => this.#change((sheet) => keepLines(sheet, (line) => line.key !== key)),
      save: () => this.save(),
      discard: () => this.#change(({ leaving }) => emptySheet(this.mode, leaving)),
      focus: () => page.field.focus(),
    });
    /** @type {Sheet} */
    this.sheet = emptySheet(this.mode);
    this.#refresh();
    addEventListener("storage", ({ key }) => {
      if (key === null || key === keyOf(page.user.id)) this.#refresh(); // another tab changed it
    });
    document.addEventListener("scan:answered", (event) => this.#noteAnswer(/** @type {CustomEvent} */ (event).detail.record.scan_id));
    // A page before this one was closed while it saved them.
    for (const read of this.sheet.leaving) this.#record(read);
  }

  get mode() {
    return this.page.root.dataset.mode ?? "";
  }

  /** @param {string} mode */
  #isCount(mode) {
    return modeOf(this.page.facts, mode).sheet === "count";
  }

  /** Take the sheet as it is kept. */
  #load() {
    const kept = loadSheet(this.page.user.id);
    if (kept !== undefined) this.sheet = readSheet(kept, makeScanId) ?? emptySheet(this.mode);
  }

  #refresh() {
    this.#load();
    this.show();
  }

  /** @param {(sheet: Sheet) => Sheet} change */
  #change(change) {
    this.#load();
    const sheet = { ...change(this.sheet), by: this.page.station.ctx };
    this.sheet = sheet;
    keepSheet(this.page.user.id, sheet.lines.length || sheet.leaving.length ? JSON.stringify(sheet) : null);
    this.show();
  }

  /**
   * Record what leaves the sheet. It stays with the sheet until the outbox has it.
   * @param {(sheet: Sheet) => {sheet: Sheet, reads: import("./sheet.js").SheetRead[]}} take
   */
  #leave(take) {
    /** @type {import("./sheet.js").SheetRead[]} */
    let reads = [];
    this.#change((sheet) => {
      const taken = take(sheet);
      ({ reads } = taken);
      return taken.sheet;
    });
    for (const read of reads) this.#record(read);
    return reads.length > 0;
  }

  /** @param {import("./sheet.js").SheetRead} read */
  async #record(read) {
    const record = await this.record(read);
    // What only this page's memory has is not safe before the server has answered.
    if (!record || !this.page.capturer.inMemory.has(read.id)) this.#forget(read.id);
  }

  /** @param {string} id */
  #noteAnswer(id) {
    if (this.page.answers.answered.has(id) && this.sheet.leaving.some((read) => read.id === id)) this.#forget(id);
  }

  /** @param {string} id */
  #forget(id) {
    this.#change((sheet) => forget(sheet, id));
  }

  show() {
    const isCount = this.#isCount(this.sheet.lines.length ? this.sheet.mode : this.mode);
    const isOpen = Boolean(modeOf(this.page.facts, this.mode).sheet);
    this.view.show(this.sheet, { isCount, isOpen, place: this.page.station.place });
  }

  /** The mode was changed. What was counted is recorded; what is being moved waits for where it goes. */
  changeMode() {
    const isMine = this.sheet.by === this.page.station.ctx; // another tab goes on with its own
    if (isMine && this.sheet.lines.length && this.sheet.mode !== this.mode && this.#isCount(this.sheet.mode)) this.save();
    this.show();
  }

  /**
   * Take a read that belongs on the sheet.
   * @param {{text: string, source: string, symbology: string | null}} read
   * @returns {boolean} whether it is taken. Otherwise it is a scan as any other
   */
  take(read) {
    const { facts, lists } = this.page;
    if (!modeOf(facts, this.mode).sheet || isSecret(read.text)) return false;
    this.#load();
    const { code, symbology } = readRaw(read.text);
    const pieces = lists.piecesOf(code, read.symbology ?? symbology);
    if (pieces) return this.#takePieces(pieces, code);
    const { meaning } = lists.read(code, read.symbology ?? symbology);
    if (meaning?.kind !== "location" || !this.sheet.lines.length || this.sheet.mode !== this.mode) return false;
    if (this.#isCount(this.mode)) this.save();
    else return this.#moveTo(meaning.place, code);
    return false;
  }

  /** Take a number that is typed after a scan: it says how many there are. @param {string} text @returns {boolean} */
  takeNumber(text) {
    const line = currentLine(this.sheet);
    const most = this.#isCount(this.sheet.mode) ? MAX_COUNTED : MAX_PIECES;
    if (!line || this.sheet.mode !== this.mode || !/^[0-9]{1,6}$/.test(text) || Number(text) > most) return false;
    if (this.page.lists.thing(text)) return false;
    this.#change((sheet) => setNumber(sheet, line.key, Number(text), Date.now()));
    this.#tell(text, "saved", this.view.sayLine(currentLine(this.sheet)));
    return true;
  }

  /** @param {import("./codes.js").Pieces} pieces @param {string} code */
  #takePieces(pieces, code) {
    const { station, form } = this.page;
    const { quantity, quantity_trouble: trouble } = /** @type {any} */ (readDetails(form));
    if (trouble) return this.#refuse(code, trouble);
    if (this.sheet.lines.length && this.sheet.mode !== this.mode) {
      return this.#refuse(code, this.#isCount(this.sheet.mode)
        ? "Save what was counted first, or discard it. This scan was not stored."
        : "Finish what is being moved first: scan where it goes, or discard it. This scan was not stored.");
    }
    if (!this.#isCount(this.mode) && this.#reachesBin(pieces)) return this.#moveTo(/** @type {any} */ (pieces.place), code, pieces.item.code);
    const place = station.isPlaceOpen ? null : station.place;
    if (this.#isCount(this.mode) && !pieces.place && !place) {
      // Which location it is, only the server can say: then the number comes first, and it judges both.
      if (station.isPlaceOpen) return false;
      return this.#refuse(code, "Scan the label of the shelf first, then what lies there. This scan was not stored.");
    }
    const given = { id: makeScanId(), quantity, place, at: Date.now() };
    this.#change((sheet) => put(sheet.lines.length ? sheet : emptySheet(this.mode, sheet.leaving), pieces, given));
    /** @type {HTMLInputElement} */ (form.elements.namedItem("quantity")).value = "";
    this.#tell(code, "saved", this.view.sayLine(currentLine(this.sheet)));
    return true;
  }

  /** The label of another bin of what is being moved says where it goes. @param {import("./codes.js").Pieces} pieces */
  #reachesBin({ item, place }) {
    return place !== null && this.sheet.lines.some((line) => line.code === item.code && line.number && line.place?.code !== place.code);
  }

  /** Record the counts of the sheet. */
  save() {
    const hasSaved = this.#leave(takeCounts);
    if (!hasSaved && this.sheet.lines.length) this.#tell("", "refused", "Say how many there are first. Nothing was saved.");
    this.page.field.focus();
  }

  /**
   * Record that what is on the sheet goes to a location.
   * @param {import("./codes.js").Place} place @param {string} code @param {string | null} [item] only this one
   * @returns {boolean} whether the read is used up: the label of a room also says where one is now
   */
  #moveTo(place, code, item = null) {
    if (!this.#leave((sheet) => takeMoves(sheet, place, item))) {
      const isThere = this.sheet.lines.every((line) => line.place?.code === place.code);
      return this.#refuse(code, isThere
        ? `It lies in ${place.name}. Scan the label of where it goes.`
        : "Say how many there are first. Nothing was moved.");
    }
    return item !== null;
  }

  /** @param {string} code @param {string} message */
  #refuse(code, message) {
    this.page.answers.showRefused(message, code);
    return true;
  }

  /** @param {string} code @param {import("../scan/verdicts.js").Answer} answer @param {string} message */
  #tell(code, answer, message) {
    const { view, feedback } = this.page;
    view.tell({ scanId: `sheet-${Date.now()}`, code, answer, message, asset: null, at: Date.now(), kept: "sheet", placeName: null, word: "On the sheet" });
    feedback.play(answer);
  }
}
