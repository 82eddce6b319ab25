// Keyboards of scanners and of hosts, written down from their national standards: what each key types, plain and with Shift.
const CODES = [
  "Backquote", ..."1234567890".split("").map((digit) => `Digit${digit}`), "Minus", "Equal",
  ..."QWERTYUIOP".split("").map((letter) => `Key${letter}`), "BracketLeft", "BracketRight",
  ..."ASDFGHJKL".split("").map((letter) => `Key${letter}`), "Semicolon", "Quote", "Backslash",
  ..."ZXCVBNM".split("").map((letter) => `Key${letter}`), "Comma", "Period", "Slash",
];
/** A dead key: it says nothing until the next one. */
const DEAD = "\u2020";
const ROWS = {
  us: ["`1234567890-=qwertyuiop[]asdfghjkl;'\\zxcvbnm,./", '~!@#$%^&*()_+QWERTYUIOP{}ASDFGHJKL:"|ZXCVBNM<>?'],
  uk: ["`1234567890-=qwertyuiop[]asdfghjkl;'#zxcvbnm,./", '¬!"£$%^&*()_+QWERTYUIOP{}ASDFGHJKL:@~ZXCVBNM<>?'],
  german: ["†1234567890ß†qwertzuiopü+asdfghjklöä#yxcvbnm,.-", "°!\"§$%&/()=?†QWERTZUIOPÜ*ASDFGHJKLÖÄ'YXCVBNM;:_"],
  nordic: ["§1234567890+†qwertyuiopå†asdfghjklöä'zxcvbnm,.-", '½!"#¤%&/()=?†QWERTYUIOPÅ†ASDFGHJKLÖÄ*ZXCVBNM;:_'],
  french: ["²&é\"'(-è_çà)=azertyuiop†$qsdfghjklmù*wxcvbn,;:!", "~1234567890°+AZERTYUIOP†£QSDFGHJKLM%µWXCVBN?./§"],
  spanish: ["º1234567890'¡qwertyuiop†+asdfghjklñ†çzxcvbnm,.-", 'ª!"·$%&/()=?¿QWERTYUIOP†*ASDFGHJKLÑ†ÇZXCVBNM;:_'],
  turkish: ['"1234567890*-qwertyuıopğüasdfghjklşi,zxcvbnmöç.', "é!'†+%&/()=?_QWERTYUIOPĞÜASDFGHJKLŞİ;ZXCVBNMÖÇ:"],
  russian: ["ё1234567890-=йцукенгшщзхъфывапролджэ\\ячсмитьбю.", 'Ё!"№;%:?*()_+ЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭ/ЯЧСМИТЬБЮ,'],
};
const NAMED = {
  Enter: { key: "Enter", code: "Enter" }, Tab: { key: "Tab", code: "Tab" },
  LF: { key: "j", code: "KeyJ", ctrl: true }, CR: { key: "m", code: "KeyM", ctrl: true },
  GS: { key: "]", code: "BracketRight", ctrl: true }, ETX: { key: "c", code: "KeyC", ctrl: true },
  EOT: { key: "d", code: "KeyD", ctrl: true }, RS: { key: "6", code: "Digit6", ctrl: true },
  Keypad0: { key: "Insert", code: "Numpad0" }, Keypad4: { key: "ArrowLeft", code: "Numpad4" },
  Hidden: { key: "Unidentified", code: "" }, Process: { key: "Process", code: "KeyB" },
};

/** Return the key that a scanner set to one layout presses for a character, as a host of another layout reports it. */
export function keyOf(char, { scanner = "us", host = "us" } = {}) {
  if (char === " ") return { key: " ", code: "Space", shift: false };
  for (const shift of [false, true]) {
    const at = [...ROWS[scanner][Number(shift)]].indexOf(char);
    if (at < 0) continue;
    const key = [...ROWS[host][Number(shift)]][at];
    return { key: key === DEAD ? "Dead" : key, code: CODES[at], shift };
  }
  throw new Error(`no key types ${char}`);
}

/** Types into a reader as a scanner does, and notes what becomes of it. */
export class Typist {
  constructor(reader, { field = "none", gap = 5, scanner, host, start = 10_000 } = {}) {
    Object.assign(this, { reader, field, gap, layouts: { scanner, host }, time: start, told: [] });
  }

  #note(verdict) {
    const { burst, fragment } = this.reader;
    if (verdict === "ended") this.told.push(burst.readings ? burst.readings.join(" or ") : burst.text);
    if (verdict === "broken") this.told.push(`not whole: ${fragment}`);
    return verdict;
  }

  press(key) {
    this.#note(this.reader.tick(this.time));
    const plain = { shift: false, ctrl: false, alt: false, meta: false, caps: false };
    const verdict = this.#note(this.reader.press({ ...plain, ...key, time: this.time, field: this.field }));
    this.time += this.gap;
    return verdict;
  }

  /** Send steps: texts, names of keys in angle brackets, and pauses in ms. */
  send(...steps) {
    for (const step of steps) {
      if (typeof step === "number") this.time += step - this.gap;
      else if (/^<.*>$/.test(step)) this.press(NAMED[step.slice(1, -1)] ?? { key: step.slice(1, -1), code: step.slice(1, -1) });
      else for (const char of step) this.press(keyOf(char, this.layouts));
    }
    return this;
  }

  alt(digits) {
    for (const digit of digits) this.press({ key: digit, code: digit === "?" ? "" : `Numpad${digit}`, alt: true, ...(digit === "?" && { key: "Unidentified" }) });
    this.reader.releaseAlt(this.time, this.field);
    this.time += this.gap;
    return this;
  }

  /** The computer brings text that no key says. */
  bring(text, given = {}) {
    this.#note(this.reader.tick(this.time));
    this.reader.insert(text, { time: this.time, field: this.field, ...given });
    return this;
  }

  /** The machine is busy: it delivers the next keys late, stamped with when they were pressed. */
  stall() {
    this.#note(this.reader.hush(this.time + 1500));
    return this;
  }

  /** Wait for good, and return what was read. */
  end() {
    this.#note(this.reader.tick(this.time + 5000));
    return this.told;
  }
}
