// @ts-check
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
 * @property {string | null} location
 * @property {string | null} custodian
 * @property {boolean} [needs_person] the intent needs the custodian, so it is sent along
 * @property {boolean} [counts] the intent counts the asset in an audit
 * @property {string | null} due_at
 * @property {number | null} audit
 * @property {string | null} voids
 * @property {string | null} condition
 * @property {string | null} note
 * @property {number | null} user_id who scanned; only sent while the same person is signed in
 * @property {string} user_name
 * @property {string} [device] this browser's own name
 * @property {string} ctx the tab whose location and person it was captured under
 * @property {number} n order of capture within the tab
 * @property {number} place_n `n` of the scan that set the location; 0 where somebody chose it
 * @property {number} person_n the same for the person
 * @property {boolean} unresolved the phone could not know whether the code is a location's label or a badge
 * @property {"waiting" | "attention"} state
 * @property {string | null} reason why it wants attention, for a person
 * @property {number} failures how often the server failed on this very scan
 * @property {object | null} payload what is sent, fixed at the first try so that every try is equal
 * @property {object | null} local the phone's own verdict
 */

const VERSION = 1;
const MAX_ANSWERS = 300;

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
   * @param {(tx: IDBTransaction, give: (value: T) => void) => void} work
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
   * @param {(tx: IDBTransaction, give: (value: T) => void) => void} work
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
        work(tx, (given) => {
          value = given;
        });
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
   * Store one scan. Calls in a row keep their order.
   * @param {OutboxRecord} record
   * @returns {Promise<OutboxRecord>} with its `seq`, once it is on the disk
   */
  add(record) {
    return this.#run(["outbox"], "readwrite", (tx, give) => {
      const request = tx.objectStore("outbox").add(record);
      request.onsuccess = () => give({ ...record, seq: Number(request.result) });
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
   * @param {(record: OutboxRecord) => object} build
   * @returns {Promise<OutboxRecord[]>} in the given order; scans that are gone meanwhile are left out
   */
  freeze(seqs, build) {
    return this.#run(["outbox"], "readwrite", (tx, give) => {
      const store = tx.objectStore("outbox");
      /** @type {OutboxRecord[]} */
      const frozen = [];
      give(frozen);
      for (const seq of seqs) {
        const request = store.get(seq);
        request.onsuccess = () => {
          const record = request.result;
          if (!record || record.state !== "waiting") return;
          if (!record.payload) {
            record.payload = build(record);
            store.put(record);
          }
          frozen.push(record);
        };
      }
    });
  }

  /**
   * Remove answered scans and keep their answers. Where one turned out to be a location's label or a badge, the
   * later scans of the same tab that are still here take that location or person.
   * @param {{seq: number, result: any}[]} answered in order
   */
  settle(answered) {
    return this.#run(["outbox", "answers"], "readwrite", (tx, give) => {
      const outbox = tx.objectStore("outbox");
      const answers = tx.objectStore("answers");
      const request = outbox.getAll();
      request.onsuccess = () => {
        const records = new Map(request.result.map((/** @type {OutboxRecord} */ r) => [r.seq, r]));
        for (const { seq, result } of answered) {
          const record = records.get(seq);
          if (!record) continue; // another tab was quicker
          records.delete(seq);
          outbox.delete(seq);
          answers.put({ ...record, result, settled_at: Date.now() });
          for (const later of records.values()) {
            if (inherit(later, record, result)) outbox.put(later);
          }
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
      const request = store.get(seq);
      request.onsuccess = () => {
        if (request.result?.state === "attention") store.delete(seq);
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
 * @param {OutboxRecord} later
 * @param {OutboxRecord} record
 * @param {any} result
 */
function inherit(later, record, result) {
  if (later.ctx !== record.ctx || later.n <= record.n || later.payload) return false;
  if (result.kind === "location" && result.place && later.place_n < record.n) {
    later.location = result.place.code;
    later.place_n = record.n;
    return true;
  }
  if (result.kind === "person" && result.person && later.person_n < record.n) {
    later.custodian = nameOf(result.person) ?? record.code;
    later.person_n = record.n;
    return true;
  }
  return false;
}

/** @param {{number: string | null}} person */
function nameOf(person) {
  return person.number;
}
