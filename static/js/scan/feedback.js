// @ts-check
/** Sound and vibration of each answer. What is shown on the screen is in `scan/view.js`. */

const MUTE_KEY = "scanner.muted";

/** Steps of a sound: frequency in Hz, length in ms, wave. Sounds differ in count, pitch and direction. */
const SOUNDS = /** @type {Record<string, [number, number, OscillatorType][]>} */ ({
  fine: [[1760, 90, "square"]],
  wrong_place: [[880, 110, "square"], [587, 110, "square"], [880, 110, "square"]],
  unknown: [[440, 140, "sawtooth"], [440, 140, "sawtooth"]],
  already_scanned: [[1175, 60, "triangle"], [1175, 60, "triangle"]],
  two_rooms: [[880, 110, "square"], [587, 110, "square"], [880, 110, "square"], [587, 110, "square"]],
  damaged: [[587, 180, "square"], [440, 180, "square"]],
  found_again: [[880, 90, "square"], [1175, 90, "square"], [1760, 140, "square"]],
  incomplete: [[880, 110, "square"], [440, 180, "square"]],
  unchanged: [[784, 160, "triangle"], [784, 160, "triangle"]],
  refused: [[196, 420, "sawtooth"]],
  saved: [[988, 50, "triangle"], [1318, 70, "triangle"]],
  not_stored: [[196, 220, "sawtooth"], [165, 220, "sawtooth"], [131, 420, "sawtooth"]],
  undone: [[988, 60, "triangle"], [659, 90, "triangle"]],
});
const VIBRATIONS = /** @type {Record<string, number[]>} */ ({
  fine: [50], wrong_place: [120, 60, 120], unknown: [200, 80, 200], already_scanned: [30, 40, 30],
  two_rooms: [120, 60, 120, 60, 120], damaged: [160, 60, 160], found_again: [50, 40, 50, 40, 50],
  incomplete: [160, 60, 80], unchanged: [60, 60, 60],
  refused: [450], saved: [30], not_stored: [300, 100, 300, 100, 300], undone: [30, 30],
});
const GAP_S = 0.04;
const LOUD = 0.9;

export class Feedback {
  constructor() {
    /** @type {AudioContext | null} */
    this.context = null;
    this.last = "";
    try {
      this.isMuted = localStorage.getItem(MUTE_KEY) === "1";
    } catch {
      this.isMuted = false;
    }
    // Browsers allow sound only after a touch or a key press.
    for (const kind of ["pointerdown", "keydown"]) {
      document.addEventListener(kind, () => this.unlock(), { capture: true, passive: true });
    }
  }

  unlock() {
    if (this.isMuted) return;
    try {
      this.context ??= new AudioContext();
      if (this.context.state === "suspended") this.context.resume().catch(() => {});
    } catch {
      this.context = null; // no sound here: colour, icon and word still show the answer
    }
  }

  /** @param {boolean} isMuted */
  mute(isMuted) {
    this.isMuted = isMuted;
    try {
      localStorage.setItem(MUTE_KEY, isMuted ? "1" : "0");
    } catch {
      // private mode: kept for this page only
    }
  }

  /** Sound and vibrate for an answer. @param {string} answer */
  play(answer) {
    this.last = answer;
    if (this.isMuted) return;
    try {
      navigator.vibrate?.(VIBRATIONS[answer] ?? [50]);
    } catch {
      // refused before the first touch
    }
    const context = this.context;
    if (!context || context.state !== "running") return;
    let at = context.currentTime + 0.005;
    for (const [frequency, length, wave] of SOUNDS[answer] ?? SOUNDS.saved) {
      const tone = context.createOscillator();
      const volume = context.createGain();
      tone.type = wave;
      tone.frequency.value = frequency;
      const end = at + length / 1000;
      volume.gain.setValueAtTime(0, at);
      volume.gain.linearRampToValueAtTime(LOUD, at + 0.005);
      volume.gain.setValueAtTime(LOUD, end - 0.01);
      volume.gain.linearRampToValueAtTime(0, end);
      tone.connect(volume).connect(context.destination);
      tone.start(at);
      tone.stop(end);
      at = end + GAP_S;
    }
  }
}
