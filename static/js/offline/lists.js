// @ts-check
/**
 * What this phone knows without the network: every location, the badges, the codes of stock, and an audit's expected list.
 * Loaded from the server when possible, kept in IndexedDB, and looked up without waiting.
 */
import { codeKey, isReadPlainly, localKeys, readOwnLink } from "../shared/codes.js";
import { readArticle } from "../shared/retail.js";

/**
 * @typedef {{code: string, name: string, path: string}} Place
 * @typedef {{number: string | null, name: string}} Person
 * @typedef {{asset_tag: string, name: string, location: string | null, location_name: string | null,
 *   location_path: string | null, custodian_name: string | null, category: string, is_expected: boolean,
 *   seen: boolean, seen_in: Where}} Expected
 * @typedef {Place | "open" | null} Where a location; "open" where only the server knows it; null for none
 * @typedef {{kind: "location", place: Place} | {kind: "person", person: Person}
 *   | {kind: "asset", asset: Expected} | {kind: "stock", stock: Pieces} | {kind: "task", task: {number: string}} | null} Meaning
 */

/** @param {Meaning} meaning @returns {Place | Person | Expected | Item | undefined} */
function thingOf(meaning) {
  if (meaning?.kind === "task") return undefined;
  if (meaning?.kind === "location") return meaning.place;
  if (meaning?.kind === "stock") return meaning.stock.item;
  return meaning?.kind === "person" ? meaning.person : meaning?.asset;
}

/** A link names one kind of thing: our page of a location is not a person's. @param {NonNullable<Meaning>} meaning @param {{kind: string, key: string}} own */
function isNamedBy(meaning, { kind, key }) {
  if (kind === "l") return meaning.kind === "location" && codeKey(meaning.place.code) === key;
  if (kind === "p") return meaning.kind === "person" && codeKey(meaning.person.number ?? "") === key;
  return true;
}

/**
 * Ask for a newer list, and keep it.
 * @param {import("./outbox_store.js").OutboxStore} store @param {string} url @param {string} key
 * @returns {Promise<any>} the kept list, or null
 */
export async function fetchList(store, url, key) {
  const kept = await store.get("lists", key).catch(() => undefined);
  try {
    const headers = kept?.etag ? { "If-None-Match": kept.etag } : {};
    const answer = await fetch(url, { headers, redirect: "error", cache: "no-store", credentials: "same-origin" });
    if (answer.status === 304 && kept) {
      const entry = { ...kept, fetched_at: Date.now() };
      await store.put("lists", key, entry).catch(() => {});
      return entry;
    }
    if (answer.status !== 200 || !answer.headers.get("Content-Type")?.startsWith("application/json")) return null;
    const entry = { body: await answer.json(), etag: answer.headers.get("ETag"), fetched_at: Date.now() };
    await store.put("lists", key, entry).catch(() => {});
    return entry;
  } catch {
    return null;
  }
}

export class Lists {
  /** @param {import("./outbox_store.js").OutboxStore} store */
  constructor(store) {
    this.store = store;
    /** @type {Map<string, Place>} */
    this.places = new Map();
    /** @type {Map<string, Person>} */
    this.people = new Map();
    /** @type {Map<string, Expected | null> | null} */
    this.expected = null;
    /** @type {import("../shared/codes.js").TagRules} */
    this.rules = { base_url: globalThis.location?.origin };
    /** @type {Map<string, Place>} */
    this.placesByCode = new Map();
    this.stock = new StockCodes();
    /** Keys that mean a location, a person, an asset or stock, which of them only the server can say. */
    this.left = new Set();
    this.leftOfAudit = new Set();
    this.hasPlaces = false;
    /** @type {number | null} */
    this.expectedAt = null;
    /** @type {Map<string, Where[]>} where this page saw each asset or code in the audit, the newest last */
    this.seenHere = new Map();
  }

