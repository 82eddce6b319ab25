// @ts-check
/** The strength of the signal as sound: ticks get faster and higher with it, as of a Geiger counter. */

const SLOWEST_MS = 1200;
const FASTEST_MS = 90;
const LOWEST_HZ = 330;
const HIGHEST_HZ = 1760;
const TICK_S = 0.06;
const LOUD = 0.6;
/** A reader without a signal strength: the tag is heard, nothing more is known. */
const HEARD_HEAT = 40;

/**
 * Return the tick of a warmth: how long until the next one, and how high. Null is silence.
 * @param {string} warmth @param {number} heat 0 to 100
 * @returns {{ every: number, hertz: number } | null}
 */
export function chooseTick(warmth, heat) {
  if (!["cold", "cool", "warm", "hot", "heard"].includes(warmth)) return null;
  const share = Math.min(1, Math.max(0, (warmth === "heard" ? HEARD_HEAT : heat) / 100));
  return {
    // Equal steps are equal ratios, because that is how ears hear time and pitch.
    every: Math.round(SLOWEST_MS * (FASTEST_MS / SLOWEST_MS) ** share),
    hertz: Math.round(LOWEST_HZ * (HIGHEST_HZ / LOWEST_HZ) ** share),
  };
}

export class FinderSound {
  constructor() {
    /** @type {AudioContext | null} */
    this.context = null;
    this.isOn = false;
    this.warmth = "silent";
    this.heat = 0;
    this.timer = 0;
  }

  /** Start after a press, since browsers allow no sound before one. */
  async start() {
    this.context ??= new AudioContext();
    await this.context.resume();
    this.isOn = true;
    this.loop();
  }

  stop() {
    this.isOn = false;
    clearTimeout(this.timer);
  }

  /** @param {string} warmth @param {number} heat */
  set(warmth, heat) {
    this.warmth = warmth;
    this.heat = heat;
  }

  loop() {
    clearTimeout(this.timer);
    if (!this.isOn) return;
    const tick = chooseTick(this.warmth, this.heat);
    if (tick) this.sound(tick.hertz);
    // In silence check again soon, so that the first tick comes at once.
    this.timer = setTimeout(() => this.loop(), tick ? tick.every : 150);
  }

  /** @param {number} hertz */
  sound(hertz) {
    const { context } = this;
    if (!context || context.state !== "running") return;
    const tone = context.createOscillator();
    const volume = context.createGain();
    const at = context.currentTime + 0.005;
    tone.type = "triangle";
    tone.frequency.value = hertz;
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(LOUD, at + 0.004);
    volume.gain.exponentialRampToValueAtTime(0.001, at + TICK_S);
    tone.connect(volume).connect(context.destination);
    tone.start(at);
    tone.stop(at + TICK_S);
  }
}
