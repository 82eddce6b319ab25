// @ts-check
/** One capture: everything the scan says is fixed at the trigger, then stored, and only then shown as stored. */
import { makeScanId } from "../shared/ids.js";
import { isSecret, readRaw, showCode } from "../shared/codes.js";
import { modeOf } from "../shared/facts.js";
import { judge } from "./verdicts.js";

/**
 * @typedef {import("../offline/outbox_store.js").OutboxRecord} OutboxRecord
 * @typedef {{text: string, source: string, symbology?: string | null, intent?: string, voids?: string | null,
 *   id?: string, note?: string, condition?: string, about?: string, quantity?: number, place?: string | null, target?: string, at?: number, message?: string}} Read what it says
 *   besides, and the scan whose answer stays on the screen; of a line of a sheet, its pieces, where they are and go, and when
 * @typedef {{audit: number | null, task?: string | null, mode: string, due_at: string | null, condition: string | null,
 *   handover?: string | null, quantity?: number | null, quantity_trouble?: string, due_trouble?: string, note: string | null, device: string, user: {id: number | null, name: string}}} Context
 */

/** @param {Context} context */
const isMissing = ({ quantity }) => quantity === null || quantity === undefined;

export class Capturer {
  /**
   * @param {object} parts
   * @param {import("../shared/facts.js").Facts} parts.facts
   * @param {import("../offline/outbox_store.js").OutboxStore} parts.store
   * @param {import("../offline/memory_store.js").MemoryStore} parts.memory
   * @param {import("../offline/lists.js").Lists} parts.lists
   * @param {import("./station.js").Station} parts.station
   * @param {() => Context} parts.context read at the trigger, once for each scan
   * @param {(isStanding: boolean) => void} [parts.onTaken] what was given for this scan alone is used up; for a
   *   location or a person, all but the number of pieces
   * @param {() => import("../lifecycle/work.js").Work | null} [parts.work] what is open, once it is loaded
   * @param {() => number | null} parts.offset server's clock minus this one's, null where unknown
   * @param {(record: OutboxRecord, kept: "phone" | "memory", trouble: unknown) => void} parts.onKept
   * @param {(message: string, code: string) => void} parts.onRefused
   */
  constructor(parts) {
    this.parts = parts;
    /** @type {Promise<unknown>} the scan before is kept */
    this.last = Promise.resolve();
    /** Scans that the phone could not store: the disk does not know them. */
    this.inMemory = new Set();
  }

  /**
   * Take one read. Everything that the scan says is fixed before this returns.
   * @param {Read} read
   * @returns {Promise<OutboxRecord | null>} once it is kept; null where it is not a code
   */
  take(read) {
    const { code, symbology } = readRaw(read.text);
    if (!code) return Promise.resolve(null);
    const refused = this.#refuse(code, read.text);
    const isStanding = !refused && this.#isStanding(code, read.symbology ?? symbology);
    const taken = refused ?? this.#takeContext(code, read, isStanding);
    if ("message" in taken) {
      this.parts.onRefused(taken.message, taken.code);
      return Promise.resolve(null);
    }
    const record = this.#capture(read, code, read.symbology ?? symbology, taken);
    if (!read.about) this.parts.onTaken?.(isStanding);
    return this.#keep(record);
  }

