// @ts-check
/** The page without a network: how many scans wait, and which pages are on this phone. */
import { OutboxStore } from "../offline/outbox_store.js";

const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (document.querySelector(selector));

/** Say what waits for the network and what for a person; nothing if this phone's store cannot be read. */
async function countUnsent() {
  const records = await new OutboxStore().all().catch(() => null);
  if (records === null) return;
  const waiting = records.filter((record) => record.state === "waiting").length;
  const attention = records.length - waiting;
  const words = [];
  if (waiting) words.push(`${waiting === 1 ? "1 scan waits" : `${waiting} scans wait`} on this phone, and will be sent.`);
  if (attention) words.push(`${attention === 1 ? "1 scan needs" : `${attention} scans need`} attention: the scan page lists what to do.`);
  find("[data-offline-count]").textContent = words.join(" ") || "Everything is sent.";
}

/** @returns {Promise<[string, string][]>} address and title of each page that is kept, help last */
async function listKept() {
  /** @type {Map<string, string>} */
  const found = new Map();
  for (const name of (await caches.keys()).filter((one) => one.startsWith("scanner-pages-"))) {
    const kept = await caches.open(name);
    for (const request of await kept.keys()) {
      const { pathname } = new URL(request.url);
      if (!pathname.startsWith("/audits/") && pathname !== "/help") continue;
      const page = new DOMParser().parseFromString(await (await kept.match(request))?.text() ?? "", "text/html");
      found.set(pathname, page.title.split(" · ").slice(0, -1).join(", ") || pathname);
    }
  }
  return [...found].sort(([a], [b]) => Number(a === "/help") - Number(b === "/help") || a.localeCompare(b));
}

async function showKept() {
  const pages = await listKept().catch(() => []);
  const rows = pages.map(([path, title]) => {
    const row = document.createElement("li");
    const link = document.createElement("a");
    link.className = "fill";
    link.href = path;
    link.textContent = title;
    row.append(link);
    return row;
  });
  find("[data-offline-rows]").replaceChildren(...rows);
  find("[data-offline-kept]").hidden = rows.length === 0;
}

if (document.querySelector("[data-offline]")) {
  countUnsent();
  showKept();
  // Back in the network, the page that was asked for is what the person wants.
  addEventListener("online", () => location.pathname !== "/offline" && location.reload());
}
