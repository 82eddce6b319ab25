// The service worker: keeps the scan page usable without a network, and sends the queue in the
// background where the browser can. The server puts `SHELL` and `makeSender` in front of this text.
/* global SHELL, makeSender */

const PREFIX = "scanner-shell-";
const CACHE = PREFIX + SHELL.version;
const PAGES = "scanner-pages-" + SHELL.version;
const PATIENCE_MS = 3000;
const OFFLINE_PAGE = "/scan";
/** Pages that work without a network: the scan page, the counter, an audit and its rooms, help. */
const KEPT_PAGE = /^\/(scan|counter|audits\/\d+(\/rooms\/\d+)?|help(\/[a-z-]+)?)$/;
const LOGIN = /^\/(sign-in|sign-out|links\/)/;

self.addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(CACHE);
      await cache.addAll(SHELL.shell.map((url) => new Request(url, { cache: "reload" })));
      const pages = await caches.open(PAGES);
      for (const url of SHELL.pages) await keepPage(pages, url).catch(() => {});
    })(),
  );
});

/** Keep a page only if it is complete, not redirected, and of this very version. */
async function keepPage(pages, url) {
  const answer = await fetch(url, { credentials: "same-origin", redirect: "manual", cache: "no-store" });
  if (isKeepable(answer)) await pages.put(keyOf(url), answer);
}

function isKeepable(answer) {
  return (
    answer.ok && !answer.redirected && answer.type === "basic" &&
    (answer.headers.get("Content-Type") ?? "").startsWith("text/html") &&
    (answer.headers.get("X-App-Version") ?? SHELL.version) === SHELL.version
  );
}

/** The mode is set by the script; only an audit, and a delivery that is received, make another page. */
function keyOf(url) {
  const parsed = new URL(url, self.location.origin);
  const named = ["audit", "task"].find((name) => parsed.searchParams.get(name));
  return parsed.pathname + (named ? `?${named}=${parsed.searchParams.get(named)}` : "");
}

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      const names = (await caches.keys()).filter((name) => name.startsWith(PREFIX));
      // The previous version stays, since a page that is still open may load its camera from it.
      const old = names.filter((name) => name !== CACHE).slice(0, -1);
      const gone = [...old, ...old.map((name) => name.replace(PREFIX, "scanner-pages-"))];
      await Promise.all(gone.map((name) => caches.delete(name)));
      await self.clients.claim();
      const pages = await caches.open(PAGES);
      if (!(await pages.match("/scan"))) await keepPage(pages, "/scan").catch(() => {});
    })(),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (LOGIN.test(url.pathname) && (request.method === "POST" || request.mode === "navigate")) {
    announceSessionChange();
    if (request.method === "POST") event.respondWith(changeSession(event, request));
    return;
  }
  if (request.method !== "GET") return;
  if (request.mode === "navigate") {
    if (request.headers.get("HX-Request")) return;
    event.respondWith(KEPT_PAGE.test(url.pathname) ? showKeptPage(request) : showPage(request));
    return;
  }
  if (url.pathname.startsWith("/js/") || (url.pathname.startsWith("/static/") && url.searchParams.has("v"))) {
    event.respondWith(showFile(request));
  }
});

/** Files are named by their content, so a kept file is never out of date. */
async function showFile(request) {
  return (await caches.match(request)) ?? fetch(request);
}

/** Ask the network first, but not for ever: some networks take everything and answer nothing. */
async function showKeptPage(request) {
  const pages = await caches.open(PAGES);
  const key = keyOf(request.url);
  const isScan = key.startsWith(OFFLINE_PAGE);
  const kept = async () => (await caches.match(key)) ?? (isScan ? caches.match(OFFLINE_PAGE) : undefined);
  const network = fetch(request).then(async (answer) => {
    // The answer to one scan must not be shown again as the page.
    const isAnswer = new URL(request.url).searchParams.has("said");
    if (isKeepable(answer) && !isAnswer) await pages.put(key, answer.clone());
    return answer;
  });
  const patience = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
  try {
    const first = await Promise.race([network, patience]);
    if (first && first.status < 500) return first;
    return (await kept()) ?? (await network);
  } catch {
    return (await kept()) ?? offlinePage();
  }
}

async function showPage(request) {
  try {
    return await fetch(request);
  } catch {
    return offlinePage();
  }
}

/** The page that says what works: it is part of the shell, and names nobody. */
async function offlinePage() {
  const kept = await caches.match("/offline");
  if (kept) return new Response(kept.body, { status: 503, headers: kept.headers });
  const body =
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">' +
    "<title>Offline</title><main><h1>No network</h1><p>This page isn't available offline. " +
    'Scanning works without a network: <a href="/scan">go to the scan page</a>.</p></main></html>';
  return new Response(body, {
    status: 503,
    headers: { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": "default-src 'none'" },
  });
}

/**
 * Forget the kept pages when somebody signs in or out: no page with a name on it stays behind, and nobody
 * scans on the page of the person who had the phone before. Unsent scans stay in the outbox.
 */
async function changeSession(event, request) {
  const answer = await fetch(request);
  await forgetPages();
  announceSessionChange();
  event.waitUntil(caches.open(PAGES).then((pages) => keepPage(pages, OFFLINE_PAGE).catch(() => {})));
  return answer;
}

async function forgetPages() {
  const names = (await caches.keys()).filter((name) => name.startsWith("scanner-pages-"));
  await Promise.all(names.map((name) => caches.delete(name)));
}

function announceSessionChange() {
  const channel = new BroadcastChannel("scanner-outbox");
  channel.postMessage({ kind: "session_changed" });
  channel.close();
}

self.addEventListener("message", (event) => {
  const { kind } = event.data ?? {};
  if (kind === "take_over") self.skipWaiting();
  if (kind === "keep_pages") {
    const urls = event.data.urls.filter((url) => KEPT_PAGE.test(new URL(url, self.location.origin).pathname));
    event.waitUntil(
      caches.open(PAGES).then((pages) => Promise.all(urls.map((url) => keepPage(pages, url).catch(() => {})))),
    );
  }
  if (kind === "forget_pages") event.waitUntil(forgetPages());
});

self.addEventListener("sync", (event) => {
  if (event.tag !== "scanner-outbox" || !makeSender) return;
  event.waitUntil(
    (async () => {
      const channel = new BroadcastChannel("scanner-outbox");
      const sender = makeSender((change) => channel.postMessage(change));
      const round = await sender.send();
      channel.close();
      // When this throws, the browser tries again later by itself.
      if (round.state === "offline" || round.state === "failed") throw new Error(round.state);
    })(),
  );
});
