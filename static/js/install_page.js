// @ts-check
/** Turns green when this phone trusts the server: a service worker registers over trusted TLS only. */

const page = /** @type {HTMLElement | null} */ (document.querySelector("[data-install]"));
const EVERY_MS = 4000;

/** @returns {Promise<"trusted" | "untrusted" | "plain">} */
async function probe() {
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
  trusted: "Trusted: camera and scanning without a network work on this phone.",
  untrusted: "Not trusted yet: the camera may work, but nothing is kept without a network. Follow the steps below.",
  plain: "This page came over plain HTTP: photo, typing and wedge scanners work; the live camera and scanning without a network need HTTPS.",
};

async function show() {
  const state = await probe();
  const box = /** @type {HTMLElement} */ (page?.querySelector("[data-trust]"));
  box.dataset.tone = { trusted: "good", untrusted: "warn", plain: "warn" }[state];
  box.dataset.state = state;
  const text = box.querySelector("[data-text]");
  if (text && text.textContent !== WORDS[state]) text.textContent = WORDS[state];
  if (state === "untrusted") setTimeout(show, EVERY_MS);
}

if (page) {
  show();
  addEventListener("focus", show);
}
