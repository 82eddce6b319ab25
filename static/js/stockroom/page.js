// @ts-check
/** The counter: every read is a lookup in the one outbox, and the page folds them into a tray. */
import { deviceName, makeScanId } from "../shared/ids.js";
import { MAX_PIECES } from "../shared/codes.js";
import { readFacts } from "../shared/facts.js";
import { Lists } from "../offline/lists.js";
import { MemoryStore } from "../offline/memory_store.js";
import { mayUpdate } from "../offline/outbox_batches.js";
import { OutboxStore } from "../offline/outbox_store.js";
import { QueueState } from "../offline/queue_state.js";
import { listenToWedge } from "../capture/wedge.js";
import { Capturer } from "../scan/capturer.js";
import { Feedback } from "../scan/feedback.js";
import { bindScanField, holdEarly } from "../scan/field.js";
import { Station } from "../scan/station.js";
import { bindDoubts, bindPictures, bindSound } from "../scan/tools.js";
import { ScanView } from "../scan/view.js";
import { Handing } from "./handing.js";
import { Judging } from "./judging.js";
import { KitsView, PickListsView, spreadKit, withoutKit } from "./kits.js";
import { PersonCard } from "./person_card.js";
import { TermsView } from "./terms.js";
import { TrayView } from "./tray_view.js";
import { Quantity, knownStock, stockOf } from "./quantity.js";
import { foldTray, thingOf } from "./tray.js";

/** @typedef {import("./tray.js").TrayScan} TrayScan */

const LOAD_AGAIN_MS = 3000;

export class CounterPage {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.form = /** @type {HTMLFormElement} */ (root.querySelector("[data-scan-form]"));
    this.handOnEarly = holdEarly(this.form);
    this.user = { id: Number(root.dataset.userId) || null, name: root.dataset.userName ?? "" };
    this.device = deviceName();
    /** @type {any} */
    this.facts = readFacts(root);
    /** @type {{kinds: Record<string, import("./tray.js").Kind>, commands: Record<string, {kind: string | null}>,
     *   stock: import("./tray.js").StockWords}} */
    this.rules = this.facts.counter;
    this.store = new OutboxStore();
    this.memory = new MemoryStore();
    this.lists = new Lists(this.store);
    this.station = new Station();
    this.view = new ScanView(root, this.facts);
    this.feedback = new Feedback();
    this.trayView = new TrayView(root, this.rules);
    this.personCard = new PersonCard(root);
    this.termsView = new TermsView(root);
    this.pickLists = new PickListsView(root);
    this.kitsView = new KitsView(root, { takeOff: (code) => this.#takeKitOff(code) });
    this.handing = new Handing(this);
    this.trayId = root.dataset.tray ?? makeScanId();
    this.handoverId = this.trayId; // another one after a refusal: the tray stays what it is
    this.judging = new Judging(this);
    /** @type {TrayScan[]} */
    this.scans = readScans(root);
    /** @type {string | null} the direction that a person chose */
    this.chosen = new URLSearchParams(location.search).get("kind") ?? null;
    this.quantity = new Quantity(root);
    /** @type {{text: string, source: string, symbology: string | null}[]} */
    this.waiting = [];
    /** @type {number | null} server's clock minus this one's, null where unknown */
    this.offset = null;
    /** @type {import("../offline/sending.js").Sending | null} */
    this.sending = null;
    /** @type {import("../offline/queue_dialog.js").QueueDialog | null} */
    this.queue = null;
  }

  async open() {
    this.station.setPerson?.(null, this.station.next());
    this.#connectCapturer();
    this.#connectQueue();
    this.field = bindScanField(this.root, this.form);
    document.addEventListener("scan:read", (event) => this.#take(/** @type {CustomEvent} */ (event).detail));
    bindDoubts(listenToWedge({ find: (code) => this.lists.thing(code) }), this, () => this.field?.focus());
    this.handOnEarly();
    bindSound(this.root, this.feedback, this.view, () => this.field?.focus());
    bindPictures(this.root, () => this.field?.focus());
    for (const hidden of this.root.querySelectorAll(".counter-tools [hidden]")) /** @type {HTMLElement} */ (hidden).hidden = false;
    this.#connectTray();
    this.root.dataset.scripted = "";
    await this.lists.load(null).catch(() => {});
    const clock = await this.store.get("meta", "clock").catch(() => undefined);
    this.offset ??= clock?.offset_ms ?? null;
    this.show();
    this.#takeGiven();
    this.judging.ask();
    this.root.dataset.ready = "";
    this.lists.refresh(null).catch(() => {});
    this.#startSending();
    this.#loadRest().catch(() => {});
  }

  /** A link from a person's page brings the badge: it is the first scan of the tray. */
  #takeGiven() {
    const code = new URLSearchParams(location.search).get("code");
    if (!code || this.scans.length) return;
    /** @type {HTMLInputElement} */ (this.form.elements.namedItem("code")).value = "";
    this.capturer?.take({ text: code, source: "typed" });
  }

  /** Return the tray as it lies there now. */
  fold() {
    return foldTray(this.scans, this.rules.kinds, this.chosen, this.rules.stock);
  }

  show() {
    const tray = this.fold();
    this.trayView.show(tray);
    this.termsView.showKind(tray.kind);
    this.personCard.show(tray);
    this.state?.refresh();
  }

  /** Begin with an empty tray, for the next person. */
  clear() {
    this.trayId = this.handoverId = makeScanId();
    this.scans = [];
    this.chosen = null;
    this.#nameTray();
    this.trayView.clearForm();
    this.termsView.clear();
    this.kitsView.show([]);
    this.pickLists.show([]);
    this.show();
    this.field?.focus();
  }

  /** The address names the tray, so that a reload and a second screen show the same. */
  #nameTray() {
    const query = new URLSearchParams(this.scans.length ? { tray: this.trayId } : {});
    if (this.chosen && this.scans.length) query.set("kind", this.chosen);
    history.replaceState(null, "", query.size ? `/counter?${query}` : "/counter");
  }

