// @ts-check
/** Live scanning: the picture, the aim, and the loop from a frame to `scan:read`. Loaded when first used. */
import { Repeats, SecondLook, middleOf, nearestToMiddle } from "./aim.js";
import { Camera, explainTrouble } from "./camera.js";
import { pickEngine } from "./engines.js";
import { modeOf } from "../shared/facts.js";
import { CloserHint } from "../sweep/closer_hint.js";
import { readOf } from "./symbologies.js";

const MAX_FAILURES = 3;
const THOROUGH_EVERY = 3;
/** Labels on a rack stand upright, and the next frame comes sooner. */
const THOROUGH_IN_SWEEP = 5;
const HINT_AFTER_MS = 4000;
const FRAME_PAUSE_MS = 30;
const HOLD_KEY = "scanner.hold_ms";

/** @type {CameraView | null} */
let view = null;

const SWEEP_KEY = "scanner.sweep";

/**
 * @param {HTMLElement} page
 * @param {import("../sweep/sweep.js").Parts | null} [parts] what a sweep needs; only some pages can be swept
 */
export async function toggleCamera(page, parts = null) {
  view ??= new CameraView(page, parts);
  await (view.isOn ? view.stop() : view.start());
}

class CameraView {
  /** @param {HTMLElement} page @param {import("../sweep/sweep.js").Parts | null} parts */
  constructor(page, parts) {
    const find = (/** @type {string} */ selector) => /** @type {any} */ (page.querySelector(selector));
    this.page = page;
    this.parts = parts;
    /** @type {import("../sweep/sweep.js").Sweep | null} */
    this.sweep = null;
    this.sweepButton = /** @type {HTMLElement | null} */ (find("[data-sweep-button]"));
    this.box = find("[data-camera]");
    this.video = /** @type {HTMLVideoElement} */ (find("[data-video]"));
    this.codes = find("[data-codes]");
    this.hint = new CloserHint(find("[data-hint]"), this.video, page.querySelector("[data-log-more] svg"));
    this.trouble = find("[data-trouble]");
    this.button = find("[data-camera-button]");
    this.torch = find("[data-torch]");
    this.zoom = find("[data-zoom]");
    this.zoomField = find("[data-zoom-field]");
    this.lens = find("[data-lens]");
    this.lensField = find("[data-lens-field]");
    this.urls = {
      worker: page.dataset.decoder ?? "", reader: page.dataset.zxing ?? "", wasm: page.dataset.zxingWasm ?? "",
    };
    this.camera = new Camera(this.video);
    this.secondLook = new SecondLook();
    this.repeats = new Repeats(Number(localStorage.getItem(HOLD_KEY)) || undefined);
    /** @type {string[]} */
    this.failed = [];
    this.isOn = false;
    this.round = 0;
    this.foundAt = 0;
    /** @type {WakeLockSentinel | null} */
    this.wakeLock = null;
    this.torch.addEventListener("click", () => this.#setTorch(this.torch.getAttribute("aria-pressed") !== "true"));
    this.zoom.addEventListener("input", () => this.camera.apply({ zoom: Number(this.zoom.value) }).catch(() => {}));
    this.lens.addEventListener("change", () => this.#chooseLens());
    this.sweepButton?.addEventListener("click", () => this.#setSweep(!this.sweep?.isOn));
    document.addEventListener("visibilitychange", () => this.#onVisibility());
    // iOS returns to the page with a dead picture and without a visibilitychange.
    for (const kind of ["focus", "pageshow"]) addEventListener(kind, () => this.#revive());
  }

  async start() {
    this.trouble.hidden = true;
    const here = {
      isSecure: isSecureContext, hasDevices: Boolean(navigator.mediaDevices?.getUserMedia), agent: navigator.userAgent,
    };
    if (!here.isSecure || !here.hasDevices) {
      this.#say(explainTrouble(null, here));
      return;
    }
    this.isOn = true;
    this.#showButton();
    try {
      // The decoder loads while the browser asks for the permission.
      const [engine] = await Promise.all([pickEngine(this.urls, this.failed), this.camera.open()]);
      this.engine = engine;
    } catch (error) {
      await this.stop();
      this.#say(explainTrouble(error, here));
      return;
    }
    if (!this.isOn) return this.camera.close(); // the person pressed the button again meanwhile
    this.box.hidden = false;
    this.page.dataset.cameraOn = "";
    this.foundAt = performance.now();
    this.#showTools();
    this.#keepAwake();
    if (kept(SWEEP_KEY) === "1") await this.#setSweep(true);
    this.#loop();
  }

  async stop() {
    this.isOn = false;
    this.sweep?.end();
    this.round += 1;
    this.camera.close();
    this.box.hidden = true;
    delete this.page.dataset.cameraOn;
    this.codes.replaceChildren();
    this.#showButton();
    await this.wakeLock?.release().catch(() => {});
    this.wakeLock = null;
  }

  #showButton() {
    this.button.setAttribute("aria-pressed", String(this.isOn));
    const words = this.button.querySelector("span");
    if (words) words.textContent = this.isOn ? "Stop" : "Camera";
  }

  /** @param {string} words */
  #say(words) {
    this.trouble.hidden = false;
    this.trouble.querySelector("[data-text]").textContent = words;
  }

  async #loop() {
    this.round += 1;
    const round = this.round;
    let frames = 0;
    let failures = 0;
    while (this.isOn && round === this.round) {
      if (this.video.readyState < 2) {
        await pause(FRAME_PAUSE_MS);
        continue;
      }
      frames += 1;
      try {
        const at = performance.now();
        const bitmap = await createImageBitmap(this.video);
        const { width, height } = bitmap;
        const effort = frames % (this.sweep?.isOn ? THOROUGH_IN_SWEEP : THOROUGH_EVERY) === 0 ? "thorough" : "quick";
        const codes = await /** @type {import("./engines.js").Engine} */ (this.engine).read(bitmap, effort);
        failures = 0;
        if (round === this.round) this.#take(codes, { width, height, at });
      } catch {
        failures += 1;
        if (failures >= MAX_FAILURES) {
          // It lists formats and then throws. Use another engine from now on.
          this.failed.push(String(this.engine?.name));
          this.engine = await pickEngine(this.urls, this.failed);
          failures = 0;
        }
      }
      await pause(this.sweep?.isOn ? this.sweep.wait() : FRAME_PAUSE_MS);
    }
  }

  /** Whether what is scanned is counted, so that passing by a label may record it. */
  get mayCount() {
    return Boolean(this.parts && modeOf(this.parts.facts, this.page.dataset.mode ?? "").counts);
  }

  /** @param {boolean} isWanted */
  async #setSweep(isWanted) {
    if (isWanted && this.mayCount && this.parts) {
      await loadStyle(this.page.dataset.sweepStyle ?? "");
      const { Sweep } = await import("../sweep/sweep.js");
      this.sweep ??= new Sweep(this.page, this.parts);
      if (this.isOn) this.sweep.begin();
    } else this.sweep?.end();
    this.codes.replaceChildren();
    this.#showTools();
    if (!this.mayCount) return; // another mode was chosen: the next count is a sweep again
    keep(SWEEP_KEY, isWanted ? "1" : "0");
  }

  /** @param {import("./aim.js").Seen[]} seen @param {{width: number, height: number, at: number}} frame */
  #take(seen, { width, height, at }) {
    if (this.sweepButton && this.mayCount === this.sweepButton.hidden) this.#setSweep(this.mayCount && kept(SWEEP_KEY) === "1");
    if (this.sweep?.isOn) {
      this.sweep.take(seen, { width, height, at });
      this.hint.show([...seen, ...this.sweep.places], at, "");
      for (const code of seen) this.repeats.note(code, at);
      return;
    }
    const now = performance.now();
    const codes = this.secondLook.keep(seen, now);
    const meant = nearestToMiddle(codes, width, height);
    if (meant) this.foundAt = now;
    this.hint.show(seen, now, now - this.foundAt > HINT_AFTER_MS ? "Hold the label 20 cm away, in good light." : "");
    const isNew = meant && this.repeats.isNew(meant, now);
    if (meant) this.repeats.note(meant, now);
    if (meant && isNew) this.#read(meant);
    this.#offer(codes.filter((code) => code.text !== meant?.text), width, height);
  }

