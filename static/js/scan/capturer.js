// @ts-check
/** One capture: its own values fixed at the trigger, written down, and only then told as stored. */
import { isSecret, readRaw, showCode } from "../shared/codes.js";
import { makeScanId } from "../shared/ids.js";
import { judge } from "./verdicts.js";

const LONGEST_CODE = 4096;

/**
 * @typedef {import("../offline/outbox_store.js").OutboxRecord} OutboxRecord
 * @typedef {{text: string, source: string, symbology?: string | null, intent?: string, voids?: string | null}} Read
 * @typedef {{audit: number | null, mode: string, due_at: string | null, condition: string | null,
 *   note: string | null, device: string, user: {id: number | null, name: string}}} Context
 */

export class Capturer {
  /**
   * @param {object} parts
   * @param {import("../offline/outbox_store.js").OutboxStore} parts.store
   * @param {import("../offline/memory_store.js").MemoryStore} parts.memory
   * @param {import("../offline/lists.js").Lists} parts.lists
   * @param {import("./station.js").Station} parts.station
   * @param {() => Context} parts.context read at the trigger, once for each scan
   * @param {() => number | null} parts.offset server's clock minus this one's, null where unknown
   * @param {(record: OutboxRecord, kept: "phone" | "memory", trouble: unknown) => void} parts.onKept
   * @param {(message: string, code: string) => void} parts.onRefused
   */
  constructor(parts) {
    this.parts = parts;
  }

  /**
   * Take one read. Everything that the scan says is fixed before this returns.
   * @param {Read} read
   * @returns {Promise<OutboxRecord | null>} once it is kept; null where it is no code
   */
  take(read) {
    const { lists, station } = this.parts;
    const { code, symbology } = readRaw(read.text);
    if (!code) return Promise.resolve(null);
    if (code.length > LONGEST_CODE) {
      this.parts.onRefused("This code is too long to be a label. Nothing was stored.", code);
      return Promise.resolve(null);
    }
    if (isSecret(read.text)) {
      // Not even kept on the phone until the server refuses it.
      this.parts.onRefused("Holds a password or the like. It is no label, and was not stored.", "Secret");
      return Promise.resolve(null);
    }
    const context = this.parts.context();
    const intent = read.intent ?? context.mode;
    const isVoid = intent === "void";
    const meaning = isVoid ? null : lists.find(code);
    const n = station.next();
    if (meaning?.kind === "location") station.setPlace(meaning.place, n);
    if (meaning?.kind === "person") station.setPerson({ ...meaning.person, code }, n);
    const local = isVoid
      ? { answer: "undone", message: `Undoing “${showCode(code)}”.`, asset: null, place: null, person: null, kind: null }
      : judge({
          code, intent, meaning, place: station.place, person: station.person,
          hasExpected: lists.expected !== null && context.audit !== null,
          wasSeen: lists.wasSeen(lists.nameOf(code), meaning?.kind === "asset" ? meaning.asset : null),
        });
    if (intent === "sighting" && context.audit !== null) lists.noteSeen(lists.nameOf(code));
    /** @type {OutboxRecord} */
    const record = {
      scan_id: makeScanId(), code, intent, captured_at: Date.now(), offset_ms: this.parts.offset(),
      symbology: read.symbology ?? symbology, source: read.source,
      location: isVoid ? null : station.place?.code ?? null,
      custodian: isVoid ? null : station.custodian,
      due_at: intent === "check_out" ? context.due_at : null,
      audit: isVoid ? null : context.audit,
      voids: read.voids ?? null,
      condition: isVoid ? null : context.condition,
      note: isVoid ? null : context.note,
      user_id: context.user.id, user_name: context.user.name, device: context.device,
      ctx: station.ctx, n, place_n: station.placeN, person_n: station.personN,
      unresolved: !isVoid && meaning === null && !lists.hasPlaces,
      state: "waiting", reason: null, failures: 0, payload: null, local,
    };
    return this.#keep(record);
  }

  /** @param {OutboxRecord} record */
  async #keep(record) {
    try {
      const kept = await this.parts.store.add(record);
      this.parts.onKept(kept, "phone", null);
      return kept;
    } catch (trouble) {
      const kept = await this.parts.memory.add(record);
      this.parts.onKept(kept, "memory", trouble);
      return kept;
    }
  }
}

/** Say why a phone could not store a scan, and what to do. @param {unknown} trouble */
export function describeTrouble(trouble) {
  const name = trouble instanceof DOMException ? trouble.name : "";
  if (name === "QuotaExceededError") return "This phone's storage is full. Free some space.";
  if (typeof indexedDB === "undefined" || name === "SecurityError") {
    return "This browser does not let pages store anything (private mode?). Use a normal window.";
  }
  return "This phone could not write the scan down. Reload the page.";
}
