// @ts-check
/**
 * Open work on the scan page: what deliveries still expect and which tasks are open, as this phone knows. It says without
 * the network what the server would say, marked as not checked yet; and the code of a task opens it. Loaded after the rest.
 */
import { fetchList } from "../offline/lists.js";
import { codeKey, isReadPlainly, localKeys, showCode } from "../shared/codes.js";
import { fill, modeOf } from "../shared/facts.js";
import { readArticle } from "../shared/retail.js";
import { tellLast } from "./receiving.js";

/**
 * @typedef {import("../offline/outbox_store.js").OutboxRecord} OutboxRecord
 * @typedef {{number: string, kind: string, title: string, state: string, page: string, is_open: boolean, keys?: string[],
 *   intent?: string | null, said?: string}} Task
 * @typedef {OutboxRecord & {result?: any, settled_at?: number}} KeptScan
 * @typedef {{record: OutboxRecord, at: number | null}} OwnRead `at`: when the server answered it
 */

const URL_OF_LIST = "/scan/expected.json";
const KEY = "work";
/** How the phone marks what it says of a scan that is received. The colours of the server are for what the server knows. */
const ANSWERS = /** @type {Record<string, import("../scan/verdicts.js").Answer>} */ ({ again: "already_scanned", over: "unchanged", unordered: "unchanged" });
const UNCHECKED = "Not checked yet.";

export class Work {
  /** @param {import("../scan/page.js").ScanPage} page */
  constructor(page) {
    this.page = page;
    /** @type {Map<string, Task>} */
    this.tasks = new Map();
    /** @type {Map<string, Task[]>} by a code of their asset */
    this.byKey = new Map();
    /** @type {Map<string, import("./receiving.js").Delivery>} */
    this.deliveries = new Map();
    /** @type {Record<string, string>} */
    this.sentences = {};
    /** @type {OwnRead[]} what this phone received and the list does not have */
    this.own = [];
    /** The task whose code was scanned last is opened or selected once. */
    this.followed = "";
  }

  /** Take the list from the disk, then ask for a newer one. */
  async load() {
    const { store } = this.page;
    const kept = await store.get("lists", KEY).catch(() => undefined);
    if (kept) this.#take(kept.body);
    const past = /** @type {KeptScan[]} */ (await store.answers(Infinity).catch(() => []));
    const unsent = /** @type {KeptScan[]} */ (await store.all().catch(() => []));
    this.#restore([...past.reverse(), ...unsent], kept?.fetched_at ?? 0);
    document.addEventListener("scan:answered", (event) => this.#note(/** @type {CustomEvent} */ (event).detail));
    addEventListener("online", () => this.refresh());
    this.#selectAsked();
    this.refresh();
    document.documentElement.dataset.work = "";
    return this;
  }

  async refresh() {
    const asked = Date.now();
    const newer = await fetchList(this.page.store, URL_OF_LIST, KEY);
    if (!newer) return;
    this.#take(newer.body);
    // What the server had answered before it was asked is in its list.
    this.own = this.own.filter(({ at }) => at === null || at >= asked);
    this.#selectAsked();
  }

  /** @param {any} body */
  #take(body) {
    if (!Array.isArray(body?.tasks)) return;
    this.sentences = body.sentences;
    this.tasks = new Map(body.tasks.map((/** @type {Task} */ task) => [task.number, task]));
    this.deliveries = new Map(body.deliveries.map((/** @type {any} */ one) => [one.number, one]));
    this.byKey = new Map();
    for (const task of body.tasks) {
      for (const key of task.keys) this.byKey.set(key, [...(this.byKey.get(key) ?? []), task]);
    }
  }

