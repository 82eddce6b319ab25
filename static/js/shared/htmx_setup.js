// @ts-check
// One toast for what htmx does not put into the page: an answer of 4xx or 5xx, or no answer at all.

const REGION = "[data-toasts]";

/** @param {string} text */
export function showToast(text) {
  const region = document.querySelector(REGION);
  if (!region) return;
  const toast = document.createElement("div");
  toast.className = "toast";
  const words = document.createElement("span");
  words.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.textContent = "Close";
  close.addEventListener("click", () => toast.remove());
  toast.append(words, close);
  // One toast at a time: ten failed refreshes must not cover the page.
  region.replaceChildren(toast);
  setTimeout(() => toast.remove(), 12_000);
}

document.addEventListener("htmx:responseError", (event) => {
  const { xhr } = /** @type {CustomEvent} */ (event).detail;
  if (xhr.status === 401) {
    location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
    return;
  }
  showToast(
    xhr.status === 503
      ? "The service is busy. Try again in a moment."
      : `That did not work (${xhr.status}). Reload the page and try again.`,
  );
});

document.addEventListener("htmx:sendError", () => {
  showToast("No connection. Nothing was changed. Try again when you are online.");
});
