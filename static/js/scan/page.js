// @ts-check
/** The scan page: reads come in by event, each is captured, kept, told and sent. Wires the parts. */
import { Capturer, describeTrouble } from "./capturer.js";
import { Feedback } from "./feedback.js";
import { deviceName } from "../shared/ids.js";
import { Lists } from "../offline/lists.js";
import { MemoryStore } from "../offline/memory_store.js";
import { mayUpdate } from "../offline/outbox_batches.js";
import { OutboxSchedule } from "../offline/outbox_schedule.js";
import { OutboxSender } from "../offline/outbox_sender.js";
import { OutboxStore } from "../offline/outbox_store.js";
import { QueueState } from "../offline/queue_state.js";
import { bindScanField, holdEarly } from "./field.js";
import { ScanView } from "./view.js";
import { StandingView } from "./standing.js";
import { Station } from "./station.js";
import { listenToWedge } from "../capture/wedge.js";

/** An answer that comes later than this is shown, but not sounded: nobody knows any more for what. */
const SOUND_WITHIN_MS = 8000;
/** After this long the phone says by sound that a scan waits for the network. */
const PATIENCE_MS = 2500;

/** A database that never opens must not keep the page from scanning. @param {number} ms @returns {Promise<any[]>} */
const pause = (ms) => new Promise((resolve) => setTimeout(() => resolve([]), ms));

const root = /** @type {HTMLElement} */ (document.querySelector("[data-scan-page]"));
if (root) start(root);

