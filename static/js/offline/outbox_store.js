// @ts-check
import { byScanId, follow, linkOld, takeOut, trace } from "./earlier_reads.js";

/**
 * The scans of this phone that the server has not answered, in IndexedDB. A scan is added before it is
 * shown as stored, and removed only by an answer for its own id. Used by the page and by the service
 * worker. This module knows nothing of screens and nothing of the network.
 *
 * @typedef {object} OutboxRecord
 * @property {number} [seq] order of capture over all tabs, given by the database
 * @property {string} scan_id
 * @property {string} code
 * @property {string} intent
 * @property {number} captured_at device's clock, ms since 1970
 * @property {number | null} offset_ms server's clock minus device's, as known at the capture
 * @property {string | null} symbology
 * @property {string} source
 * @property {string | null} location the code of the location that is certain; what was read since is in the chain
 * @property {import("./earlier_reads.js").EarlierRead | null} [location_label] a label that set the location, where
 *   the server did not name it
 * @property {string | null} custodian the same for the person
 * @property {import("./earlier_reads.js").EarlierRead | null} [custodian_label]
 * @property {string | null} [prev] the scan before it that the server had not answered
 * @property {import("./earlier_reads.js").EarlierRead[]} [reads] earlier scans that are not in this store
 * @property {boolean} [needs_person] the intent needs the custodian, so it is sent along
 * @property {boolean} [counts] the intent counts the asset in an audit
 * @property {string | null} due_at
 * @property {number | null} audit
 * @property {string | null} voids
 * @property {string | null} condition
 * @property {string | null} note
 * @property {string | null} [handover] the tray of a counter that it was put into
 * @property {string | null} [task] the consignment or the delivery that it counts in
 * @property {string | null} [target] of stock, the code of who or what it goes to
 * @property {string | null} [given_place] the location of this scan alone, whatever was read before it
 * @property {number | null} [quantity] of stock, how often what the code stands for
 * @property {number | null} user_id who scanned; only sent while the same person is signed in
 * @property {string} user_name
 * @property {string} [device] this browser's own name
 * @property {string} ctx the tab in which it was captured
 * @property {number} n order of capture within the tab
 * @property {number} place_n the `n` at which the location was certain; 0 where it never was
 * @property {number} person_n the same for the person
 * @property {"waiting" | "attention"} state
 * @property {string | null} reason why it wants attention, for a person
 * @property {boolean} [is_again] it was here before: another tab, or the page before this one, stored it
 * @property {any} [result] the answer, of one that was answered before
 * @property {number} failures how often the server failed on this very scan
 * @property {object | null} payload what is sent, fixed at the first try so that every try is equal
 * @property {object | null} local the phone's own verdict
 *
 * @typedef {(record: OutboxRecord, said: ReturnType<typeof trace>) => object} Build makes what is sent for a scan
 */

const VERSION = 1;
/** How many answers a phone keeps. */
export const MAX_ANSWERS = 300;

export class OutboxStore {
  /** @param {string} [name] */
  constructor(name = "scanner-outbox") {
    this.name = name;
    /** @type {Promise<IDBDatabase> | null} */
    this.opening = null;
  }

