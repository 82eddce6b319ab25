// @ts-check
// Passkeys on the sign-in and account pages. Where the browser has none, their buttons stay hidden.

const able = Boolean(globalThis.PublicKeyCredential?.parseCreationOptionsFromJSON);

/** @param {string} address @param {object} body @returns {Promise<any>} */
async function post(address, body) {
  const answer = await fetch(address, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  });
  const found = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(found.message ?? "That did not work. Reload the page and try again.");
  return found;
}

/** @param {HTMLElement} button */
async function signIn(button) {
  const { state, options } = await post("/passkeys/options", {});
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  const credential = /** @type {PublicKeyCredential | null} */ (await navigator.credentials.get({ publicKey }));
  const { location: target } = await post("/passkeys/sign-in", {
    state, credential: credential?.toJSON(), next: button.dataset.next,
  });
  location.assign(target);
}

/** @param {HTMLElement} button */
async function add(button) {
  const { state, options } = await post("/account/passkeys/options", {});
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  const credential = /** @type {PublicKeyCredential | null} */ (await navigator.credentials.create({ publicKey }));
  const name = /** @type {HTMLInputElement | null} */ (button.closest("[data-passkeys]")?.querySelector("[name=name]"))?.value;
  await post("/account/passkeys", { state, credential: credential?.toJSON(), name });
  location.assign("/account");
}

/** @param {HTMLElement} box @param {unknown} error */
function tell(box, error) {
  const place = /** @type {HTMLElement} */ (box.querySelector("[data-said]"));
  const name = /** @type {Error} */ (error).name;
  if (name === "NotAllowedError" || name === "AbortError") place.textContent = "Cancelled. Nothing was changed.";
  else if (name === "InvalidStateError") place.textContent = "This device has a passkey for your account already.";
  else place.textContent = /** @type {Error} */ (error).message;
  place.hidden = false;
}

for (const box of document.querySelectorAll("[data-passkeys]")) {
  if (!able || !(box instanceof HTMLElement)) continue;
  box.hidden = false;
  for (const [selector, act] of /** @type {[string, (button: HTMLElement) => Promise<void>][]} */ ([
    ["[data-passkey-sign-in]", signIn], ["[data-passkey-add]", add],
  ])) {
    const button = box.querySelector(selector);
    if (!(button instanceof HTMLButtonElement)) continue;
    button.addEventListener("click", async () => {
      button.disabled = true;
      await act(button).catch((error) => tell(box, error));
      button.disabled = false;
    });
  }
}