  /** @param {KeptScan[]} scans in order @param {number} since when the list was fetched */
  #restore(scans, since) {
    const undone = new Set(scans.map((scan) => scan.voids).filter(Boolean));
    const isNews = (/** @type {KeptScan} */ { result, settled_at: at }) =>
      !result || (Number(at) >= since && ["applied", "noted"].includes(result.outcome));
    this.own = scans.filter((scan) => isReceived(scan) && !undone.has(scan.scan_id) && isNews(scan))
      .map((record) => ({ record, at: record.settled_at ?? null }));
  }

  // -- what the phone says --------------------------------------------------------------------

  /**
   * Return what the phone says of a scan beyond its own verdict; null where it knows nothing.
   * @param {OutboxRecord} record just captured
   * @returns {Partial<import("../scan/verdicts.js").Local> | null}
   */
  judge(record) {
    const { meaning } = this.page.lists.read(record.code, record.symbology);
    if (meaning?.kind === "task") return this.#sayTask(meaning.task.number);
    if (isStanding(meaning)) return null;
    if (isReceived(record)) return this.#receive(record);
    const [task] = localKeys(record.code, this.page.lists.rules, record.symbology).flatMap((key) => this.byKey.get(key) ?? [])
      .filter(({ intent }) => intent === record.intent);
    return task ? { message: `${task.said} ${UNCHECKED}` } : null;
  }

  /** @param {string} number */
  #sayTask(number) {
    const task = this.tasks.get(number);
    return task ? { message: `${fill(this.sentences.task, task)} ${UNCHECKED}` } : null;
  }

  /** @param {OutboxRecord} record */
  #receive(record) {
    this.own.push({ record, at: null });
    const delivery = this.deliveries.get(String(record.task));
    if (!delivery) return null;
    const reads = this.own.filter(({ record: one }) => one.task === record.task).map(({ record: one }) => this.#read(one));
    const told = tellLast(delivery, reads);
    if (!told) return null;
    const { line, pieces, count } = told;
    const message = fill(this.sentences[told.told], {
      number: delivery.number, thing: showCode(told.thing ?? record.code), what: line?.what, pieces: String(pieces), count: String(count),
      ordered: String(line?.quantity),
    });
    return { answer: ANSWERS[told.told] ?? "saved", message: `${message} ${UNCHECKED}` };
  }

  /** @param {OutboxRecord} record @returns {import("./receiving.js").Read} */
  #read({ code, symbology, quantity }) {
    const { lists } = this.page;
    const { meaning } = lists.read(code, symbology);
    // The label of a room that was scanned in between is not received.
    const isLabel = isStanding(meaning);
    const pieces = meaning?.kind === "stock" ? meaning.stock : null;
    const prefix = (lists.rules.prefix ?? "").toUpperCase();
    const key = codeKey(code);
    return {
      code, key, article: isLabel ? "" : readArticle(code), quantity: quantity ?? null,
      // What looks like a tag of ours may be a blank label that is stuck on.
      isPlain: !isLabel && isReadPlainly(code, lists.rules, symbology) && !(prefix && key.startsWith(prefix)),
      pieces: pieces && { code: pieces.item.code, quantity: pieces.quantity },
    };
  }

  /** A scan was undone. @param {string | null} scanId */
  withdraw(scanId) {
    this.own = this.own.filter(({ record }) => record.scan_id !== scanId);
  }

  // -- the code of a task -----------------------------------------------------------------------

  /** A scan was kept, or the server answered it. @param {{record: OutboxRecord, result?: any}} told */
  #note({ record, result }) {
    if (result) {
      for (const one of this.own) if (one.record.scan_id === record.scan_id) one.at = Date.now();
      if (!["applied", "noted"].includes(result.outcome)) this.withdraw(record.scan_id);
    }
    const { meaning } = this.page.lists.read(record.code, record.symbology);
    const task = result?.task ?? (meaning?.kind === "task" ? this.tasks.get(meaning.task.number) : null);
    if (task) this.#follow(task, record.scan_id);
  }

  /** Select a delivery, and offer the page of any other task. @param {Task} task @param {string} scanId */
  #follow(task, scanId) {
    if (this.page.view.told !== scanId) return; // somebody scanned on since
    const link = document.createElement("a");
    link.className = "button";
    link.href = task.page;
    link.textContent = `Open ${task.number}`;
    this.page.view.offer(scanId, [link]);
    if (task.kind !== "delivery" || !task.is_open || this.followed === scanId) return;
    this.followed = scanId;
    this.#select(task.number);
  }

  /** A page that was kept on the phone is one for all deliveries: its address says which. */
  #selectAsked() {
    const asked = new URLSearchParams(location.search).get("task");
    if (asked && this.deliveries.has(asked)) this.#select(asked);
  }

  /** Receive into a delivery from now on, as its own link to this page does. @param {string} number */
  #select(number) {
    const { page } = this;
    const mode = page.facts.modes.find((one) => one.intent === "receive");
    if (page.audit !== null || page.task === number || !mode || !this.#mayReceive(mode.value)) return;
    page.task = number;
    page.root.dataset.task = number;
    page.standing.setMode(mode.value, `/scan?${new URLSearchParams({ mode: mode.value, task: number })}`);
    for (const part of page.root.querySelectorAll("[data-modes], .scan-standing")) /** @type {HTMLElement} */ (part).hidden = true;
    const close = /** @type {HTMLAnchorElement} */ (page.root.querySelector(".scan-close"));
    close.href = `/deliveries/${number}`;
    page.root.querySelector(".scan-audit")?.remove();
    const link = document.createElement("a");
    link.href = close.href;
    link.textContent = `Delivery ${number}`;
    const name = document.createElement("p");
    name.className = "scan-audit";
    name.append(link);
    close.after(name);
  }

  /** @param {string} mode */
  #mayReceive(mode) {
    return Boolean(this.page.root.querySelector(`[data-modes] a[data-mode="${mode}"]`));
  }
}

/** @param {import("../offline/lists.js").Meaning} meaning */
function isStanding(meaning) {
  return ["location", "person", "task"].includes(meaning?.kind ?? "");
}

/** @param {{intent: string, task?: string | null}} scan */
function isReceived({ intent, task }) {
  return intent === "receive" && Boolean(task);
}
