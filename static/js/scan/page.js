// @ts-check
/** The scan page: each read is captured, stored, shown and sent. This module connects the parts that do it. */
import { deviceName } from "../shared/ids.js";
import { isSecret, readsLikeName } from "../shared/codes.js";
import { modeOf, readFacts } from "../shared/facts.js";
import { Lists } from "../offline/lists.js";
import { MemoryStore } from "../offline/memory_store.js";
import { mayUpdate } from "../offline/outbox_batches.js";
import { MAX_ANSWERS, OutboxStore } from "../offline/outbox_store.js";
import { QueueState } from "../offline/queue_state.js";
import { listenToWedge } from "../capture/wedge.js";
import { Answers } from "./answers.js";
import { Capturer } from "./capturer.js";
import { Feedback } from "./feedback.js";
import { bindScanField, holdEarly } from "./field.js";
import { StandingView } from "./standing.js";
import { Station } from "./station.js";
import { bindDoubts, bindPictures, bindSound, clearDetails, offerDue, readDetails, takeQuantity } from "./tools.js";
import { Undo } from "./undo.js";
import { ScanView } from "./view.js";

/** A database that never opens must not keep the page from scanning. */
const MAX_WAIT_FOR_DATABASE_MS = 1500;
const SHOWN_ANSWERS = 12;
/** The network went away before the page had its sender. */
const LOAD_AGAIN_MS = 3000;

/** @param {number} ms @returns {Promise<any[]>} */
const nothingAfter = (ms) => new Promise((resolve) => setTimeout(() => resolve([]), ms));

