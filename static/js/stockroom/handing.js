// @ts-check
/** The hand-over itself: sent at once, all or nothing; without an answer, kept in the outbox as a fact. */
import { HANDOVER } from "../offline/outbox_batches.js";
import { readDue } from "../scan/due.js";
import { makeScanId } from "../shared/ids.js";
import { writeSentence } from "../shared/local_time.js";
import { readFindings } from "./judging.js";
import { buildHandover, openQuestions } from "./tray.js";

const PATIENCE_MS = 8000;
/** So long the server may take to say who a badge is, if nothing is known of a tray without it. */
const UNCLEAR_MS = 3000;
const LOOK_MS = 50;
/** Smaller differences come from the network's delay and are not corrected. */
const CLOCK_TOLERANCE_MS = 2000;

export class Handing {
  /** @param {import("./page.js").CounterPage} page */
  constructor(page) {
    this.page = page;
    this.isBusy = false;
  }

  /** Do what a command code of the desk card says. @param {string} code */
  obey(code) {
    const { page } = this;
    // At once: the number is for the very next scan.
    if (page.quantity.obey(code)) page.say("fine", `${page.quantity.next} of the stock that is scanned next.`);
    else this.#takeTurn(() => this.#do(code));
  }

  /** Check the tray out or in. */
  complete() {
    return this.#takeTurn(() => this.#hand());
  }

  /** Act once what was scanned before is in the tray. What is scanned meanwhile comes after it. @param {() => unknown} act */
  async #takeTurn(act) {
    const { page } = this;
    if (this.isBusy) return;
    this.isBusy = true;
    try {
      await page.capturer?.last;
      for (let waited = 0; this.#isUnclear() && waited < UNCLEAR_MS; waited += LOOK_MS) {
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
      await act();
    } finally {
      this.isBusy = false;
      page.takeWaiting();
    }
  }