  /** @param {string} answer @param {string} message @param {string} [code] */
  say(answer, message, code = "") {
    this.#tell({ code, answer, message, kept: "server" });
    this.feedback.play(answer);
  }

  /**
   * Tell of a scan that is stored nowhere: it was not read whole, or is no code.
   * @param {string} message @param {string} code @param {HTMLElement[]} [choices]
   */
  showRefused(message, code, choices = []) {
    this.#tell({ code, answer: "not_stored", message, kept: "nowhere", choices });
    this.feedback.play("refused");
  }

  /** @param {object} said */
  #tell(said) {
    this.view.tell(/** @type {any} */ ({ scanId: makeScanId(), asset: null, at: Date.now(), placeName: null, ...said }));
  }

  // -- scans ---------------------------------------------------------------------------------

  #connectCapturer() {
    this.capturer = new Capturer({
      facts: this.facts, store: this.store, memory: this.memory, lists: this.lists, station: this.station,
      context: () => ({
        audit: null, mode: "lookup", due_at: null, condition: null, note: null, device: this.device, user: this.user,
        handover: this.trayId, quantity: this.quantity.next,
      }),
      onTaken: (isStanding) => {
        if (!isStanding) this.quantity.clear();
      },
      offset: () => this.offset,
      onKept: (record, kept) => {
        this.#put(record);
        this.sending?.want(kept);
      },
      onRefused: (message, code) => this.showRefused(message, code),
    });
  }

  /** @param {{text: string, source: string, symbology: string | null}} read */
  #take(read) {
    if (this.handing.isBusy) {
      this.waiting.push(read);
      return;
    }
    const text = read.text.trim();
    if (/^SCN-[A-Z0-9-]{1,30}$/.test(text)) this.handing.obey(text);
    else this.capturer?.take(read);
  }

  /** Take what was scanned while things changed hands: it is for the next tray. */
  takeWaiting() {
    for (const read of this.waiting.splice(0)) this.#take(read);
  }

  /** Put a scan that was just kept into the tray, as far as this device knows it. @param {any} record */
  #put(record) {
    if (record.voids || record.handover !== this.trayId) return;
    const { local } = record;
    this.scans.push({
      scan_id: record.scan_id, code: record.code, at: record.captured_at, line_id: makeScanId(),
      symbology: record.symbology, source: record.source, thing: null, ...knownStock(local.stock, record.quantity ?? null),
      person: local.person ? { ref: local.person.number ?? record.code, name: local.person.name } : null,
      place: local.place ? { code: local.place.code, name: local.place.name } : null,
      is_open: !local.person && !local.place,
    });
    if (local.answer !== "saved") this.feedback.play(local.answer);
    this.#nameTray();
    this.show();
  }

  /** Take the server's answer to a scan. @param {any} record @param {any} result */
  takeAnswer(record, result) {
    if (record.intent === "handover") return this.handing.takeAnswer(record, result);
    this.station.takeAnswer(record, result);
    const scan = this.scans.find((one) => one.scan_id === record.scan_id);
    if (!scan || record.voids) return undefined;
    const before = this.fold();
    scan.is_open = false;
    scan.thing = thingOf(result.asset);
    scan.person = result.person ? { ref: result.person.number ?? record.code, name: result.person.name } : null;
    scan.place = result.place ?? null;
    scan.stock = stockOf(result.stock);
    if (scan.stock && !scan.is_typed) scan.quantity = null; // how many it stands for is in the answer, boxes included
    if (scan.person) this.#forgetOverrides();
    if (result.kit) this.#putKit(scan, result.kit);
    this.#sayAnswer(scan, result, before);
    if (!scan.thing && !scan.person && !scan.place && !scan.stock && !scan.kit) this.scans = this.scans.filter((one) => one !== scan);
    this.show();
    this.judging.ask();
    return undefined;
  }

  /** The pieces of a kit come after its label. @param {TrayScan} scan @param {any} card */
  #putKit(scan, card) {
    if (this.scans.some((one) => one.kit?.code === card.code)) this.scans = withoutKit(this.scans, { ...scan, kit: { code: card.code, name: "", returns: "", is_out: false } }).concat(scan);
    const pieces = spreadKit(scan, card, thingOf, stockOf, makeScanId);
    this.scans.splice(this.scans.indexOf(scan) + 1, 0, ...pieces);
  }

  /** Return the codes of the kits whose labels are in the tray. */
  kitCodes() {
    return this.scans.flatMap((scan) => (scan.kit ? [scan.kit.code] : []));
  }

  /** @param {string} code */
  #takeKitOff(code) {
    const label = this.scans.find((scan) => scan.kit?.code === code);
    if (label) this.takeOff(label.scan_id);
  }

  /** @param {TrayScan} scan @param {any} result @param {import("./tray.js").Folded} before */
  #sayAnswer(scan, result, before) {
    if (scan.stock) {
      const pieces = this.fold().lines.find((one) => one.scans.includes(scan));
      this.say(pieces?.why ? "refused" : "fine", `${pieces?.quantity} ${scan.stock.name}${pieces?.why ? `: ${pieces.why}` : ""}`, scan.code);
      return;
    }
    if (!scan.thing) {
      const kind = this.rules.kinds[before.kind ?? "issue"];
      const toThem = scan.person && kind.needs_person;
      this.say(result.answer, toThem ? `${kind.label} to ${scan.person?.name}. Scan what they get.` : result.message, scan.code);
      return;
    }
    const line = this.fold().lines.find((one) => one.scan === scan);
    if (!line) this.say("already_scanned", `${scan.thing.tag} is in the tray already.`, scan.code);
    else if (line.why) this.say("refused", `${scan.thing.tag}: ${line.why}`, scan.code);
    else this.say("fine", `${scan.thing.tag} ${scan.thing.name}${scan.thing.holder_name ? ` · ${scan.thing.holder_name}` : ""}`, scan.code);
  }

  // -- the tray ------------------------------------------------------------------------------

  #connectTray() {
    this.trayView.connect({
      complete: () => this.handing.complete(),
      clear: () => this.clear(),
      takeOff: (scanId) => this.takeOff(scanId),
      setPieces: (scanId, quantity) => this.setPieces(scanId, quantity),
      choose: (kind) => this.choose(kind),
      changed: () => this.field?.focus(),
      override: (scan, code) => {
        scan.override = [...(scan.override ?? []), code];
        this.show();
        this.field?.focus();
      },
      scanOf: (scanId) => this.scans.find((one) => one.scan_id === scanId),
    });
  }

  /** What was overridden for one person says nothing for the next. */
  #forgetOverrides() {
    for (const scan of this.scans) scan.override = [];
  }

  /** @param {string} kind */
  choose(kind) {
    this.chosen = kind;
    this.#forgetOverrides();
    this.#nameTray();
    this.judging.ask();
    this.show();
    this.field?.focus();
  }

  /** A thing that is taken off is an undo of its scan. @param {string} scanId */
  takeOff(scanId) {
    const line = this.fold().lines.find((one) => one.scan.scan_id === scanId);
    const gone = line?.scans ?? this.scans.filter((one) => one.scan_id === scanId);
    this.scans = this.scans.filter((one) => !gone.includes(one));
    for (const scan of gone.filter((one) => one.kit)) this.scans = withoutKit(this.scans, scan);
    // A piece of a kit has no scan in the log: only its line goes.
    for (const scan of gone.filter((one) => !one.of_kit)) this.capturer?.take({ text: scan.code, source: "typed", intent: "void", voids: scan.scan_id });
    this.show();
    this.judging.ask();
    this.field?.focus();
  }

  /** A person says how many pieces a line is about: its first scan stands for them. @param {string} scanId @param {number} quantity */
  setPieces(scanId, quantity) {
    const line = this.fold().lines.find((one) => one.scan.scan_id === scanId);
    if (line && Number.isInteger(quantity) && quantity >= 1 && quantity <= MAX_PIECES) {
      for (const scan of line.scans) Object.assign(scan, { quantity: 0, is_typed: true });
      line.scan.quantity = quantity;
      line.scan.why = undefined; // what the server refused was another number
    }
    this.show();
    this.field?.focus();
  }

  // -- the queue -----------------------------------------------------------------------------

  #connectQueue() {
    this.state = new QueueState(this.root, {
      store: this.store, memory: this.memory, user: this.user, sending: () => this.sending,
    });
    this.root.querySelector("[data-unsent]")?.addEventListener("click", async () => (await this.#loadQueue()).open());
    addEventListener("beforeunload", (event) => {
      if (this.memory.records.length) event.preventDefault(); // these would be lost
    });
  }

  async #startSending() {
    const loaded = await import("../offline/sending.js").catch(() => null);
    if (!loaded) {
      setTimeout(() => this.#startSending(), LOAD_AGAIN_MS);
      return;
    }
    this.sending = new loaded.Sending({
      store: this.store, memory: this.memory, device: this.device,
      onAnswer: (record, result) => this.takeAnswer(record, result),
      onAside: () => this.say("attention", "Something could not be sent. Open the list of what is not sent."),
      onClock: (offsetMs) => (this.offset = offsetMs),
      onChange: () => this.state?.refresh(),
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
      changed: () => this.state?.refresh(),
      discarded: () => this.state?.refresh(),
    });
    return this.queue;
  }

  /** Load what the first scan can do without. */
  async #loadRest() {
    const [{ registerWorker }] = await Promise.all([
      import("../offline/register_worker.js"), this.#loadQueue(), import("../scan/doubts.js"),
    ]);
    await registerWorker({
      mayUpdate: async () => mayUpdate(await this.store.all().catch(() => [])),
      keep: ["/scan", "/counter"],
    });
  }
}

/** Return the scans of the tray that the page was delivered with. @param {HTMLElement} root @returns {TrayScan[]} */
function readScans(root) {
  const given = JSON.parse(root.querySelector("[data-scans]")?.textContent ?? "[]");
  return given.map((/** @type {any} */ scan) => ({ ...scan, at: Date.parse(scan.at), line_id: makeScanId() }));
}

const root = /** @type {HTMLElement | null} */ (document.querySelector("[data-counter-page]"));
if (root) new CounterPage(root).open();
