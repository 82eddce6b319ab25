// @ts-check
/** Turns green when this phone trusts the server. A service worker registers over trusted TLS only, so it is the test. */

const page = /** @type {HTMLElement | null} */ (document.querySelector("[data-install]"));
const EVERY_MS = 4000;

/** @returns {Promise<"trusted" | "untrusted" | "plain" | "ready">} */
async function probe() {
  const origin = page?.dataset.secureOrigin;
  if (origin) {
    // From the plain page: the HTTPS server answers only to a phone that trusts it.
    const asks = { mode: /** @type {const} */ ("no-cors"), cache: /** @type {const} */ ("no-store") };
    return fetch(`${origin}/install/ca.crt`, asks).then(() => /** @type {const} */ ("ready"), () => "untrusted");
  }
  if (!isSecureContext) return "plain";
  if (!("serviceWorker" in navigator)) return "untrusted";
  try {
    await navigator.serviceWorker.register("/sw-plain.js", { scope: "/install/probe" });
    const probing = await navigator.serviceWorker.getRegistration("/install/probe");
    await probing?.unregister();
    return "trusted";
  } catch {
    return "untrusted";
  }
}

const WORDS = {
  trusted: "This phone is ready: camera and offline scanning work.",
  ready: "This phone trusts the server now. Go on, and add the scan page to the home screen.",
  untrusted: "This phone does not trust the server yet. Follow the steps below. This turns green when they are done.",
  plain: "This page came over plain HTTP. Photo, typing and wedge scanners work. The live camera and offline scanning need HTTPS.",
};

async function show() {
  const state = await probe();
  const box = /** @type {HTMLElement} */ (page?.querySelector("[data-trust]"));
  box.dataset.tone = { trusted: "good", ready: "good", untrusted: "warn", plain: "warn" }[state];
  box.dataset.state = state;
  const text = box.querySelector("[data-text]");
  if (text && text.textContent !== WORDS[state]) text.textContent = WORDS[state];
  const go = /** @type {HTMLAnchorElement | null} */ (page?.querySelector("[data-go]"));
  if (go && page?.dataset.secureOrigin) go.hidden = state !== "ready";
  if (state === "untrusted") setTimeout(show, EVERY_MS);
}

if (page) {
  show();
  addEventListener("focus", show);
}