  /** Return whether a scan that is not answered yet may be what the tray lacks. */
  #isUnclear() {
    const { page } = this;
    const tray = page.fold();
    const kind = tray.kind ? page.rules.kinds[tray.kind] : null;
    return (!kind || (kind.needs_person && !tray.person)) && page.scans.some((scan) => scan.is_open);
  }

  /** @param {string} code */
  async #do(code) {
    const { page } = this;
    const tray = page.fold();
    const ready = tray.lines.filter((line) => !line.why);
    const kind = page.rules.commands[code]?.kind;
    if (!(code in page.rules.commands)) page.say("refused", `The counter does not know the command ${code}.`);
    else if (code === "SCN-CLEAR") page.clear();
    else if (code === "SCN-NEXT") await (ready.length ? this.#hand() : page.clear());
    else if (kind) await (ready.length && kind === tray.kind ? this.#hand() : page.choose(kind));
    else if (code === "SCN-UNDO") this.#takeLastOff();
    else this.#markDamaged(this.#findLast(ready)?.scan, tray.kind);
  }

  /** Return the line that was scanned last: a second scan of stock is in a line that was there before. @param {import("./tray.js").Line[]} ready */
  #findLast(ready) {
    const last = this.page.scans.at(-1);
    return ready.find((line) => last && line.scans.includes(last)) ?? ready.at(-1);
  }

  #takeLastOff() {
    const last = this.page.scans.at(-1);
    const label = last?.of_kit && this.page.scans.find((scan) => scan.kit?.code === last.of_kit?.code);
    if (last) this.page.takeOff((label ?? last).scan_id);
    else this.page.say("refused", "The tray is empty.");
  }

  /** @param {import("./tray.js").TrayScan | undefined} scan @param {string | null} kind */
  #markDamaged(scan, kind) {
    if (!scan || kind !== "return") {
      this.page.say("refused", "Damaged is for a thing that comes back. Scan it first.");
      return;
    }
    scan.damaged = true;
    this.page.show();
    this.page.say("damaged", `${scan.thing?.tag ?? scan.stock?.name ?? scan.code} comes back damaged.`);
  }

  /** @param {number} at by this device's clock */
  #time(at) {
    const offset = this.page.offset ?? 0;
    return new Date(at + (Math.abs(offset) > CLOCK_TOLERANCE_MS ? offset : 0)).toISOString();
  }

  async #hand() {
    const { page } = this;
    const tray = page.fold();
    const kind = tray.kind ? page.rules.kinds[tray.kind] : null;
    if (!kind || !tray.lines.some((line) => !line.why)) return page.say("refused", "Nothing here can change hands. Scan a thing.");
    if (kind.needs_person && !tray.person) return page.say("refused", "Scan the person's badge first.");
    const asking = tray.lines.find((line) => !line.why && openQuestions(line.scan).length);
    if (asking) return page.say("refused", openQuestions(asking.scan).map((one) => one.message).join(" "));
    const said = page.trayView.read();
    const due = readDue(said.due.value, said.due.validity?.badInput);
    const lines = tray.lines.filter((line) => !line.why);
    const agreed = kind.needs_person ? page.termsView.read() : { terms: [], byLink: false };
    const trouble = said.trouble || (kind.needs_person ? due.trouble || page.termsView.findTrouble(lines, said.signature) : "");
    if (trouble) return page.say("refused", trouble);
    const body = buildHandover(tray, kind, {
      handoverId: page.handoverId, at: Date.now(), dueAt: due.at, device: page.device, mode: "strict",
      signature: said.signature, signedBy: said.signedBy, kits: page.kitCodes(), ...agreed, time: (at) => this.#time(at),
    });
    page.trayView.button.disabled = true;
    await this.#send(body, tray, kind);
  }

  /** @param {Record<string, any>} body @param {import("./tray.js").Folded} tray @param {import("./tray.js").Kind} kind */
  async #send(body, tray, kind) {
    const { page } = this;
    const answer = await post(body, page.user.id);
    if (answer?.status === 201 || answer?.status === 200) {
      const photos = tray.lines.filter((line) => !line.why && line.scan.thing && line.scan.damaged && line.scan.photo).map((line) => line.scan);
      page.clear();
      this.#sayDone(answer.body, kind);
      page.personCard.forget();
      await this.#keepPhotos(photos);
    } else if (answer?.body?.code === "handover_refused") this.#refuse(answer.body, tray);
    else if (answer && answer.status < 500 && answer.status !== 429) {
      page.say("refused", Object.values(answer.body?.errors ?? {}).flat().join(" ") || answer.body?.detail || `The server answered ${answer.status}.`);
      page.show();
    } else await this.#keepAsFact(body, tray, kind);
  }

  /** @param {any} handover @param {import("./tray.js").Kind} kind */
  #sayDone(handover, kind) {
    const count = handover.lines.length;
    const to = kind.needs_person ? ` to ${handover.person?.name}` : "";
    const link = document.createElement("a");
    link.href = `/h/${encodeURIComponent(handover.number)}`;
    link.textContent = handover.number;
    link.className = "scan-choice";
    const undo = document.createElement("button");
    undo.type = "button";
    undo.textContent = "Undo";
    undo.className = "scan-choice";
    undo.addEventListener("click", () => this.#undo(handover));
    const row = document.createElement("p");
    row.className = "row scan-choice";
    row.append(link, undo);
    const verb = kind.needs_person ? "checked out" : "checked in";
    const message = `${count} ${count === 1 ? "thing is" : "things are"} ${verb}${to}.`;
    this.page.view.tell(/** @type {any} */ ({
      scanId: handover.handover_id, code: "", answer: "fine", message, asset: null, at: Date.now(), kept: "server", placeName: null, choices: [row],
    }));
    this.page.feedback.play("fine");
  }

  /** @param {any} handover */
  async #undo(handover) {
    const answer = await send(`/api/v1/handovers/${handover.handover_id}/void`, null, this.page.user.id);
    if (answer?.status !== 200) return this.page.say("refused", answer?.body?.detail ?? "The server did not answer. Try again.");
    const kept = answer.body.lines.filter((/** @type {any} */ line) => !line.is_voided);
    const words = kept.map((/** @type {any} */ line) => line.message).join(" ");
    this.page.personCard.forget();
    this.page.say(kept.length ? "refused" : "undone", words || `${handover.number} is undone.`);
    return undefined;
  }

  /** The rest keeps its scans and gets a new id: what is signed has changed. @param {any} problem @param {import("./tray.js").Folded} tray */
  #refuse(problem, tray) {
    const sent = tray.lines.filter((line) => !line.why);
    for (const { index, result, findings } of problem.lines) {
      const { scan } = sent[index];
      scan.findings = readFindings(findings);
      if (!result) continue; // the rules of lending ask: its scan was not recorded
      scan.why = writeSentence(result.message);
      scan.line_id = makeScanId();
    }
    this.page.handoverId = makeScanId();
    this.page.say("refused", `Nothing changed hands. ${problem.lines.map((/** @type {any} */ line) => writeSentence(line.message)).join(" ")}`);
    this.page.show();
  }

  /** The people leave with the things: the hand-over waits in the outbox. @param {Record<string, any>} body @param {import("./tray.js").Folded} tray @param {import("./tray.js").Kind} kind */
  async #keepAsFact(body, tray, kind) {
    const { page } = this;
    const count = body.scans.length;
    const to = kind.needs_person ? ` to ${tray.person?.name}` : "";
    const code = `${kind.label} ${count}${to}`;
    const record = /** @type {any} */ ({
      scan_id: body.handover_id, code, intent: HANDOVER, captured_at: Date.now(), offset_ms: page.offset, source: "typed",
      prev: null, location: null, place_n: 0, custodian: null, person_n: 0, voids: null, audit: null,
      user_id: page.user.id, user_name: page.user.name, device: page.device, ctx: page.station.ctx, n: page.station.next(),
      state: "waiting", reason: null, failures: 0, payload: { ...body, mode: "fact" }, local: null,
    });
    const kept = await page.store.add(record).then(() => "phone", () => page.memory.add(record).then(() => "memory"));
    page.clear();
    page.view.tell(/** @type {any} */ ({
      scanId: body.handover_id, code, answer: kept === "phone" ? "saved" : "not_stored",
      message: `${code}: kept on this device, and sent when there is a network. What the server refuses then waits for a person.`,
      asset: null, at: Date.now(), kept, placeName: null,
    }));
    page.feedback.play(kept === "phone" ? "saved" : "not_stored");
    page.sending?.want(/** @type {any} */ (kept));
  }

  /** Take the answer to a hand-over that waited. @param {any} record @param {any} handover */
  takeAnswer(record, handover) {
    const contested = handover.lines.filter((/** @type {any} */ line) => line.outcome !== "applied").length;
    const words = contested ? ` ${contested} of its lines need${contested === 1 ? "s" : ""} a person.` : "";
    this.page.personCard.forget();
    this.page.say(contested ? "attention" : "fine", `${record.code} is recorded as ${handover.number}.${words}`);
  }

  /** @param {import("./tray.js").TrayScan[]} scans */
  async #keepPhotos(scans) {
    for (const scan of scans) {
      const form = new FormData();
      form.append("file", /** @type {File} */ (scan.photo));
      const tag = encodeURIComponent(String(scan.thing?.tag));
      const answer = await fetch(`/api/v1/assets/${tag}/attachments/${makeScanId()}?kind=picture`, {
        method: "PUT", body: form, credentials: "same-origin",
      }).catch(() => null);
      if (!answer?.ok) this.page.say("refused", `The photo of ${scan.thing?.tag} was not kept. Add it on the asset's page.`);
    }
  }
}

/** @param {Record<string, any>} body @param {number | null} userId */
function post(body, userId) {
  return send("/api/v1/handovers", body, userId);
}

/** @param {string} path @param {Record<string, any> | null} body @param {number | null} userId @returns {Promise<{status: number, body: any} | null>} null: no answer of this service */
async function send(path, body, userId) {
  try {
    const answer = await fetch(path, {
      method: "POST", credentials: "same-origin", redirect: "error", cache: "no-store",
      headers: { "Content-Type": "application/json", ...(userId ? { "X-Expected-User": String(userId) } : {}) },
      body: body ? JSON.stringify(body) : undefined, signal: AbortSignal.timeout?.(PATIENCE_MS),
    });
    const isJson = /^application\/(problem\+)?json/.test(answer.headers.get("Content-Type") ?? "");
    return isJson ? { status: answer.status, body: await answer.json() } : null;
  } catch {
    return null;
  }
}