/** @param {HTMLElement} page */
async function start(page) {
  const find = (/** @type {string} */ selector) => /** @type {any} */ (page.querySelector(selector));
  const form = /** @type {HTMLFormElement} */ (find("[data-scan-form]"));
  const handOnEarly = holdEarly(form);
  const audit = page.dataset.audit ? Number(page.dataset.audit) : null;
  const user = { id: Number(page.dataset.userId) || null, name: page.dataset.userName ?? "" };
  const store = new OutboxStore();
  const memory = new MemoryStore();
  const view = new ScanView(page);
  const feedback = new Feedback();
  const lists = new Lists(store);
  const device = deviceName();
  /** @type {number | null} */
  let offset = null;
  /** @type {{scanId: string, code: string, name: string, before?: {place: any, person: any}}[]} */
  const undoable = [];

  const [waiting, panel] = await Promise.all([
    Promise.race([store.all().catch(() => []), pause(1500)]),
    audit === null ? null : import("../audits/room_panel.js").catch(() => null),
  ]);
  const station = new Station(waiting.filter((record) => record.unresolved));
  if (!station.place && find("[data-place]").dataset.code) {
    const chip = find("[data-place]");
    station.setPlace({ code: chip.dataset.code, name: chip.querySelector("[data-text]").textContent, path: "" }, 0);
  }

  const context = () => {
    const value = (/** @type {string} */ name) => {
      const control = /** @type {any} */ (form.elements.namedItem(name));
      return control?.value ? String(control.value) : null;
    };
    const due = value("due_at");
    const given = {
      audit, mode: page.dataset.mode ?? "lookup", user,
      due_at: due ? new Date(`${due}T23:59:59`).toISOString() : null,
      condition: value("condition"), note: value("note"), device,
    };
    // These speak of one thing and would lie about the next; the day it is due back stays.
    for (const name of ["condition", "note"]) {
      const control = /** @type {any} */ (form.elements.namedItem(name));
      if (control) control.value = "";
    }
    return given;
  };

  const capturer = new Capturer({
    store, memory, lists, station, context,
    offset: () => offset,
    onKept: (record, kept, trouble) => {
      const local = /** @type {any} */ (record.local);
      const isKept = kept === "phone";
      view.showNew({
        scanId: record.scan_id, code: record.code, at: record.captured_at, kept, asset: local.asset,
        placeName: station.place?.name ?? null,
        answer: isKept ? local.answer : "not_stored",
        message: isKept ? local.message : `${describeTrouble(trouble)} The server is asked directly; keep this page open.`,
      });
      if (!isKept) feedback.tell("not_stored");
      else if (local.answer !== "saved") feedback.tell(local.answer);
      else setTimeout(() => tellWaiting(record.scan_id), PATIENCE_MS);
      if (isKept) askToPersist();
      if (isKept) schedule.announce({ kind: "kept" });
      showStation();
      here?.tell();
      refreshState();
      (isKept ? schedule : memorySchedule).want();
    },
    onRefused: (message, code) => {
      view.showNew({
        scanId: "", code, at: Date.now(), kept: "nowhere", asset: null, placeName: null, answer: "not_stored", message,
      });
      feedback.tell("refused");
    },
  });

  /** @type {Set<string>} scans that the server has answered */
  const answered = new Set();
  /** @param {string} scanId */
  function tellWaiting(scanId) {
    if (!answered.has(scanId) && view.told === scanId) feedback.tell("saved");
  }

  /** @param {import("../offline/outbox_store.js").OutboxRecord} record @param {any} result */
  function takeAnswer(record, result) {
    if (answered.has(record.scan_id)) return;
    answered.add(record.scan_id);
    const local = /** @type {any} */ (record.local) ?? {};
    const isUndo = record.intent === "void" && result.outcome !== "refused";
    if (isUndo && record.voids) view.markUndone(record.voids);
    if (record.ctx === station.ctx) {
      if (result.kind === "location" && result.place) {
        const known = lists.placeOf(result.place.code);
        station.setPlace({ path: "", ...known, ...result.place }, record.n);
      }
      if (result.kind === "person" && result.person) station.setPerson({ ...result.person, code: record.code }, record.n);
      showStation();
    }
    const answer = isUndo ? "undone" : result.answer;
    view.update({
      scanId: record.scan_id, code: record.code, at: record.captured_at, kept: "server", answer,
      message: result.message, asset: result.asset, placeName: result.place?.name ?? null,
    });
    const isFresh = Date.now() - record.captured_at < SOUND_WITHIN_MS;
    if (isFresh && answer !== local.answer) feedback.tell(answer);
  }

  /** @param {any} change */
  function onChange(change) {
    if (change.kind === "settled") {
      takeAnswer(change.record, change.result);
      schedule.announce(change);
      here?.ask();
    }
    if (change.kind === "session") offset = change.offsetMs;
    if (change.kind === "aside") showAside(change.seqs);
    refreshState();
  }

  /** @param {number[]} seqs */
  async function showAside(seqs) {
    for (const record of await store.all()) {
      if (!seqs.includes(Number(record.seq))) continue;
      view.update({
        scanId: record.scan_id, code: record.code, at: record.captured_at, kept: "phone", answer: "attention",
        message: record.reason ?? "", asset: null, placeName: null,
      });
      feedback.tell("refused");
    }
  }

  const sender = new OutboxSender(store, { device, onChange });
  const schedule = new OutboxSchedule(sender, {
    onRound: (round) => {
      state.lastRound = round;
      refreshState();
    },
    onNews: (news) => {
      if (news?.kind === "settled") {
        takeAnswer(news.record, news.result);
        here?.ask();
      }
      if (news?.kind === "session_changed") sender.distrust();
      refreshState();
    },
  });
  const memorySender = new OutboxSender(/** @type {any} */ (memory), { device, onChange });
  const memorySchedule = new OutboxSchedule(memorySender, { onRound: refreshState });

  /** @type {import("../offline/queue_dialog.js").QueueDialog | null} */
  let queue = null;
  /** @type {boolean | null} what the browser said to `storage.persist()` */
  let isPromised = null;
  const loadQueue = () => import("../offline/queue_dialog.js").then(({ QueueDialog }) => {
    queue ??= new QueueDialog(page, {
      store, memory,
      userId: () => sender.user?.id ?? user.id,
      icon: (name) => view.icon(name),
      send: () => schedule.kick(),
      changed: refreshState,
    });
    return queue;
  });
  find("[data-unsent]").addEventListener("click", async () => {
    const dialog = await loadQueue();
    dialog.isPromised = isPromised;
    await dialog.open();
  });

  const state = new QueueState(page, { store, memory, user, signedIn: () => sender.user });
  async function refreshState() {
    await state.refresh();
    find("[data-undo]").disabled = undoTarget() === null;
    if (queue?.dialog.open) queue.refresh();
  }

  addEventListener("beforeunload", (event) => {
    if (memory.records.length) event.preventDefault(); // these would be lost
  });

  // -- what stands ---------------------------------------------------------------------------

  const here = panel && new panel.HerePanel(page, { audit, lists });
  const standing = new StandingView(page, station, () => {
    showStation();
    field.focus();
  });
  function showStation() {
    standing.show();
    here?.setPlace(station.place);
  }

  // -- undo ----------------------------------------------------------------------------------

  const undoForm = /** @type {HTMLFormElement} */ (find("[data-undo-form]"));
  function undoTarget() {
    if (undoable.length) return undoable[undoable.length - 1];
    const [scanId, code] = ["voids", "code"].map((name) => /** @type {any} */ (undoForm.elements.namedItem(name)).value);
    return scanId ? { scanId, code, name: lists.nameOf(code) } : null;
  }
  undoForm.addEventListener("submit", (event) => {
    event.preventDefault();
    const target = undoTarget();
    if (!target) return;
    if (undoable.length) undoable.pop();
    else /** @type {any} */ (undoForm.elements.namedItem("voids")).value = "";
    if (target.before) {
      const n = station.next();
      station.setPlace(target.before.place, n);
      station.setPerson(target.before.person, n);
    }
    lists.noteUndone(target.name);
    capturer.take({ text: target.code, source: "typed", intent: "void", voids: target.scanId }).then(() => {
      view.markUndone(target.scanId);
    });
    showStation();
    field.focus();
  });

  // -- reads ---------------------------------------------------------------------------------

  document.addEventListener("scan:read", (event) => {
    const { text, source, symbology } = /** @type {CustomEvent} */ (event).detail;
    const before = { place: station.place, person: station.person };
    capturer.take({ text, source, symbology }).then((record) => {
      if (!record) return;
      const setsStanding = station.placeN === record.n || station.personN === record.n;
      undoable.push({
        scanId: record.scan_id, code: record.code, name: lists.nameOf(record.code),
        before: setsStanding ? before : undefined,
      });
      refreshState();
    });
  });
  const field = bindScanField(page, form);
  listenToWedge({ isKnown: (code) => lists.find(code) !== null });
  handOnEarly();

  // -- the rest ------------------------------------------------------------------------------

  const muteButton = find("[data-mute]");
  const showMute = () => {
    muteButton.setAttribute("aria-pressed", String(feedback.isMuted));
    muteButton.setAttribute("aria-label", feedback.isMuted ? "Sound is off" : "Sound is on");
    muteButton.replaceChildren(view.icon(feedback.isMuted ? "mute" : "sound"));
  };
  muteButton.addEventListener("click", () => {
    feedback.mute(!feedback.isMuted);
    if (!feedback.isMuted) {
      feedback.unlock();
      setTimeout(() => feedback.tell("fine"), 60); // so that the volume can be set
    }
    showMute();
    field.focus();
  });
  showMute();

  let hasAsked = false;
  function askToPersist() {
    if (hasAsked) return;
    hasAsked = true;
    // Refused by a private window, and where a browser does not know the site well: said in the queue.
    navigator.storage?.persist?.().then((isKept) => (isPromised = isKept), () => {});
  }

  page.dataset.scripted = "";
  bindLater(page);
  await showKept();
  await lists.load(audit);
  if (audit !== null) lists.countUnsent(await store.all().catch(() => []), audit);
  takeGivenPlace();
  standing.setMode(page.dataset.mode ?? "lookup");
  const clock = await store.get("meta", "clock").catch(() => undefined);
  offset ??= clock?.offset_ms ?? null;
  refreshState();
  schedule.start();
  lists.refresh(audit).then(() => here?.tell());
  page.dataset.ready = "";
  performance.mark("scan-ready");
  loadRest().catch(() => {}); // the network is gone: the next opening has it

  /** What the first scan can do without comes after the page is ready for it. */
  async function loadRest() {
    const [{ registerWorker }, { bindReaders }] = await Promise.all([
      import("../offline/register_worker.js"), import("../capture/desk_readers.js"), loadQueue(),
    ]);
    bindReaders(page);
    await registerWorker({
      mayUpdate: async () => mayUpdate(await store.all().catch(() => [])),
      keep: audit === null ? ["/scan"] : ["/scan", `/scan?audit=${audit}`, `/audits/${audit}`],
    });
  }

  /** "Count here" on a room's page names the place; without a network the phone's own list knows it. */
  function takeGivenPlace() {
    const code = new URLSearchParams(location.search).get("location");
    const chip = find("[data-place]").dataset;
    if (!code || station.place?.code === code) return;
    const known = lists.placeOf(code) ?? (chip.given ? { code: chip.code, name: chip.given, path: "" } : null);
    if (known) station.setPlace(known, station.next());
  }

  /** Show what is kept on this phone and is not in the page as it was loaded. */
  async function showKept() {
    const unsent = await store.all().catch(() => []);
    const past = await store.answers(12).catch(() => []);
    const records = [...past, ...unsent].sort((a, b) => a.seq - b.seq);
    for (const record of records) {
      const result = record.result;
      const shown = {
        scanId: record.scan_id, code: record.code, at: record.captured_at, asset: result?.asset ?? record.local?.asset,
        kept: /** @type {"server" | "phone"} */ (result ? "server" : "phone"),
        answer: result ? result.answer : record.state === "attention" ? "attention" : record.local?.answer ?? "saved",
        message: result?.message ?? record.reason ?? record.local?.message ?? record.code,
        placeName: null,
      };
      if (result) answered.add(record.scan_id);
      const isThere = page.querySelector(`[data-rows] [data-scan-id="${record.scan_id}"]`);
      if (isThere || (result && record.intent === "void")) continue;
      view.showNew(shown);
    }
    if (records.length) view.forgetTold();
  }

  /** @param {HTMLElement} element camera and photo are loaded when they are asked for */
  function bindLater(element) {
    const button = element.querySelector("[data-camera-button]");
    const photo = element.querySelector("[data-photo-form] input[type=file]");
    if (button instanceof HTMLElement) {
      button.addEventListener("click", async () => {
        const { toggleCamera } = await import("../capture/camera_view.js");
        await toggleCamera(element);
        field.focus();
      });
    }
    photo?.addEventListener("change", async () => {
      const { readPhoto } = await import("../capture/photo.js");
      await readPhoto(element, /** @type {HTMLInputElement} */ (photo));
      field.focus();
    });
  }
}
