// @ts-check
/** The sheet of a shelf on the scan page: what is read in its modes goes on it first, and into the outbox when it is whole. */
import { MAX_COUNTED, MAX_PIECES, isSecret, readRaw } from "../shared/codes.js";
import { modeOf } from "../shared/facts.js";
import { readDetails } from "../scan/tools.js";
import { currentLine, emptySheet, keepLines, put, readSheet, setNumber, takeCounts, takeMoves } from "./sheet.js";
import { keepSheet, loadSheet } from "./kept_sheet.js";
import { SheetView } from "./sheet_view.js";

/** @typedef {import("./sheet.js").Sheet} Sheet */

export class SheetPage {
  /** @param {import("../scan/page.js").ScanPage} page @param {(read: import("../scan/capturer.js").Read) => Promise<unknown>} record */
  constructor(page, record) {
    this.page = page;
    this.record = record;
    this.view = new SheetView(page.root, {
      set: (key, number) => this.#change(setNumber(this.sheet, key, number, Date.now())),
      remove: (key) => this.#change(keepLines(this.sheet, (line) => line.key !== key)),
      save: () => this.save(),
      discard: () => this.#change(emptySheet(this.mode)),
      focus: () => page.field.focus(),
    });
    /** @type {Sheet} */
    this.sheet = readSheet(loadSheet(page.user.id)) ?? emptySheet(this.mode);
    this.show();
  }

  get mode() {
    return this.page.root.dataset.mode ?? "";
  }

  /** @param {string} mode */
  #isCount(mode) {
    return modeOf(this.page.facts, mode).sheet === "count";
  }

  /** @param {Sheet} sheet */
  #change(sheet) {
    this.sheet = sheet;
    keepSheet(this.page.user.id, sheet.lines.length ? JSON.stringify(sheet) : null);
    this.show();
  }

  show() {
    const isCount = this.#isCount(this.sheet.lines.length ? this.sheet.mode : this.mode);
    const isOpen = Boolean(modeOf(this.page.facts, this.mode).sheet);
    this.view.show(this.sheet, { isCount, isOpen, place: this.page.station.place });
  }

  /** The mode was changed. What was counted is recorded; what is being moved waits for where it goes. */
  changeMode() {
    if (this.sheet.mode !== this.mode && this.#isCount(this.sheet.mode)) this.save();
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
    this.#change(setNumber(this.sheet, line.key, Number(text), Date.now()));
    this.#tell(text, "saved", this.view.sayLine(currentLine(this.sheet)));
    return true;
  }

  /** @param {import("./codes.js").Pieces} pieces @param {string} code */
  #takePieces(pieces, code) {
    const { station, form } = this.page;
    const { quantity, quantity_trouble: trouble } = /** @type {any} */ (readDetails(form));
    if (trouble) return this.#refuse(code, trouble);
    if (this.sheet.lines.length && this.sheet.mode !== this.mode) {
      return this.#refuse(code, "Finish what is being moved first: scan where it goes, or discard it. This scan was not stored.");
    }
    if (!this.#isCount(this.mode) && this.#reachesBin(pieces)) return this.#moveTo(/** @type {any} */ (pieces.place), code, pieces.item.code);
    const place = station.isPlaceOpen ? null : station.place;
    if (this.#isCount(this.mode) && !pieces.place && !place) {
      // Which location it is, only the server can say: then the number comes first, and it judges both.
      if (station.isPlaceOpen) return false;
      return this.#refuse(code, "Scan the label of the shelf first, then what lies there. This scan was not stored.");
    }
    const sheet = this.sheet.lines.length ? this.sheet : emptySheet(this.mode);
    this.#change(put(sheet, pieces, { quantity, place, at: Date.now() }));
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
    const { sheet, reads } = takeCounts(this.sheet);
    for (const read of reads) this.record(read);
    this.#change(sheet);
    if (!reads.length && sheet.lines.length) this.#tell("", "refused", "Say how many there are first. Nothing was saved.");
    this.page.field.focus();
  }

  /**
   * Record that what is on the sheet goes to a location.
   * @param {import("./codes.js").Place} place @param {string} code @param {string | null} [item] only this one
   * @returns {boolean} whether the read is used up: the label of a room also says where one is now
   */
  #moveTo(place, code, item = null) {
    const { sheet, reads } = takeMoves(this.sheet, place, item);
    if (!reads.length) {
      const isThere = this.sheet.lines.every((line) => line.place?.code === place.code);
      return this.#refuse(code, isThere
        ? `It lies in ${place.name}. Scan the label of where it goes.`
        : "Say how many there are first. Nothing was moved.");
    }
    for (const read of reads) this.record(read);
    this.#change(sheet);
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
