// A phone without a screen: the scan page's own modules, with the queue in memory and the network in the hands of a test.
// `python` sends a session a line, answers the requests that the phone makes, and gets what is left at the end.
import { createInterface } from "node:readline";
import { Lists } from "../../static/js/offline/lists.js";
import { MemoryStore } from "../../static/js/offline/memory_store.js";
import { OutboxSender } from "../../static/js/offline/outbox_sender.js";
import { Answers } from "../../static/js/scan/answers.js";
import { Capturer } from "../../static/js/scan/capturer.js";
import { StandingView } from "../../static/js/scan/standing.js";
import { Station } from "../../static/js/scan/station.js";
import { Undo } from "../../static/js/scan/undo.js";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const read = async () => JSON.parse((await lines.next()).value ?? "null");
const write = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

/** What a page holds between visits. */
class Storage {
  constructor() { this.values = new Map(); }
  getItem(key) { return this.values.get(key) ?? null; }
  setItem(key, value) { this.values.set(key, value); }
}

/** An element that keeps what is written to it, and whose events a test can send. */
function element(extra = {}) {
  const found = new Map();
  const listeners = {};
  return {
    dataset: {}, value: "", listeners, hidden: false, textContent: "",
    addEventListener: (type, take) => (listeners[type] = take),
    toggleAttribute(name, isOn) { this[name] = isOn; },
    querySelector: (name) => found.get(name) ?? found.set(name, element()).get(name),
    querySelectorAll: () => [],
    scrollIntoView() {},
    elements: { namedItem: () => ({ value: "" }) },
    ...extra,
  };
}

class Phone {
  constructor({ facts, user, audit, start, limit }) {
    Object.assign(this, { facts, user, audit, limit });
    this.isUp = true;
    this.loses = false;
    this.memory = new MemoryStore();
    this.clock = start;
    this.ids = 0;
    this.mode = audit === null ? "lookup" : "sighting";
    globalThis.sessionStorage = new Storage();
    globalThis.localStorage = new Storage();
    Date.now = () => this.clock;
    globalThis.crypto.randomUUID = () => `00000000-0000-4000-8000-${String((this.ids += 1)).padStart(12, "0")}`;
    globalThis.fetch = (path, options) => this.#fetch(path, options);
  }

  async #fetch(path, { method = "GET", headers = {}, body = null } = {}) {
    if (!this.isUp) throw new TypeError("Failed to fetch");
    write({ path, method, headers, body });
    const answer = await read();
    if (this.loses && path === "/api/v1/scans") throw new TypeError("Failed to fetch");
    // The phone's clock is right. The test is not about clocks.
    const text = path.endsWith("/session.json") ? JSON.stringify({ ...JSON.parse(answer.body), now: new Date(this.clock).toISOString() }) : answer.body;
    return new Response(answer.status === 304 ? null : text, { status: answer.status, headers: answer.headers });
  }

  /** Open the page: what is kept is taken up as `ScanPage` does. */
  async open(hasLists) {
    this.station = new Station();
    const link = this.station.link();
    this.station.takeUp(link, await this.memory.chain(link));
    const listStore = { get: async (_name, key) => this.kept?.[key], put: async (_name, key, value) => ((this.kept ??= {})[key] = value) };
    this.lists = new Lists(/** @type {any} */ (listStore));
    await this.lists.load(this.audit);
    if (hasLists) await this.lists.refresh(this.audit);
    this.station.nameWith(this.lists);
    this.shown = [];
    const view = { showNew: (shown) => this.shown.push(shown), update: (shown) => this.shown.push(shown), markUndone() {}, told: null };
    this.page = element({ dataset: { mode: this.mode } });
    this.standing = new StandingView(/** @type {any} */ (this.page), this.station, this.facts, () => {});
    this.answers = new Answers(/** @type {any} */ ({ facts: this.facts, view, answered() {}, feedback: { play() {} }, station: this.station, lists: this.lists, stationChanged: () => this.standing.show() }));
    this.capturer = new Capturer(/** @type {any} */ ({
      facts: this.facts, store: this.memory, lists: this.lists, station: this.station, offset: () => 0,
      memory: { add: () => { throw new Error("the memory is full"); } },
      context: () => ({ audit: this.audit, mode: this.page.dataset.mode, due_at: null, condition: null, note: null, device: "phone", user: this.user }),
      onKept: (record) => this.answers.showKept(record, "server" === record.state ? "server" : "phone", null),
      onRefused: () => {},
    }));
    this.undo = new Undo(/** @type {any} */ (this.page), {
      station: this.station, lists: this.lists,
      undo: (target) => (this.undone = this.capturer.take({ text: target.code, source: "typed", intent: "void", voids: target.scanId })),
    });
    this.sender = new OutboxSender(/** @type {any} */ (this.memory), {
      device: "phone", fetch: globalThis.fetch,
      onChange: (change) => { if (change.kind === "settled") this.answers.take(change.record, change.result); },
    });
  }

  async step(step) {
    this.clock += 1000;
    if (step.scan) {
      const before = this.station.standing;
      const record = await this.capturer.take({ source: "camera", ...step.scan });
      if (record) this.undo.note({ scanId: record.scan_id, n: record.n, code: record.code, name: this.lists.nameOf(record.code), before });
    }
    if (step.mode) this.standing.setMode((this.mode = step.mode));
    if (step.leave) this.page.querySelector(".scan-standing").listeners.submit({ preventDefault() {}, submitter: null });
    if (step.choose) this.station.setPlace({ code: step.choose, name: step.choose, path: "" }, this.station.next());
    if (step.undo) {
      this.undone = null;
      this.undo.form.listeners.submit({ preventDefault() {} });
      await this.undone;
    }
    if (step.open === "new tab") globalThis.sessionStorage = new Storage();
    if (step.open) await this.open(step.network === "up");
    this.isUp = step.network === "up" || step.network === "lost";
    this.loses = step.network === "lost";
    if (step.network !== "burst") await this.send();
  }

  /** Send as far as the network lets it. */
  async send() {
    this.sender.distrust();
    this.sender.limit = this.limit; // of the first batch; each that arrives doubles it
    await this.sender.send();
    this.loses = false;
  }
}

globalThis.HTMLButtonElement = class {};
globalThis.setTimeout = () => 0; // sounds that come later

for (let session = await read(); session; session = await read()) {
  const phone = new Phone(session);
  await phone.open(session.hasLists);
  for (const step of session.steps) await phone.step(step);
  phone.isUp = true;
  await phone.send();
  write({ left: (await phone.memory.all()).filter((record) => record.state === "waiting").length, place: phone.station.place?.code ?? null, shown: phone.shown.map(({ scanId, kept, answer, message }) => ({ scanId, kept, answer, message })) });
}
