// @ts-check
/** Registers the service worker and updates it. A new version waits until nothing is unsent. */

const HOURLY_MS = 3_600_000;

/** @param {{mayUpdate: () => Promise<boolean>, keep: string[]}} options `keep`: pages to keep for offline use */
export async function registerWorker({ mayUpdate, keep }) {
  if (!("serviceWorker" in navigator)) return; // plain HTTP: the page works, but only with a network
  const options = /** @type {RegistrationOptions} */ ({ scope: "/", updateViaCache: "none" });
  let registration;
  try {
    // A module worker can send the queue in the background. Browsers without it get the plain one.
    registration = await navigator.serviceWorker.register("/sw.js", { ...options, type: "module" });
  } catch {
    try {
      registration = await navigator.serviceWorker.register("/sw-plain.js", options);
    } catch {
      return; // a certificate that is not trusted: see /install
    }
  }
  const known = registration;
  const settle = async () => {
    if (known.waiting && navigator.serviceWorker.controller && (await mayUpdate())) {
      known.waiting.postMessage({ kind: "take_over" });
    }
  };
  // An installed app does not check for updates by itself.
  const ask = () => known.update().then(settle, () => {});
  known.addEventListener("updatefound", () => {
    known.installing?.addEventListener("statechange", settle);
  });
  addEventListener("focus", ask);
  addEventListener("online", ask);
  setInterval(ask, HOURLY_MS);
  setInterval(settle, 15_000);
  await settle();
  const ready = await navigator.serviceWorker.ready;
  ready.active?.postMessage({ kind: "keep_pages", urls: keep });
}
