// @ts-check
/**
 * The location and the person that stay set between scans in this tab. What is certain (chosen by a person, or named
 * by the server) is kept apart from what was only read here: the phone shows what it makes of that, and records nothing of it.
 */
import { readOf, takeOut } from "../offline/earlier_reads.js";
import { showCode } from "../shared/codes.js";
import { makeScanId } from "../shared/ids.js";

const KEY = "scanner.station";

/**
 * @typedef {import("../offline/earlier_reads.js").EarlierRead} EarlierRead
 * @typedef {import("../offline/outbox_store.js").OutboxRecord} OutboxRecord
 * @typedef {{code: string, name: string, path: string}} Place
 * @typedef {{number: string | null, name: string}} Person
 * @typedef {EarlierRead & {prev?: string | null, local: any}} StationRead
 * @typedef {{place: Place | null, place_n: number, location_label: EarlierRead | null,
 *   person: Person | null, person_n: number, custodian_label: EarlierRead | null,
 *   reads: StationRead[], root: string | null}} Standing
 */

/** @param {Storage | undefined} storage @returns {any} */
function readKept(storage) {
  try {
    return JSON.parse(storage?.getItem(KEY) ?? "null");
  } catch {
    return null;
  }
}

export class Station {
  constructor() {
    const own = readKept(globalThis.sessionStorage);
    const kept = own ?? readKept(globalThis.localStorage) ?? {};
    /** @type {string} the name of this tab */
    this.ctx = own?.ctx ?? makeScanId();
    this.n = Number(kept.n ?? 0);
    /** @type {Standing} */
    this.standing = {
      place: kept.place ?? null, place_n: Number(kept.placeN ?? 0), location_label: kept.placeLabel ?? null,
      // The next visit begins without a person.
      person: own ? kept.person ?? null : null, person_n: own ? Number(kept.personN ?? 0) : this.n,
      custodian_label: own ? kept.personLabel ?? null : null,
      reads: [], root: kept.prev ?? null,
    };
    /** @type {Map<string, {record: any, result: any}>} the server's answers to reads of this tab */
    this.answered = new Map();
  }

  /** Return the next number of a capture in this tab. Later ones are larger, over restarts too. */
  next() {
    this.n = Math.max(this.n + 1, Date.now());
    return this.n;
  }

  // -- what a scan says -----------------------------------------------------------------------

  /** Return what a scan says of its location and person: what is certain, and the scan before it. */
  link() {
    const { place, place_n, location_label, person, person_n, custodian_label } = this.standing;
    return {
      prev: this.prev, location: place?.code ?? null, location_label, place_n,
      custodian: person?.number ?? null, custodian_label, person_n,
    };
  }

  /** The scan before the next one that the server has not answered, as far as this page knows. */
  get prev() {
    return this.standing.reads.at(-1)?.scan_id ?? this.standing.root;
  }

  // -- what becomes of it ---------------------------------------------------------------------

  /** Note a code that was read. Whether it sets anything, the server says. @param {OutboxRecord} record */
  noteRead(record) {
    const read = { ...readOf(record), prev: this.prev, local: record.local };
    this.standing = { ...this.standing, reads: [...this.standing.reads, read] };
    this.keep();
  }

  /** A person chose the location, or left it. @param {Place | null} place @param {number} n */
  setPlace(place, n) {
    this.standing = { ...this.standing, place, place_n: n, location_label: null };
    this.keep();
  }

  /** @param {Person | null} person @param {number} n */
  setPerson(person, n) {
    this.standing = { ...this.standing, person, person_n: n, custodian_label: null };
    this.keep();
  }

  /**
   * An undo takes a read back. If the server had said what it set, what was set before it comes back, with the
   * answers that came since.
   * @param {{scanId: string, n: number}} read @param {Standing} before what was set when it was read
   */
  withdraw({ scanId, n }, before) {
    let then = before;
    for (const read of before.reads) {
      const known = this.answered.get(read.scan_id);
      if (known) then = without(then, read, known.result);
    }
    const { place, place_n, location_label, person, person_n, custodian_label } = then;
    const { standing } = this;
    this.standing = {
      ...standing, reads: standing.reads.filter((read) => read.scan_id !== scanId),
      ...(standing.place_n === n ? { place, place_n, location_label } : {}),
      ...(standing.person_n === n ? { person, person_n, custodian_label } : {}),
    };
    this.keep();
  }