  /** @returns {Promise<IDBDatabase>} */
  #open() {
    this.opening ??= new Promise((resolve, reject) => {
      const request = indexedDB.open(this.name, VERSION);
      request.onupgradeneeded = () => {
        const db = request.result;
        const outbox = db.createObjectStore("outbox", { keyPath: "seq", autoIncrement: true });
        outbox.createIndex("scan_id", "scan_id", { unique: true });
        db.createObjectStore("answers", { keyPath: "seq" }).createIndex("scan_id", "scan_id");
        db.createObjectStore("meta");
        db.createObjectStore("lists");
      };
      request.onsuccess = () => {
        const db = request.result;
        const forget = () => {
          this.opening = null;
        };
        db.onclose = forget; // iOS closes it in the background
        db.onversionchange = () => {
          db.close();
          forget();
        };
        resolve(db);
      };
      request.onerror = () => reject(request.error);
      request.onblocked = () => reject(new Error("Another tab holds an older version of this page open."));
    });
    this.opening.catch(() => {
      this.opening = null;
    });
    return this.opening;
  }

  /**
   * Run one transaction. A connection that was lost is opened again, once.
   * @template T
   * @param {string[]} stores
   * @param {IDBTransactionMode} mode
   * @param {(tx: IDBTransaction, give: (value: T) => void, fail: (error: unknown) => void) => void} work
   * @returns {Promise<T>} what `give` was called with, once the transaction is on the disk
   */
  async #run(stores, mode, work) {
    try {
      return await this.#once(stores, mode, work);
    } catch (error) {
      const name = error instanceof DOMException ? error.name : "";
      if (name !== "InvalidStateError" && name !== "UnknownError") throw error;
      this.opening = null;
      return this.#once(stores, mode, work);
    }
  }

  /**
   * @template T
   * @param {string[]} stores @param {IDBTransactionMode} mode
   * @param {(tx: IDBTransaction, give: (value: T) => void, fail: (error: unknown) => void) => void} work
   * @returns {Promise<T>}
   */
  async #once(stores, mode, work) {
    const db = await this.#open();
    return new Promise((resolve, reject) => {
      // Strict: the disk has it, not only the browser's memory. Costs half a millisecond.
      const tx = db.transaction(stores, mode, mode === "readwrite" ? { durability: "strict" } : {});
      /** @type {any} */
      let value;
      tx.oncomplete = () => resolve(value);
      tx.onabort = () => reject(tx.error ?? new Error("The browser aborted the write."));
      tx.onerror = () => reject(tx.error);
      try {
        work(tx, (given) => (value = given), reject);
      } catch (error) {
        try {
          tx.abort();
        } catch {
          // already over
        }
        reject(error);
      }
    });
  }

  /**
   * Store one scan, once. Calls in a row keep their order.
   * @param {OutboxRecord} record
   * @returns {Promise<OutboxRecord>} with its `seq`, once it is on the disk
   */
  add(record) {
    return this.#run(["outbox", "answers"], "readwrite", (tx, give, fail) => {
      findScan(tx, ["outbox", "answers"], record.scan_id, (known) => {
        if (known) return give({ ...known, is_again: true });
        settleLink(tx, record, () => {
          try {
            const request = tx.objectStore("outbox").add(record);
            request.onsuccess = () => give({ ...record, seq: Number(request.result) });
          } catch (error) {
            fail(error); // what is thrown in an event's handler would be told as an abort
          }
        });
      });
    });
  }

  /**
   * Bring a link up to date: what was answered meanwhile is taken out of it.
   * @param {import("./earlier_reads.js").Link} link
   * @returns {Promise<OutboxRecord[]>} the scans that it leads to, the oldest first
   */
  chain(link) {
    return this.#run(["outbox", "answers"], "readonly", (tx, give) => {
      settleLink(tx, link, () => {
        const request = tx.objectStore("outbox").getAll();
        request.onsuccess = () => {
          linkOld(request.result);
          give(follow(link.prev, byScanId(request.result)));
        };
      });
    });
  }

  /** Return every scan that is here, in the order of capture. @returns {Promise<OutboxRecord[]>} */
  all() {
    return this.#run(["outbox"], "readonly", (tx, give) => {
      const request = tx.objectStore("outbox").getAll();
      request.onsuccess = () => give(request.result);
    });
  }

  /**
   * Fix what is sent for each scan at its first try, so that every later try is equal.
   * @param {number[]} seqs
   * @param {Build} build
   * @returns {Promise<OutboxRecord[]>} in the given order; scans that are gone meanwhile are left out
   */
  freeze(seqs, build) {
    return this.#run(["outbox"], "readwrite", (tx, give) => {
      const store = tx.objectStore("outbox");
      const request = store.getAll();
      request.onsuccess = () => {
        linkOld(request.result);
        const byId = byScanId(request.result);
        const bySeq = new Map(request.result.map((/** @type {OutboxRecord} */ r) => [r.seq, r]));
        const frozen = seqs.map((seq) => bySeq.get(seq)).filter((record) => record?.state === "waiting");
        for (const record of frozen) {
          if (record.payload) continue;
          record.payload = build(record, trace(record, byId));
          store.put(record);
        }
        give(frozen);
      };
    });
  }

  /**
   * Remove answered scans and keep their answers. Where one turned out to be a location's label or a badge, the
   * scans after it that are still here take that location or person.
   * @param {{seq: number, result: any}[]} answered in order
   */
  settle(answered) {
    return this.#run(["outbox", "answers"], "readwrite", (tx, give) => {
      const outbox = tx.objectStore("outbox");
      const answers = tx.objectStore("answers");
      const request = outbox.getAll();
      request.onsuccess = () => {
        linkOld(request.result);
        const records = new Map(request.result.map((/** @type {OutboxRecord} */ r) => [r.seq, r]));
        for (const { seq, result } of answered) {
          const record = records.get(seq);
          if (!record) continue; // another tab was quicker
          records.delete(seq);
          outbox.delete(seq);
          answers.put({ ...record, result, settled_at: Date.now() });
          takeFromChain(outbox, records.values(), record, result);
        }
      };
      const keys = answers.getAllKeys();
      keys.onsuccess = () => {
        const surplus = keys.result.slice(0, Math.max(0, keys.result.length - MAX_ANSWERS));
        for (const key of surplus) answers.delete(key);
      };
      give(undefined);
    });
  }

  /**
   * Change scans that stay here: set aside for a person, tried again, counted failures.
   * @param {number[]} seqs
   * @param {(record: OutboxRecord) => void} change
   */
  change(seqs, change) {
    return this.#run(["outbox"], "readwrite", (tx) => {
      const store = tx.objectStore("outbox");
      for (const seq of seqs) {
        const request = store.get(seq);
        request.onsuccess = () => {
          if (!request.result) return;
          change(request.result);
          store.put(request.result);
        };
      }
    });
  }

  /**
   * Remove one scan that a person decided to discard. Only a scan that needs attention can be discarded.
   * @param {number} seq
   */
  discard(seq) {
    return this.#run(["outbox"], "readwrite", (tx) => {
      const store = tx.objectStore("outbox");
      const request = store.getAll();
      request.onsuccess = () => {
        linkOld(request.result);
        const record = request.result.find((/** @type {OutboxRecord} */ r) => r.seq === seq);
        if (record?.state !== "attention") return;
        store.delete(seq);
        takeFromChain(store, request.result, record, null);
      };
    });
  }

  /** Return the newest answers, newest first. @param {number} limit @returns {Promise<any[]>} */
  answers(limit) {
    return this.#run(["answers"], "readonly", (tx, give) => {
      /** @type {any[]} */
      const found = [];
      give(found);
      const request = tx.objectStore("answers").openCursor(null, "prev");
      request.onsuccess = () => {
        const cursor = request.result;
        if (!cursor || found.length >= limit) return;
        found.push(cursor.value);
        cursor.continue();
      };
    });
  }

  /** @param {"meta" | "lists"} store @param {string} key @returns {Promise<any>} */
  get(store, key) {
    return this.#run([store], "readonly", (tx, give) => {
      const request = tx.objectStore(store).get(key);
      request.onsuccess = () => give(request.result);
    });
  }

  /** @param {"meta" | "lists"} store @param {string} key @param {any} value */
  put(store, key, value) {
    return this.#run([store], "readwrite", (tx) => {
      tx.objectStore(store).put(value, key);
    });
  }

  /** Delete what belongs to the person who signs out: lists and answers. Unsent scans stay. */
  forgetPerson() {
    return this.#run(["answers", "lists", "meta"], "readwrite", (tx) => {
      tx.objectStore("answers").clear();
      tx.objectStore("lists").clear();
      tx.objectStore("meta").delete("session");
    });
  }
}

