// @ts-check
/** Sends the outbox whenever it can: on a scan, on a timer, when the network or the page comes back. */
import { waitAfter } from "../shared/backoff.js";

const CHANNEL = "scanner-outbox";
const SYNC_TAG = "scanner-outbox";
/** Even without a failure the outbox is checked this often, as a last resort. */
const REGULARLY_MS = 30_000;

export class OutboxSchedule {
  /**
   * @param {import("./outbox_sender.js").OutboxSender} sender
   * @param {{onRound?: (round: import("./outbox_sender.js").Round) => void, onNews?: (news: any) => void}} [options]
   */
  constructor(sender, { onRound = () => {}, onNews = () => {} } = {}) {
    this.sender = sender;
    this.onRound = onRound;
    this.failures = 0;
    this.isSending = false;
    this.isWanted = false;
    this.timer = 0;
    this.channel = "BroadcastChannel" in globalThis ? new BroadcastChannel(CHANNEL) : null;
    if (this.channel) this.channel.onmessage = (event) => onNews(event.data);
  }

  /** Announce news to the other tabs. @param {any} news */
  announce(news) {
    this.channel?.postMessage(news);
  }

  start() {
    const now = () => this.kick();
    globalThis.addEventListener("online", now);
    globalThis.addEventListener("focus", now);
    globalThis.addEventListener("pageshow", now);
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.kick();
      else this.#leave();
    });
    setInterval(now, REGULARLY_MS);
    this.kick();
  }

  /** Send now, even where a back-off is waiting. */
  kick() {
    this.failures = 0;
    this.want();
  }

  /** Send soon. Scans that arrive meanwhile go with the next round. */
  want() {
    this.isWanted = true;
    if (this.isSending) return;
    clearTimeout(this.timer);
    this.#send();
  }

  async #send() {
    this.isSending = true;
    this.isWanted = false;
    /** @type {import("./outbox_sender.js").Round} */
    let round;
    try {
      round = await this.sender.send();
    } catch (error) {
      round = { state: "failed", retryAfterMs: 0, detail: String(error) };
    }
    this.isSending = false;
    const mayRetry = round.state === "offline" || round.state === "failed" || round.state === "busy";
    this.failures = mayRetry ? this.failures + 1 : 0;
    this.onRound(round);
    if (this.isWanted && !mayRetry) this.want();
    else if (mayRetry) {
      this.timer = window.setTimeout(() => this.want(), waitAfter(this.failures, round.retryAfterMs));
      this.#askForSync();
    }
  }

  /** The page may be closed in a moment: the service worker sends the rest. */
  async #leave() {
    const records = await this.sender.store.all().catch(() => []);
    if (records.some((record) => record.state === "waiting")) this.#askForSync();
  }

  /** With Background Sync the browser goes on sending after the page is closed. iOS does not have it. */
  #askForSync() {
    navigator.serviceWorker?.ready
      // @ts-ignore - Background Sync is not in TypeScript's library
      .then((registration) => registration.sync?.register(SYNC_TAG))
      .catch(() => {});
  }
}
