// @ts-check
/** What becomes of captured scans on the screen and in sound: kept, answered by the server, set aside. */
import { HANDOVER } from "../offline/outbox_batches.js";
import { describeTrouble } from "./capturer.js";
import { fineWord } from "./verdicts.js";

/** A later answer is shown without a sound: the person is busy with another asset by then. */
const SOUND_WITHIN_MS = 8000;
/** After this long without an answer the phone sounds that the scan is saved and waits for the network. */
const PATIENCE_MS = 2500;

/** @typedef {import("../offline/outbox_store.js").OutboxRecord} OutboxRecord */

export class Answers {
  /**
   * @param {object} parts
   * @param {import("./view.js").ScanView} parts.view
   * @param {import("./feedback.js").Feedback} parts.feedback
   * @param {import("./station.js").Station} parts.station
   * @param {import("../offline/lists.js").Lists} parts.lists
   * @param {import("../shared/facts.js").Facts} parts.facts
   * @param {() => void} parts.stationChanged
   * @param {(record: OutboxRecord, answer: string, recorded: string | null, isAsset: boolean, result?: any) => void} parts.answered what a person can do about it
   */
  constructor(parts) {
    this.parts = parts;
    /** @type {Set<string>} scans that the server has answered */
    this.answered = new Set();
  }

  /** Show a scan that was just kept. @param {OutboxRecord} record @param {"phone" | "memory"} kept @param {unknown} trouble */
  showKept(record, kept, trouble) {
    const { view, feedback, station } = this.parts;
    const local = /** @type {any} */ (record.local);
    const isKept = kept === "phone";
    view.showNew({
      scanId: record.scan_id, code: record.code, at: record.captured_at, kept, asset: local.asset,
      placeName: station.place?.name ?? null, isAside: Boolean(local.about),
      word: fineWord(this.parts.facts, { ...local, intent: record.intent }),
      answer: isKept ? local.answer : "not_stored",
      message: isKept ? local.message : `${describeTrouble(trouble)} The server is asked directly. Keep this page open.`,
    });
    this.parts.answered(record, isKept ? local.answer : "not_stored", local.asset?.location_name ?? null, Boolean(local.asset));
    if (local.about) return; // it adds to an answer that was heard
    if (!isKept) feedback.play("not_stored");
    else if (local.answer !== "saved") feedback.play(local.answer);
    else setTimeout(() => this.#soundWaiting(record.scan_id), PATIENCE_MS);
  }

  /** @param {string} message @param {string} code @param {HTMLElement[]} [choices] what the person can do about it */
  showRefused(message, code, choices = []) {
    this.parts.view.showNew({
      scanId: "", code, at: Date.now(), kept: "nowhere", asset: null, placeName: null, answer: "not_stored", message, choices,
    });
    this.parts.feedback.play("refused");
  }

  /** @param {string} scanId */
  #soundWaiting(scanId) {
    if (!this.answered.has(scanId) && this.parts.view.told === scanId) this.parts.feedback.play("saved");
  }

  /** Take the server's answer to a scan. @param {OutboxRecord} record @param {any} result */
  take(record, result) {
    const { view, feedback } = this.parts;
    // A hand-over was made at the counter, and the counter tells what became of it.
    if (this.answered.has(record.scan_id) || record.intent === HANDOVER) return;
    this.answered.add(record.scan_id);
    const local = /** @type {any} */ (record.local) ?? {};
    // A conflict has no outcome: somebody else took the id, and nothing was undone.
    const isUndo = record.intent === "void" && ["applied", "noted"].includes(result.outcome);
    if (isUndo && record.voids) view.markUndone(record.voids);
    this.#setStation(record, result);
    if (result.refusal === "audit_not_counting") view.sayEnded();
    const answer = isUndo ? "undone" : result.answer;
    view.update({
      scanId: record.scan_id, code: record.code, at: record.captured_at, kept: "server", answer,
      message: result.message, asset: result.asset, placeName: result.place?.name ?? null,
      word: fineWord(this.parts.facts, {
        answer, kind: result.kind, intent: record.intent, is_in_place: result.finding?.state === "verified" && Boolean(local.is_in_place ?? record.location),
      }),
    });
    this.parts.answered(record, answer, result.asset?.location_name ?? null, Boolean(result.asset), result);
    const isFresh = Date.now() - record.captured_at < SOUND_WITHIN_MS && !local.about;
    if (isFresh && answer !== local.answer) feedback.play(answer);
  }

  /** The answer may say that the code was a location's label or a badge. @param {OutboxRecord} record @param {any} result */
  #setStation(record, result) {
    const { station, lists } = this.parts;
    const place = result.place && { path: "", ...lists.placeOf(result.place.code), ...result.place };
    station.takeAnswer(record, { ...result, place });
    this.parts.stationChanged();
  }

  /** Show scans that a person has to look at. @param {OutboxRecord[]} records */
  showAside(records) {
    for (const record of records) {
      this.parts.view.update({
        scanId: record.scan_id, code: record.code, at: record.captured_at, kept: "phone", answer: "attention",
        message: record.reason ?? "", asset: null, placeName: null,
      });
      this.parts.feedback.play("refused");
    }
  }

  /** Show what is kept on this phone and is not in the page as it was loaded. @param {any[]} records in order */
  restore(records) {
    const { view } = this.parts;
    for (const record of records) {
      const { result } = record;
      if (record.intent === HANDOVER) continue;
      if (result) this.answered.add(record.scan_id);
      if (view.has(record.scan_id) || (result && record.intent === "void")) continue;
      view.showNew({
        scanId: record.scan_id, code: record.code, at: record.captured_at, asset: result?.asset ?? record.local?.asset,
        kept: result ? "server" : "phone",
        answer: result ? result.answer : record.state === "attention" ? "attention" : record.local?.answer ?? "saved",
        message: result?.message ?? record.reason ?? record.local?.message ?? record.code,
        placeName: null,
      });
    }
    if (records.length) view.forgetTold();
  }
}
