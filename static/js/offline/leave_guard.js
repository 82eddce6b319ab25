// @ts-check
/** Asks before counting ends or somebody signs out while scans are unsent, and sends first. For every page. */
import { countOutbox } from "./outbox_batches.js";
import { OutboxStore } from "./outbox_store.js";

const GUARDED = 'form[action="/sign-out"], form[action$="/reconciliation"]';

document.addEventListener("submit", async (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (!form.matches(GUARDED) || form.dataset.asked === "yes") return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const submitter = /** @type {HTMLElement | null} */ (/** @type {SubmitEvent} */ (event).submitter);
  const store = new OutboxStore();
  const count = () => store.all().then((records) => {
    const { waiting, attention, held } = countOutbox(records, null);
    return waiting + attention + held;
  }).catch(() => 0);
  let unsent = await count();
  if (unsent) {
    // Loaded when it is needed: it is on every page. Without a network nothing could be sent anyway.
    await import("./outbox_sender.js").then(({ OutboxSender }) => new OutboxSender(store).send()).catch(() => {});
    unsent = await count();
  }
  const words = `${unsent} scan${unsent === 1 ? " is" : "s are"} on this phone and not sent.`;
  const consequence = form.action.endsWith("/sign-out")
    ? "They stay here until you sign in again. Sign out anyway?"
    : "What was made before the end still counts if it arrives before the audit is closed. Finish counting anyway?";
  if (unsent && !confirm(`${words} ${consequence}`)) return;
  if (form.action.endsWith("/sign-out")) await store.forgetPerson().catch(() => {});
  form.dataset.asked = "yes";
  form.requestSubmit(submitter);
}, { capture: true });