export class ScanPage {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.form = /** @type {HTMLFormElement} */ (root.querySelector("[data-scan-form]"));
    this.handOnEarly = holdEarly(this.form);
    this.audit = root.dataset.audit ? Number(root.dataset.audit) : null;
    /** The consignment or the delivery that scans count in. */
    this.task = root.dataset.task || null;
    this.user = { id: Number(root.dataset.userId) || null, name: root.dataset.userName ?? "" };
    this.device = deviceName();
    this.facts = readFacts(root);
    this.store = new OutboxStore();
    this.memory = new MemoryStore();
    this.lists = new Lists(this.store);
    this.view = new ScanView(root, this.facts);
    this.feedback = new Feedback();
    /** @type {number | null} server's clock minus this one's, null where unknown */
    this.offset = null;
    /** @type {import("../offline/queue_dialog.js").QueueDialog | null} */
    this.queue = null;
    /** @type {import("../offline/sending.js").Sending | null} */
    this.sending = null;
    /** @type {import("../choices/place_picker.js").PlacePicker | null} */
    this.picker = null;
    /** @type {import("../choices/typed_names.js").Questions | null} */
    this.questions = null;
    /** @type {import("../choices/next_steps.js").NextSteps | null} */
    this.steps = null;
    /** @type {{show: () => void, open: () => void} | null} */
    this.more = null;
    /** @type {import("../stock/sheet_page.js").SheetPage | null} where stock is counted or moved shelf by shelf */
    this.sheet = null;
    this.work = /** @type {import("../lifecycle/work.js").Work | null} */ (null);
    /** @type {boolean | null} what the browser said to `storage.persist()` */
    this.isPromised = null;
    this.hasAskedToPersist = false;
  }

  /** Take the page over from the form that works without script. */
  async open() {
    const [, panel] = await Promise.all([
      this.#takeUpStation(),
      this.audit === null ? null : import("../audits/room_panel.js").catch(() => null),
    ]);
    this.#connectAnswers();
    this.#connectQueue();
    this.room = panel && new panel.RoomPanel(this.root, {
      audit: this.audit, lists: this.lists, choose: (place) => this.#choosePlace(place), closed: () => this.field.focus(),
    });
    this.#connectStanding();
    this.#connectPlacePicker();
    this.#connectUndo();
    this.#connectReads();
    this.root.dataset.scripted = "";
    bindPictures(this.root, () => this.field.focus(), {
      facts: this.facts, lists: this.lists, station: this.station, isAudit: this.audit !== null,
      icon: (name) => this.view.icon(name), take: (read) => this.#take(read),
      takeBack: (scanId) => this.undo.takeBack(scanId), choosePlace: (place) => this.#choosePlace(place),
    });
    await Promise.all([this.#restore(), this.#openSheet(false), this.task === null ? null : this.#loadWork()]);
    this.lists.refresh(this.audit).then(() => {
      this.room?.show();
      this.picker?.refresh();
    });
    this.root.dataset.ready = "";
    performance.mark("scan-ready");
    this.#startSending();
    this.#loadRest().catch(() => {}); // the network is gone: the next opening loads it
  }

  /** @returns {Promise<any[]>} */
  #stored() {
    return this.store.all().catch(() => []);
  }

  // -- what stays set ------------------------------------------------------------------------

  async #takeUpStation() {
    this.station = new Station();
    const link = this.station.link();
    const chain = this.store.chain(link).catch(() => []);
    this.station.takeUp(link, await Promise.race([chain, nothingAfter(MAX_WAIT_FOR_DATABASE_MS)]));
    const chip = /** @type {HTMLElement} */ (this.root.querySelector("[data-place]"));
    if (this.station.place || !chip.dataset.code) return;
    const name = chip.querySelector("[data-text]")?.textContent ?? "";
    if (!this.station.isPlaceOpen) this.station.setPlace({ code: chip.dataset.code, name, path: "" }, 0);
  }

  #connectStanding() {
    this.standing = new StandingView(this.root, this.station, this.facts, () => {
      this.view.forgetTold(); // it answered something else
      this.showStation();
      this.#openSheet(false).then(() => this.sheet?.changeMode());
      this.field.focus();
    });
  }

  #connectPlacePicker() {
    this.root.querySelector("[data-pick-place]")?.addEventListener("click", async (event) => {
      event.preventDefault();
      const { PlacePicker } = await import("../choices/place_picker.js");
      this.picker ??= new PlacePicker(this.root, { lists: this.lists, choose: (place) => this.#choosePlace(place) });
      this.picker.open();
    });
  }

  /** A person chose this. An answer that is still on its way must not change it back. @param {import("./station.js").Place} place */
  #choosePlace(place) {
    this.station.setPlace(place, this.station.next());
    this.view.forgetTold();
    this.showStation();
    this.field.focus();
  }

  showStation() {
    this.standing?.show();
    this.sheet?.show();
    this.room?.setPlace(this.station.place);
  }

  /** "Count here" on a room's page names the location. Without a network the phone's own list knows it. */
  #takeGivenPlace() {
    const code = new URLSearchParams(location.search).get("location");
    const chip = /** @type {HTMLElement} */ (this.root.querySelector("[data-place]")).dataset;
    if (!code || this.station.place?.code === code) return;
    const given = chip.given && chip.code ? { code: chip.code, name: chip.given, path: "" } : null;
    const known = this.lists.placeOf(code) ?? given;
    if (known) this.station.setPlace(known, this.station.next());
  }

  // -- captures, answers and the queue -------------------------------------------------------

  #connectAnswers() {
    this.answers = new Answers({
      view: this.view, feedback: this.feedback, station: this.station, lists: this.lists,
      facts: this.facts, stationChanged: () => this.showStation(),
      answered: (record, answer, recorded, isAsset, result) => {
        document.dispatchEvent(new CustomEvent("scan:answered", { detail: { record, answer, isAsset, result } }));
        this.#offerSteps(record, answer, recorded);
      },
    });
    this.capturer = new Capturer({
      facts: this.facts, store: this.store, memory: this.memory, lists: this.lists, station: this.station,
      context: () => ({
        audit: this.audit, task: this.task, mode: this.root.dataset.mode ?? "lookup", user: this.user, device: this.device,
        ...readDetails(this.form),
      }),
      onTaken: (isStanding) => {
        clearDetails(this.form, isStanding);
        this.more?.show();
      },
      offset: () => this.offset, work: () => this.work,
      onKept: (record, kept, trouble) => {
        this.answers.showKept(record, kept, trouble);
        if (kept === "phone") this.#askToPersist();
        this.showStation();
        this.room?.show();
        this.refreshState();
        this.sending?.want(kept);
      },
      onRefused: (message, code) => this.answers.showRefused(message, code),
    });
  }

  #connectQueue() {
    this.state = new QueueState(this.root, {
      store: this.store, memory: this.memory, user: this.user, sending: () => this.sending,
    });
    this.root.querySelector("[data-unsent]")?.addEventListener("click", async () => {
      const queue = await this.#loadQueue();
      queue.isPromised = this.isPromised;
      await queue.open();
    });
    // What is in the page's memory alone would be lost.
    addEventListener("beforeunload", (event) => this.memory.records.length && event.preventDefault());
  }

  /** Send what waits. A scan is kept without this, so the first one does not wait for it. */
  async #startSending() {
    const loaded = await import("../offline/sending.js").catch(() => null);
    if (!loaded) {
      setTimeout(() => this.#startSending(), LOAD_AGAIN_MS);
      return;
    }
    this.sending = new loaded.Sending({
      store: this.store, memory: this.memory, device: this.device,
      onAnswer: (record, result) => {
        this.answers.take(record, result);
        this.room?.ask();
      },
      onAside: async (seqs) => {
        const records = await this.#stored();
        this.answers.showAside(records.filter((record) => seqs.includes(Number(record.seq))));
      },
      onClock: (offsetMs) => (this.offset = offsetMs),
      onChange: () => this.refreshState(),
    });
    this.sending.schedule.start();
    if (this.memory.records.length) this.sending.want("memory");
  }

  async #loadQueue() {
    const { QueueDialog } = await import("../offline/queue_dialog.js");
    this.queue ??= new QueueDialog(this.root, {
      store: this.store, memory: this.memory, facts: this.facts,
      userId: () => this.sending?.sender.user?.id ?? this.user.id,
      icon: (name) => this.view.icon(name),
      send: () => this.sending?.schedule.kick(),
      changed: () => this.refreshState(),
      discarded: (record) => this.#forget(record),
    });
    return this.queue;
  }

  /** A discarded scan sets nothing. @param {import("../offline/outbox_store.js").OutboxRecord} record */
  #forget(record) {
    this.station.takeAnswer(record, null);
    this.showStation();
  }

  async refreshState() {
    await this.state.refresh();
    this.undo?.showButton();
    if (this.queue?.dialog.open) this.queue.refresh();
  }

  #askToPersist() {
    if (this.hasAskedToPersist) return;
    this.hasAskedToPersist = true;
    // A private window refuses, and so does a browser that hardly knows the site: the queue's list shows it then.
    navigator.storage?.persist?.().then((isKept) => (this.isPromised = isKept), () => {});
  }

  /** @param {import("../offline/outbox_store.js").OutboxRecord} record @param {string} answer @param {string | null} recorded */
  async #offerSteps(record, answer, recorded) {
    if (!["unknown", "wrong_place"].includes(answer) && !this.steps?.offered.has(record.scan_id)) return;
    if (!this.root.querySelector("[data-unknown]")) return; // only an audit asks what it is
    const { NextSteps } = await import("../choices/next_steps.js");
    this.steps ??= new NextSteps(this.root, {
      view: this.view, focus: () => this.field.focus(), undo: (scanId) => this.undo.takeBack(scanId),
      take: (read) => this.#take(read),
    });
    this.view.offer(record.scan_id, this.steps.offer(record, answer, recorded));
  }

  /**
   * A person types names too. What reads like one and is no known code is asked about, and nothing of it is recorded before.
   * @param {string} text @param {string} source
   */
  async #takeTyped(text, source) {
    const read = (/** @type {string} */ code) =>
      document.dispatchEvent(new CustomEvent("scan:read", { detail: { text: code, source, symbology: null } }));
    if (this.sheet?.takeNumber(text.trim())) return;
    if (!readsLikeName(text) || this.lists.thing(text.trim()) || isSecret(text)) return read(text);
    const names = await import("../choices/typed_names.js").catch(() => null);
    if (!names) return read(text);
    this.questions ??= new names.Questions({ view: this.view, lists: this.lists, focus: () => this.field.focus() });
    const { n } = this.station;
    await this.questions.ask(text.trim(), {
      isStill: () => this.station.n === n, // once another scan came in between, it may be another location
      place: (place) => this.#choosePlace(place), asset: read, keep: () => read(text),
    });
  }

  // -- reads and their undo ------------------------------------------------------------------

  #connectUndo() {
    this.undo = new Undo(this.root, {
      station: this.station, lists: this.lists,
      undo: (target) => {
        const undo = { text: target.code, source: "typed", intent: "void", voids: target.scanId };
        this.capturer.take(undo).then(() => this.view.markUndone(target.scanId));
        this.showStation();
        this.field.focus();
      },
    });
  }

  /** Capture a read that can be undone. @param {import("./capturer.js").Read} read */
  async #take(read) {
    const before = this.station.standing;
    const record = await this.capturer.take(read);
    if (!record || record.is_again) return null;
    const { scan_id: scanId, n, code } = record;
    this.undo.note({ scanId, n, code, name: this.lists.nameOf(code), before });
    this.refreshState();
    return record;
  }

  #connectReads() {
    document.addEventListener("scan:read", (event) => {
      const { text, source, symbology } = /** @type {CustomEvent} */ (event).detail;
      if (takeQuantity(this.form, text) || this.sheet?.take({ text, source, symbology })) return;
      this.#take({ text, source, symbology });
    });
    this.field = bindScanField(this.root, this.form, (text, source) => this.#takeTyped(text, source));
    const reader = listenToWedge({ find: (code) => this.lists.thing(code) });
    bindDoubts(reader, this.answers, () => this.field.focus());
    this.handOnEarly();
    this.root.querySelector("[data-more-button]")?.addEventListener("click", async () => (await this.#loadMore()).open());
    offerDue(/** @type {HTMLFormElement} */ (this.root.querySelector("[data-scan-form]")));
    bindSound(this.root, this.feedback, this.view, () => this.field.focus());
  }

  /** Stock is counted and moved on a sheet; what an earlier visit left on it is shown in each mode. @param {boolean} isLeft */
  async #openSheet(isLeft) {
    const isWanted = modeOf(this.facts, this.root.dataset.mode ?? "").sheet || isLeft;
    if (this.sheet || !isWanted || !this.root.querySelector("[data-sheet]")) return; // an audit counts no stock
    const { SheetPage } = await import("../stock/sheet_page.js");
    this.sheet ??= new SheetPage(this, (read) => this.#take(read));
  }

  async #loadMore() {
    const { bindMore } = await import("./more.js");
    this.more ??= bindMore(this.root, this.form, () => this.field.focus());
    return this.more;
  }

  async #loadWork() {
    this.work ??= (await import("../lifecycle/work.js").then(({ Work }) => new Work(this).load()).catch(() => null));
  }

  // -- the rest ------------------------------------------------------------------------------

  /** Take from the disk what an earlier visit left there: scans, answers, lists, the clock's offset. */
  async #restore() {
    const unsent = await this.#stored();
    const past = await this.store.answers(MAX_ANSWERS).catch(() => []);
    this.answers.restore([...past.slice(0, SHOWN_ANSWERS), ...unsent].sort((a, b) => a.seq - b.seq));
    await this.lists.load(this.audit);
    if (this.audit !== null) this.lists.countScanned([...past.reverse(), ...await this.#stored()], this.audit);
    this.station.nameWith(this.lists);
    this.#takeGivenPlace();
    this.standing.setMode(this.standing.askedMode);
    this.room?.setPlace(this.station.place);
    const clock = await this.store.get("meta", "clock").catch(() => undefined);
    this.offset ??= clock?.offset_ms ?? null;
    this.refreshState();
  }

  /** Load what the first scan can do without, after the page is ready for it. */
  async #loadRest() {
    const [{ registerWorker }, { bindReaders }, { hasSheet }, { offerLabels }] = await Promise.all([
      import("../offline/register_worker.js"), import("../capture/desk_readers.js"), import("../stock/kept_sheet.js"), import("../choices/label_request.js"),
      this.#loadQueue(), this.#loadMore(), import("./doubts.js"), this.work ?? this.#loadWork(),
    ]);
    bindReaders(this.root);
    offerLabels({ view: this.view, take: (read) => this.#take(read) });
    await this.#openSheet(hasSheet(this.user.id));
    const { audit, task } = this;
    if (audit !== null) {
      const { UnsentTeller } = await import("../offline/tell_unsent.js");
      this.state.teller = new UnsentTeller(audit, this.device);
      await this.state.refresh();
    }
    await registerWorker({
      mayUpdate: async () => mayUpdate(await this.#stored()),
      keep: [
        ...(audit === null ? ["/scan"] : ["/scan", `/scan?audit=${audit}`, `/audits/${audit}`]),
        ...(task === null ? [] : [`/scan?mode=${this.root.dataset.mode}&task=${task}`]),
        ...(this.root.dataset.keep ?? "").split(" "),
      ],
    });
  }
}

const root = /** @type {HTMLElement | null} */ (document.querySelector("[data-scan-page]"));
if (root) new ScanPage(root).open();