  /**
   * Return what a code means, as far as this phone knows.
   * @param {string} code
   * @param {string | null} [symbology]
   * @returns {Meaning}
   */
  find(code, symbology = null) {
    const found = localKeys(code, this.rules, symbology).map((key) => this.#findKey(key)).filter(Boolean);
    // A number may be a tag without its prefix, or just a number. The server asks which, if it means two things.
    const isTwo = /^[0-9]+$/.test(codeKey(code)) && found.some((one) => thingOf(one) !== thingOf(found[0]));
    return isTwo ? null : found[0] ?? null;
  }

  /**
   * Return what a code means and whether the server cannot say otherwise. It says otherwise of a code that it reads in
   * more ways than the phone, and of one that means something which is not on the phone's lists.
   * @param {string} code
   * @param {string | null} symbology
   * @returns {{meaning: Meaning, isSure: boolean}} the meaning is null where it is not sure
   */
  read(code, symbology) {
    const unsure = { meaning: null, isSure: false };
    if (!this.hasPlaces) return unsure;
    const own = readOwnLink(code, this.rules);
    if (own?.kind === "t") return { meaning: { kind: "task", task: { number: own.key } }, isSure: true };
    if (own) {
      const meaning = this.#findKey(own.key);
      return meaning && isNamedBy(meaning, own) ? { meaning, isSure: true } : unsure;
    }
    // The server leaves out the numbers of articles that mean something else too.
    const article = this.stock.findArticle(code);
    if (article) return { meaning: { kind: "stock", stock: article }, isSure: true };
    if (!isReadPlainly(code, this.rules, symbology)) return unsure;
    // What the server sends as a key means its thing alone, as it stands and by all rules.
    const meaning = this.#findKey(codeKey(code));
    if (meaning) return { meaning, isSure: true };
    const keys = localKeys(code, this.rules, symbology);
    return { meaning: null, isSure: !keys.some((key) => this.#isLeft(key) || this.#findKey(key)) };
  }

  /** @param {string} key */
  #isLeft(key) {
    return this.left.has(key) || this.leftOfAudit.has(key);
  }

  /** Return the location, person or asset that a code means, as far as this phone knows. @param {string} code */
  thing(code) {
    return thingOf(this.find(code)) ?? null;
  }

  /** @param {string} key @returns {Meaning} */
  #findKey(key) {
    const place = this.places.get(key);
    if (place) return { kind: "location", place };
    const asset = this.expected?.get(key);
    if (asset) return { kind: "asset", asset };
    const person = this.people.get(key);
    if (person) return { kind: "person", person };
    const stock = this.stock.find(key);
    return stock ? { kind: "stock", stock } : null;
  }

  /** Return the pieces of stock that a code stands for, null of any other. @param {string} code @param {string | null} symbology */
  piecesOf(code, symbology) {
    const { meaning } = this.read(code, symbology);
    return meaning?.kind === "stock" ? meaning.stock : null;
  }

  /**
   * Return whether an asset, or a code that is not an asset's, was counted in this audit before.
   * @param {string} name asset tag, or the key of an unknown code
   * @param {Expected | null} [asset]
   */
  wasSeen(name, asset = null) {
    return Boolean(asset?.seen) || Boolean(this.seenHere.get(name)?.length);
  }

  /**
   * Return where something was counted last, as far as this phone knows.
   * @param {string} name @param {Expected | null} [asset] as for `wasSeen`
   * @returns {Where}
   */
  whereSeen(name, asset = null) {
    return this.seenHere.get(name)?.at(-1) ?? asset?.seen_in ?? null;
  }

  /** @param {string} name as for `wasSeen` @param {Where} [where] */
  noteSeen(name, where = null) {
    this.seenHere.set(name, [...(this.seenHere.get(name) ?? []), where]);
  }

  /** A sighting was undone. @param {string} name */
  noteUndone(name) {
    this.seenHere.set(name, (this.seenHere.get(name) ?? []).slice(0, -1));
  }

  /**
   * Count, after a start, what this phone scanned and the audit's list does not know: what the server has not received,
   * and what it has received since the list was made.
   * @param {(import("./outbox_store.js").OutboxRecord & {result?: any, settled_at?: number})[]} scans in order
   * @param {number} auditId
   */
  countScanned(scans, auditId) {
    const undone = new Set(scans.map((record) => record.voids).filter(Boolean));
    for (const record of scans) {
      // A scan captured before this version does not name whether its intent counts.
      const counts = record.counts ?? record.intent === "sighting";
      const isCounted = counts && record.audit === auditId && !undone.has(record.scan_id) && this.#isNews(record);
      // Where that was depends on what was read before it, which the server has not judged.
      if (isCounted) this.noteSeen(this.nameOf(record.code), "open");
    }
  }

  /** @param {{result?: any, settled_at?: number}} record */
  #isNews({ result, settled_at: settledAt }) {
    if (!result) return true;
    return Number(settledAt) > (this.expectedAt ?? 0) && ["applied", "noted", "unregistered"].includes(result.outcome);
  }

