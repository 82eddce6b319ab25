// @ts-check
/** The camera: the right lens, torch and zoom where the phone has them. It is released when the page is hidden. */

const LENS_KEY = "scanner.lens";

/** @param {MediaDeviceInfo[]} devices @returns {MediaDeviceInfo | undefined} the lens that focuses near */
function appleLens(devices) {
  // The single wide lens of newer iPhones cannot focus near. The virtual one switches by itself.
  return devices.find((d) => /back (triple|dual wide) camera/i.test(d.label));
}

export class Camera {
  /** @param {HTMLVideoElement} video */
  constructor(video) {
    this.video = video;
    /** @type {MediaStream | null} */
    this.stream = null;
    /** @type {MediaDeviceInfo[]} */
    this.lenses = [];
  }

  get track() {
    return this.stream?.getVideoTracks()[0] ?? null;
  }

  get isLive() {
    return this.track?.readyState === "live" && !this.track.muted;
  }

  /** @returns {any} what the lens can do; empty in Firefox */
  get abilities() {
    return this.track?.getCapabilities?.() ?? {};
  }

  /** Open the remembered lens, else the back camera that focuses near. */
  async open() {
    const saved = remembered();
    try {
      await this.#use(saved ? { deviceId: { exact: saved } } : { facingMode: { ideal: "environment" } });
    } catch (error) {
      const isGone = error instanceof DOMException && /Overconstrained|NotFound/.test(error.name);
      if (!saved || !isGone) throw error;
      await this.#use({ facingMode: { ideal: "environment" } }); // the remembered lens is gone
    }
    const devices = await navigator.mediaDevices.enumerateDevices();
    this.lenses = devices.filter((d) => d.kind === "videoinput" && d.deviceId);
    if (!saved) await this.#improve();
  }

  /** The browser names the lenses only after the permission is granted. Use a better one if there is one. */
  async #improve() {
    const better = appleLens(this.lenses);
    if (better && better.deviceId !== this.lensId) {
      await this.#use({ deviceId: { exact: better.deviceId } });
      return;
    }
    const modes = this.abilities.focusMode;
    if (!Array.isArray(modes) || modes.includes("continuous")) return;
    const first = this.lensId;
    for (const lens of this.lenses.filter((l) => /back|rear|environment/i.test(l.label) && l.deviceId !== first)) {
      await this.#use({ deviceId: { exact: lens.deviceId } });
      if (this.abilities.focusMode?.includes("continuous")) return;
    }
    if (first) await this.#use({ deviceId: { exact: first } });
  }

  get lensId() {
    return this.track?.getSettings().deviceId ?? "";
  }

  /** @param {string} deviceId a person's choice: remembered for this device */
  async choose(deviceId) {
    await this.#use({ deviceId: { exact: deviceId } });
    try {
      localStorage.setItem(LENS_KEY, deviceId);
    } catch {
      // private mode: kept for this visit only
    }
  }

  /** @param {MediaTrackConstraints} constraints never facingMode and deviceId together, since phones then ignore the choice */
  async #use(constraints) {
    this.close();
    this.stream = await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { width: { ideal: 1280 }, height: { ideal: 720 }, ...constraints },
    });
    this.video.srcObject = this.stream;
    await this.video.play().catch(() => {});
  }

  /** @param {Record<string, any>} settings such as {torch: true} or {zoom: 2} */
  async apply(settings) {
    await this.track?.applyConstraints({ advanced: [/** @type {any} */ (settings)] });
  }

  close() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.video.srcObject = null;
  }
}

function remembered() {
  try {
    return localStorage.getItem(LENS_KEY);
  } catch {
    return null;
  }
}

/**
 * Say why there is no picture, and what to do.
 * @param {unknown} error
 * @param {{isSecure: boolean, hasDevices: boolean, agent: string}} here
 */
export function explainTrouble(error, { isSecure, hasDevices, agent }) {
  const otherwise = "Photo and typing still work.";
  if (!isSecure) return `The live camera needs HTTPS. The page /install shows how to get it on this phone. ${otherwise}`;
  if (/FBAN|FBAV|Instagram|Line\/|; wv\)|MicroMessenger/.test(agent) || !hasDevices) {
    return `This app's built-in browser does not let pages use the camera. Open this page in Chrome or Safari. ${otherwise}`;
  }
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError") {
    return `The camera was not allowed. Allow it in the browser's settings for this page, then press Camera again. ${otherwise}`;
  }
  if (name === "NotFoundError" || name === "OverconstrainedError") return `No camera was found on this device. ${otherwise}`;
  if (name === "NotReadableError" || name === "AbortError") {
    return `Another app uses the camera. Close it, then press Camera again. ${otherwise}`;
  }
  return `The camera did not start (${name || String(error)}). ${otherwise}`;
}