  /**
   * The server answered a scan. If it was read here, and not left behind since, it sets what it means.
   * @param {OutboxRecord} record @param {any} result
   */
  takeAnswer(record, result) {
    this.answered.set(record.scan_id, { record, result });
    const read = this.standing.reads.find((one) => one.scan_id === record.scan_id);
    if (read) this.standing = without(this.standing, read, result);
    this.keep();
  }

  /** Take up what an earlier visit read and the server has not answered. @param {any} link @param {OutboxRecord[]} records */
  takeUp(link, records) {
    const { standing } = this;
    const newer = standing.reads;
    const isSame = link.location === (standing.place?.code ?? null);
    const reads = records.map((record) => ({ ...readOf(record), prev: record.prev, local: record.local }));
    this.standing = {
      // Where the database did not open in time, what was read before is not known here.
      ...standing, root: reads.length ? null : link.prev ?? null, reads: [...reads, ...newer], place_n: link.place_n, location_label: link.location_label ?? null,
      place: isSame ? standing.place : link.location ? { code: link.location, name: link.location, path: "" } : null,
    };
    const { custodian } = link;
    if (custodian !== (standing.person?.number ?? null)) {
      Object.assign(this.standing, {
        person: custodian ? { number: custodian, name: custodian } : null,
        person_n: link.person_n, custodian_label: link.custodian_label ?? null,
      });
    }
    this.keep();
  }

  /** Once the lists are here, a location has its name and its path. @param {import("../offline/lists.js").Lists} lists */
  nameWith(lists) {
    const { place } = this.standing;
    if (place && !place.path) this.standing = { ...this.standing, place: { ...place, ...lists.placeOf(place.code) } };
  }

  // -- what the page shows --------------------------------------------------------------------

  /** The location, as far as the phone is sure. @returns {Place | null} */
  get place() {
    const { thing, isSure } = this.#newest("location", "place");
    return isSure ? thing : null;
  }

  /** @returns {Person | null} */
  get person() {
    const { thing, isSure } = this.#newest("person", "person");
    return isSure ? thing : null;
  }

  /** Whether a code was read that may have set the location, and the server has not said so yet. */
  get isPlaceOpen() {
    return !this.#newest("location", "place").isSure;
  }

  get isPersonOpen() {
    return !this.#newest("person", "person").isSure;
  }

  /** @param {"location" | "person"} kind @param {"place" | "person"} name @returns {{thing: any, isSure: boolean}} */
  #newest(kind, name) {
    const { standing } = this;
    const since = name === "place" ? standing.place_n : standing.person_n;
    const label = name === "place" ? standing.location_label : standing.custodian_label;
    for (let at = standing.reads.length - 1; at >= 0 && standing.reads[at].n > since; at -= 1) {
      const { local } = standing.reads[at];
      if (!local?.is_sure) return { thing: null, isSure: false };
      if (local.kind === kind) return { thing: local[name], isSure: true };
    }
    if (standing.root) return { thing: null, isSure: false };
    if (standing[name] || !label) return { thing: standing[name], isSure: true };
    // A label whose scan was refused. The server knows what it means, and reads it again with each scan after it.
    return { thing: { code: label.code, number: null, name: showCode(label.code), path: "" }, isSure: true };
  }

  keep() {
    const { ctx, n, prev, standing } = this;
    const kept = JSON.stringify({
      ctx, n, prev, place: standing.place, placeN: standing.place_n, placeLabel: standing.location_label,
      person: standing.person, personN: standing.person_n, personLabel: standing.custodian_label,
    });
    for (const name of ["sessionStorage", "localStorage"]) {
      try {
        /** @type {any} */ (globalThis)[name].setItem(KEY, kept);
      } catch {
        // private mode: kept for this page only
      }
    }
  }
}

/** @param {Standing} standing @param {StationRead} read @param {any} result @returns {Standing} what is set once a read is answered */
function without(standing, read, result) {
  const link = { prev: null, location: null, place_n: standing.place_n, custodian: null, person_n: standing.person_n };
  takeOut(link, /** @type {any} */ ({ ...read, place_n: 0, person_n: 0 }), result);
  const next = { ...standing, reads: standing.reads.filter((one) => one.scan_id !== read.scan_id) };
  if (link.place_n !== standing.place_n) {
    Object.assign(next, { place: result.place ?? null, place_n: link.place_n, location_label: link.location_label ?? null });
  }
  if (link.person_n !== standing.person_n) {
    Object.assign(next, { person: result.person ?? null, person_n: link.person_n, custodian_label: link.custodian_label ?? null });
  }
  return next;
}