  /** Return whether a code is a location's label, a badge or a task's: nobody counts those in pieces. @param {string} code @param {string | null} symbology */
  #isStanding(code, symbology) {
    const { meaning } = this.parts.lists.read(code, symbology);
    return ["location", "person", "task"].includes(meaning?.kind ?? "");
  }

  /**
   * Return what is set for this scan, or why it cannot be used.
   * @param {string} code @param {Read} read @param {boolean} isStanding
   * @returns {Context | {code: string, message: string}}
   */
  #takeContext(code, read, isStanding) {
    const given = this.parts.context();
    const context = isStanding ? { ...given, quantity: null, quantity_trouble: "" } : given;
    const { mode, due_trouble: trouble } = context;
    const { is_stock: isStock, needs_quantity: needsQuantity } = modeOf(this.parts.facts, mode);
    if (isStock && !read.intent && !isStanding && (context.quantity_trouble || (needsQuantity && isMissing(context)))) {
      return { code, message: context.quantity_trouble || "Type how many there are, then scan. This scan was not stored." };
    }
    if (!trouble || read.intent || !modeOf(this.parts.facts, mode).has_due) return context;
    return { code, message: `${trouble} Choose the day again, then scan again. This scan was not stored.` };
  }

  /** @param {string} code @param {string} text as it was read */
  #refuse(code, text) {
    if (code.length > this.parts.facts.limits.code) {
      return { code, message: "This code is too long to be a label. It was not stored." };
    }
    if (!isSecret(text)) return null;
    // The server would refuse it. Until then the password would lie on the phone's disk.
    return { code: "Secret", message: "This code holds a password or the like. It is not a label, and it was not stored." };
  }

  /**
   * @param {Read} read @param {string} code @param {string | null} symbology @param {Context} context
   * @returns {OutboxRecord}
   */
  #capture(read, code, symbology, context) {
    const { facts, lists, station } = this.parts;
    const intent = read.intent ?? modeOf(facts, context.mode).intent ?? context.mode;
    const isUndo = intent === "void";
    const mode = modeOf(facts, intent);
    const n = station.next();
    const before = station.standing.reads;
    const link = isUndo ? NOWHERE : station.link();
    const record = /** @type {OutboxRecord} */ ({
      scan_id: read.id ?? makeScanId(), code, intent, captured_at: read.at ?? Date.now(), offset_ms: this.parts.offset(),
      symbology, source: read.source, ...link,
      needs_person: mode.takes_person ?? mode.needs_person, counts: mode.counts,
      due_at: mode.has_due ? context.due_at : null,
      audit: isUndo ? null : context.audit, task: isUndo ? null : context.task ?? null,
      handover: context.handover ?? null, quantity: isUndo ? null : read.quantity ?? context.quantity ?? null,
      target: read.target ?? null, given_place: read.place ?? null,
      voids: read.voids ?? null,
      condition: isUndo ? null : read.condition ?? context.condition,
      note: isUndo ? null : read.note ?? context.note,
      user_id: context.user.id, user_name: context.user.name, device: context.device,
      ctx: station.ctx, n, state: "waiting", reason: null, failures: 0, payload: null, local: null,
    });
    record.local = isUndo ? sayUndone(code) : { ...this.#judge(record, context.audit !== null), ...this.parts.work?.()?.judge(record) };
    if (isUndo) this.parts.work?.()?.withdraw(record.voids);
    if (read.about && record.local) record.local = { ...record.local, about: read.about };
    if (read.message && record.local) record.local = { ...record.local, message: read.message };
    if (!isUndo) station.noteRead(record);
    if (mode.counts && context.audit !== null) lists.noteSeen(lists.nameOf(code), station.isPlaceOpen ? "open" : station.place);
    return { record, before };
  }

  /** @param {OutboxRecord} record @param {boolean} isAudit @returns {import("./verdicts.js").Local} */
  #judge({ code, intent, symbology }, isAudit) {
    const { facts, lists, station } = this.parts;
    const { meaning, isSure } = lists.read(code, symbology);
    const name = lists.nameOf(code);
    const asset = meaning?.kind === "asset" ? meaning.asset : null;
    return judge({
      facts, code, intent, meaning, isSure, place: station.isPlaceOpen ? "open" : station.place,
      person: station.isPersonOpen ? "open" : station.person,
      hasExpected: lists.expected !== null && isAudit,
      wasSeen: lists.wasSeen(name, asset), seenIn: lists.whereSeen(name, asset),
    });
  }

  /**
   * Keep one scan after the other, so that each knows where the ones before it are kept.
   * @param {{record: OutboxRecord, before: import("./station.js").StationRead[]}} captured
   * @returns {Promise<OutboxRecord>}
   */
  #keep({ record, before }) {
    const kept = this.last.then(() => this.#store(record, before));
    this.last = kept.catch(() => {});
    return kept;
  }

  /** @param {OutboxRecord} record @param {import("./station.js").StationRead[]} before what was read before it, the oldest first */
  async #store(record, before) {
    const { store, memory, onKept } = this.parts;
    const elsewhere = before.filter((read) => this.inMemory.has(read.scan_id));
    const newest = before.filter((read) => !this.inMemory.has(read.scan_id)).at(-1);
    let kept;
    try {
      const there = { ...record, prev: newest?.scan_id ?? (before.length ? before[0].prev : record.prev), reads: elsewhere };
      kept = await store.add(record.voids ? record : there);
    } catch (trouble) {
      this.inMemory.add(record.scan_id);
      kept = await memory.add({ ...record, prev: null, reads: before });
      onKept(kept, "memory", trouble);
      return kept;
    }
    // Behind the catch: a page that fails to show a scan must not have it stored a second time.
    if (kept.is_again) this.parts.station.takeAnswer(record, kept.result ?? null);
    else onKept(kept, "phone", null);
    return kept;
  }
}

/** An undo is about its scan, wherever that was. */
const NOWHERE = { prev: null, location: null, place_n: 0, custodian: null, person_n: 0 };

/** @param {string} code @returns {import("./verdicts.js").Local} */
function sayUndone(code) {
  const message = `Undoing “${showCode(code)}”.`;
  return { answer: "undone", message, asset: null, place: null, person: null, kind: null, is_sure: true };
}

/** Say why a phone could not store a scan, and what to do. @param {unknown} trouble */
export function describeTrouble(trouble) {
  const name = trouble instanceof DOMException ? trouble.name : "";
  if (name === "QuotaExceededError") return "This phone's storage is full. Free some space.";
  if (typeof indexedDB === "undefined" || name === "SecurityError") {
    return "This browser does not let pages store anything (private mode?). Use a normal window.";
  }
  return "This phone could not store the scan. Reload the page.";
}
