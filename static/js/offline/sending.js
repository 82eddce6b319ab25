// @ts-check
/** The page's two queues, the one on the disk and the one in memory, each with its sender and its schedule. */
import { OutboxSchedule } from "./outbox_schedule.js";
import { OutboxSender } from "./outbox_sender.js";

export class Sending {
  /**
   * @param {object} parts
   * @param {import("./outbox_store.js").OutboxStore} parts.store
   * @param {import("./memory_store.js").MemoryStore} parts.memory
   * @param {string} parts.device
   * @param {(record: any, result: any) => void} parts.onAnswer the server answered a scan, here or in another tab
   * @param {(seqs: number[]) => void} parts.onAside scans were set aside for a person
   * @param {(offsetMs: number) => void} parts.onClock the server's clock minus this one's
   * @param {() => void} parts.onChange anything changed that the page shows of the queue
   */
  constructor({ store, memory, device, onAnswer, onAside, onClock, onChange }) {
    /** @type {import("./outbox_sender.js").Round | null} what became of the last round */
    this.lastRound = null;
    const takeChange = (/** @type {any} */ change) => {
      if (change.kind === "settled") {
        onAnswer(change.record, change.result);
        this.schedule.announce(change);
      }
      if (change.kind === "session") onClock(change.offsetMs);
      if (change.kind === "aside") onAside(change.seqs);
      onChange();
    };
    this.sender = new OutboxSender(store, { device, onChange: takeChange });
    this.schedule = new OutboxSchedule(this.sender, {
      onRound: (round) => {
        this.lastRound = round;
        onChange();
      },
      onNews: (news) => {
        if (news?.kind === "settled") onAnswer(news.record, news.result);
        if (news?.kind === "session_changed") this.sender.distrust();
        onChange();
      },
    });
    const memorySender = new OutboxSender(/** @type {any} */ (memory), { device, onChange: takeChange });
    this.memorySchedule = new OutboxSchedule(memorySender, { onRound: onChange });
  }

  /** Send soon what was just kept. @param {"phone" | "memory"} kept */
  want(kept) {
    if (kept === "phone") {
      this.schedule.announce({ kind: "kept" });
      this.schedule.want();
    } else this.memorySchedule.want();
  }
}