  /** @param {import("./aim.js").Seen} code */
  #read(code) {
    document.dispatchEvent(new CustomEvent("scan:read", { detail: readOf(code, "camera") }));
  }

  /** Offer the other codes in view, to be taken by a tap. @param {import("./aim.js").Seen[]} codes @param {number} width @param {number} height */
  #offer(codes, width, height) {
    const key = codes.map((code) => code.text).join("\n");
    if (key === this.offered) return;
    this.offered = key;
    this.codes.replaceChildren(
      ...codes.slice(0, 6).map((code) => {
        const { x, y } = middleOf(code);
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = code.text.slice(0, 30);
        button.style.left = `${(100 * x) / width}%`;
        button.style.top = `${(100 * y) / height}%`;
        button.addEventListener("click", () => {
          this.repeats.note(code, performance.now());
          this.#read(code);
        });
        return button;
      }),
    );
  }

  #showTools() {
    if (this.sweepButton) {
      this.sweepButton.hidden = !this.mayCount;
      this.sweepButton.setAttribute("aria-pressed", String(Boolean(this.sweep?.isOn)));
    }
    const { torch, zoom } = this.camera.abilities;
    this.torch.hidden = !torch;
    this.zoomField.hidden = !zoom;
    if (zoom) {
      Object.assign(this.zoom, { min: zoom.min, max: Math.min(zoom.max, 5), step: zoom.step || 0.1 });
      this.zoom.value = String(this.camera.track?.getSettings()["zoom"] ?? zoom.min);
    }
    this.lensField.hidden = this.camera.lenses.length < 2;
    this.lens.replaceChildren(
      ...this.camera.lenses.map((lens, i) => new Option(lens.label || `Camera ${i + 1}`, lens.deviceId)),
    );
    this.lens.value = this.camera.lensId;
    this.torch.setAttribute("aria-pressed", "false"); // never on by itself, since glare makes labels unreadable
  }

  /** @param {boolean} isLit */
  async #setTorch(isLit) {
    try {
      await this.camera.apply({ torch: isLit });
      this.torch.setAttribute("aria-pressed", String(isLit));
    } catch {
      this.torch.hidden = true;
    }
  }

  async #chooseLens() {
    try {
      await this.camera.choose(this.lens.value);
      this.#showTools();
    } catch (error) {
      this.#say(explainTrouble(error, { isSecure: true, hasDevices: true, agent: "" }));
    }
  }

  async #keepAwake() {
    try {
      this.wakeLock = (await navigator.wakeLock?.request("screen")) ?? null;
    } catch {
      this.wakeLock = null; // low battery: the screen may go dark
    }
  }

  #onVisibility() {
    if (!this.isOn) return;
    if (document.visibilityState === "hidden") {
      this.round += 1;
      this.camera.close();
    } else this.#revive();
  }

  async #revive() {
    if (!this.isOn || this.isReviving || this.camera.isLive || document.visibilityState === "hidden") return;
    this.isReviving = true;
    try {
      await this.camera.open();
      this.#showTools();
      this.#keepAwake();
      this.#loop();
    } catch (error) {
      await this.stop();
      this.#say(explainTrouble(error, { isSecure: true, hasDevices: true, agent: navigator.userAgent }));
    } finally {
      this.isReviving = false;
    }
  }
}

/** @param {string} key @returns {string | null} */
function kept(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** @param {string} key @param {string} value */
function keep(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // private mode: kept for this visit only
  }
}

/** @param {string} url @returns {Promise<unknown>} once the page has the style, or cannot get it */
function loadStyle(url) {
  if (document.querySelector(`link[href="${url}"]`)) return Promise.resolve();
  const link = document.createElement("link");
  Object.assign(link, { rel: "stylesheet", href: url });
  return new Promise((resolve) => {
    link.onload = link.onerror = resolve;
    document.head.append(link);
  });
}

/** @param {number} ms */
function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