/**
 * @param {IDBTransaction} tx @param {string[]} stores @param {string} scanId
 * @param {(record: any) => void} then with the scan of the first store that has it, undefined where none does
 */
function findScan(tx, [store, ...others], scanId, then) {
  const request = tx.objectStore(store).index("scan_id").get(scanId);
  request.onsuccess = () => (request.result || !others.length ? then(request.result) : findScan(tx, others, scanId, then));
}

/** Of a link that leads to nothing here, such as an answer that signing out removed: what it set is not known any more. */
const FORGOTTEN = { prev: null, location: null, location_label: null, custodian: null, custodian_label: null };

/**
 * Take what was answered out of a link, as long as it leads to an answer that is kept here.
 * @param {IDBTransaction} tx
 * @param {import("./earlier_reads.js").Link} link changed
 * @param {() => void} then
 */
function settleLink(tx, link, then) {
  if (!link.prev) {
    then();
    return;
  }
  const waiting = tx.objectStore("outbox").index("scan_id").getKey(link.prev);
  waiting.onsuccess = () => {
    if (waiting.result !== undefined) {
      then();
      return;
    }
    const answered = tx.objectStore("answers").index("scan_id").get(String(link.prev));
    answered.onsuccess = () => {
      const known = answered.result;
      if (known) takeOut(link, known, known.result);
      else Object.assign(link, FORGOTTEN);
      settleLink(tx, link, then);
    };
  };
}

/**
 * @param {IDBObjectStore} outbox @param {Iterable<OutboxRecord>} records
 * @param {OutboxRecord} record that leaves @param {any} result
 */
function takeFromChain(outbox, records, record, result) {
  for (const later of records) {
    if (later.prev !== record.scan_id) continue;
    takeOut(later, record, result);
    outbox.put(later);
  }
}
