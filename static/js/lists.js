// @ts-check
/**
 * What this phone knows without the network: every place, the badges, and an audit's expected list.
 * Loaded from the server when it can be, kept in IndexedDB, asked without waiting.
 */
import { codeKey, localKeys } from "./codes.js";

/**
 * @typedef {{code: string, name: string, path: string}} Place
 * @typedef {{number: string | null, name: string}} Person
 * @typedef {{asset_tag: string, name: string, location: string | null, location_name: string | null,
 *   location_path: string | null, is_expected: boolean, seen: boolean}} Expected
 * @typedef {{kind: "location", place: Place} | {kind: "person", person: Person}
 *   | {kind: "asset", asset: Expected} | null} Meaning
 */

export class Lists {
  /** @param {import("./outbox_store.js").OutboxStore} store */
  constructor(store) {
    this.store = store;
    /** @type {Map<string, Place>} */
    this.places = new Map();
    /** @type {Map<string, Person>} */
    this.people = new Map();
    /** @type {Map<string, Expected> | null} */
    this.expected = null;
    /** @type {import("./codes.js").TagRules} */
    this.rules = { host: globalThis.location?.hostname };
    this.hasPlaces = false;
    /** @type {number | null} */
    this.expectedAt = null;
    /** @type {Set<string>} assets that this phone saw in the audit */
    this.seenHere = new Set();
  }

  /**
   * Tell what a code means, as far as this phone knows.
   * @param {string} code
   * @returns {Meaning}
   */
  find(code) {
    for (const key of localKeys(code, this.rules)) {
      const place = this.places.get(key);
      if (place) return { kind: "location", place };
      const asset = this.expected?.get(key);
      if (asset) return { kind: "asset", asset };
      const person = this.people.get(key);
      if (person) return { kind: "person", person };
    }
    return null;
  }

  /** @param {string} code */
  placeOf(code) {
    return this.places.get(codeKey(code, this.rules)) ?? null;
  }

  /** Take both lists from the disk. @param {number | null} auditId */
  async load(auditId) {
    const places = await this.store.get("lists", "places").catch(() => undefined);
    if (places) this.#takePlaces(places.body);
    if (auditId === null) return;
    const expected = await this.store.get("lists", `audit:${auditId}`).catch(() => undefined);
    if (expected) this.#takeExpected(expected.body, expected.fetched_at);
  }

  /**
   * Ask the server for newer lists. Failing is no error: the phone goes on with what it has.
   * @param {number | null} auditId
   */
  async refresh(auditId) {
    const places = await this.#fetch("/scan/places.json", "places");
    if (places) this.#takePlaces(places.body);
    if (auditId !== null) {
      const expected = await this.#fetch(`/audits/${auditId}/expected.json`, `audit:${auditId}`);
      if (expected) this.#takeExpected(expected.body, expected.fetched_at);
    }
  }

  /** @param {string} url @param {string} key @returns {Promise<any>} the kept list, or null */
  async #fetch(url, key) {
    const kept = await this.store.get("lists", key).catch(() => undefined);
    try {
      const headers = kept?.etag ? { "If-None-Match": kept.etag } : {};
      const answer = await fetch(url, { headers, redirect: "error", cache: "no-store", credentials: "same-origin" });
      if (answer.status === 304 && kept) {
        const entry = { ...kept, fetched_at: Date.now() };
        await this.store.put("lists", key, entry).catch(() => {});
        return entry;
      }
      if (answer.status !== 200 || !answer.headers.get("Content-Type")?.startsWith("application/json")) return null;
      const entry = { body: await answer.json(), etag: answer.headers.get("ETag"), fetched_at: Date.now() };
      await this.store.put("lists", key, entry).catch(() => {});
      return entry;
    } catch {
      return null;
    }
  }

  /** @param {any} body */
  #takePlaces(body) {
    if (!Array.isArray(body?.places)) return;
    this.places = new Map();
    for (const place of body.places) {
      for (const key of place.keys) this.places.set(key, place);
    }
    this.people = new Map();
    for (const person of body.people ?? []) {
      for (const key of person.keys) this.people.set(key, person);
    }
    this.rules = { ...this.rules, ...body.rules };
    this.hasPlaces = true;
  }

  /** @param {any} body @param {number} at */
  #takeExpected(body, at) {
    if (!Array.isArray(body?.assets)) return;
    this.expectedAt = at;
    if (body.blind) return; // who counts blind is told nothing beforehand
    const expected = new Map();
    for (const asset of body.assets) {
      const entry = {
        asset_tag: asset.tag,
        name: asset.name ?? "",
        location: asset.location,
        location_name: asset.location_name ?? asset.location,
        location_path: asset.location_path,
        custodian_name: asset.custodian,
        is_expected: asset.expected !== false,
        seen: Boolean(asset.seen_at),
      };
      for (const key of asset.keys) expected.set(key, entry);
    }
    this.expected = expected;
  }
}
