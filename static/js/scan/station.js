// @ts-check
/** The location and the person that stay set between scans in this tab, and the name of the tab itself. */
import { makeScanId } from "../shared/ids.js";

const KEY = "scanner.station";

/** @param {Storage | undefined} storage @returns {any} */
function read(storage) {
  try {
    return JSON.parse(storage?.getItem(KEY) ?? "null");
  } catch {
    return null;
  }
}

export class Station {
  /**
   * @param {{ctx: string, n: number}[]} unresolved scans here whose answer may still set the location
   */
  constructor(unresolved = []) {
    const own = read(globalThis.sessionStorage);
    const last = read(globalThis.localStorage);
    const kept = own ?? last ?? {};
    // A tab that was killed goes on under its old name where its scans may still set the location.
    const resumes = own || unresolved.some((record) => record.ctx === kept.ctx);
    /** @type {string} */
    this.ctx = resumes && kept.ctx ? kept.ctx : makeScanId();
    this.n = resumes ? Number(kept.n ?? 0) : 0;
    /** @type {{code: string, name: string, path: string} | null} */
    this.place = kept.place ?? null;
    this.placeN = resumes ? Number(kept.placeN ?? 0) : 0;
    /** @type {{number: string | null, name: string, code?: string} | null} */
    this.person = resumes ? kept.person ?? null : null; // the next visit begins without a person
    this.personN = resumes ? Number(kept.personN ?? 0) : 0;
  }

  /** Return the next number of a capture in this tab. Later ones are larger, over restarts too. */
  next() {
    this.n = Math.max(this.n + 1, Date.now());
    return this.n;
  }

  /** @param {{code: string, name: string, path: string} | null} place @param {number} n */
  setPlace(place, n) {
    if (n < this.placeN) return false;
    this.place = place;
    this.placeN = n;
    this.keep();
    return true;
  }

  /** @param {{number: string | null, name: string, code?: string} | null} person @param {number} n */
  setPerson(person, n) {
    if (n < this.personN) return false;
    this.person = person;
    this.personN = n;
    this.keep();
    return true;
  }

  keep() {
    const { ctx, n, place, placeN, person, personN } = this;
    const kept = JSON.stringify({ ctx, n, place, placeN, person, personN });
    for (const name of ["sessionStorage", "localStorage"]) {
      try {
        /** @type {any} */ (globalThis)[name].setItem(KEY, kept);
      } catch {
        // private mode: kept for this page only
      }
    }
  }

  /** The name under which a scan sends the person. */
  get custodian() {
    return this.person ? this.person.number ?? this.person.code ?? this.person.name : null;
  }
}