  /** Return the name by which a code is counted. @param {string} code */
  nameOf(code) {
    const meaning = this.find(code);
    return meaning?.kind === "asset" ? meaning.asset.asset_tag : codeKey(code, this.rules);
  }

  /** @param {string} code */
  placeOf(code) {
    return this.placesByCode.get(codeKey(code)) ?? null;
  }

  /** Load both lists from the disk. @param {number | null} auditId */
  async load(auditId) {
    const places = await this.store.get("lists", "places").catch(() => undefined);
    if (places) this.#takePlaces(places.body);
    if (auditId === null) return;
    const expected = await this.store.get("lists", `audit:${auditId}`).catch(() => undefined);
    if (expected) this.#takeExpected(expected.body, expected.fetched_at);
  }

  /**
   * Ask the server for newer lists. Where that fails, the phone goes on with what it has.
   * @param {number | null} auditId
   */
  async refresh(auditId) {
    const places = await fetchList(this.store, "/scan/places.json", "places");
    if (places) this.#takePlaces(places.body);
    if (auditId !== null) {
      const expected = await fetchList(this.store, `/audits/${auditId}/expected.json`, `audit:${auditId}`);
      if (expected) this.#takeExpected(expected.body, expected.fetched_at);
    }
  }

  /** @param {any} body */
  #takePlaces(body) {
    if (!Array.isArray(body?.places)) return;
    this.places = new Map();
    this.placesByCode = new Map();
    for (const place of body.places) {
      this.placesByCode.set(codeKey(place.code), place);
      for (const key of place.keys) this.places.set(key, place);
    }
    this.left = new Set(body.left ?? []);
    this.people = new Map();
    for (const person of body.people ?? []) {
      for (const key of person.keys) this.people.set(key, person);
    }
    this.stock.take(body.stock ?? [], (code) => this.placeOf(code));
    this.rules = { ...this.rules, ...body.rules };
    this.hasPlaces = true;
  }

  /** @param {any} body @param {number} at */
  #takeExpected(body, at) {
    if (!Array.isArray(body?.assets)) return;
    this.expectedAt = at;
    if (body.blind) return; // counters of a blind audit must not see the list
    const expected = new Map();
    this.leftOfAudit = new Set(body.left ?? []);
    for (const asset of body.assets) {
      const entry = {
        asset_tag: asset.tag,
        name: asset.name ?? "",
        location: asset.location,
        location_name: asset.location_name ?? asset.location,
        location_path: asset.location_path,
        custodian_name: asset.custodian ?? null,
        category: asset.category ?? "",
        is_expected: asset.expected !== false,
        seen: Boolean(asset.seen_at),
        seen_in: asset.seen_location ? this.placeOf(asset.seen_location) ?? "open" : null,
      };
      // A key that means two assets is left to the server, which asks for another label.
      for (const key of asset.keys) {
        if (expected.has(key)) this.leftOfAudit.add(key);
        expected.set(key, expected.has(key) ? null : entry);
      }
    }
    this.expected = expected;
  }
}

/**
 * @typedef {{code: string, name: string, unit: string, returns: boolean}} Item
 * @typedef {{item: Item, quantity: number, place: {code: string, name: string} | null}} Pieces what a code stands for; `place` is where its bin is
 */

/** The codes of stock that this phone knows: which item, how many pieces, and where its bin is. */
export class StockCodes {
  constructor() {
    /** @type {Map<string, Pieces>} */
    this.byKey = new Map();
  }

  /**
   * Take the list of the server.
   * @param {{code: string, name: string, unit: string, returns: boolean, keys: [string, number, string | null][]}[]} items
   * @param {(code: string) => {code: string, name: string} | null} placeOf
   */
  take(items, placeOf) {
    this.byKey = new Map();
    for (const { code, name, unit, returns, keys } of items) {
      const item = { code, name, unit, returns };
      for (const [key, quantity, bin] of keys) {
        const place = bin === null ? null : placeOf(bin);
        // A bin in a location that is closed: what that means, the server says.
        if (bin === null || place) this.byKey.set(key, { item, quantity, place });
      }
    }
  }

  /** @param {string} key @returns {Pieces | null} */
  find(key) {
    return this.byKey.get(key) ?? null;
  }

  /** Return what the number of an article stands for, as it is printed on a box. @param {string} code @returns {Pieces | null} */
  findArticle(code) {
    const number = readArticle(code);
    return number ? this.find(`gtin:${number}`) : null;
  }
}
