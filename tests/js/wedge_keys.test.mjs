import assert from "node:assert/strict";
import test from "node:test";
import { chooseText, usCharacter } from "../../static/js/capture/layouts.js";
import { WedgeReader } from "../../static/js/capture/wedge_keys.js";

const CODES = { "-": "Minus", ":": "Semicolon", "/": "Slash", ".": "Period", " ": "Space", "]": "BracketRight", "%": "Digit5" };

function key(character, time, extra = {}) {
  const code = /[a-z]/i.test(character) && character.length === 1
    ? `Key${character.toUpperCase()}`
    : /\d/.test(character) ? `Digit${character}` : CODES[character] ?? character;
  const shift = /^[A-Z:%]$/.test(character);
  return { key: character, code, shift, ctrl: false, alt: false, meta: false, caps: false, time, ...extra };
}

function type(reader, text, { gap = 5, start = 1000 } = {}) {
  let time = start;
  let verdict = "none";
  for (const character of text) {
    verdict = reader.press(key(character, time));
    time += gap;
  }
  return { time, verdict };
}

const ENDINGS = {
  Enter: [["Enter", {}]], Tab: [["Tab", {}]], LF: [["j", { ctrl: true, code: "KeyJ" }]],
  CR: [["m", { ctrl: true, code: "KeyM" }]], CRLF: [["Enter", {}], ["j", { ctrl: true, code: "KeyJ" }]],
};

for (const [name, keys] of Object.entries(ENDINGS)) {
  test(`${name} ends a code, once`, () => {
    const reader = new WedgeReader();
    let { time } = type(reader, "LT-001");
    const verdicts = keys.map(([k, extra]) => reader.press(key(k, (time += 5), extra)));
    assert.equal(verdicts[0], "ended");
    assert.ok(verdicts.slice(1).every((verdict) => verdict === "swallow"));
    assert.equal(reader.burst.text, "LT-001");
  });
}

test("silence ends a quick code, and not a person's word", () => {
  const reader = new WedgeReader();
  const { time } = type(reader, "LT-001");
  assert.equal(reader.hush(time + 20), false);
  assert.equal(reader.hush(time + 200), true);
  assert.equal(reader.burst.text, "LT-001");
  const slow = type(reader, "hello", { gap: 90, start: 9000 });
  assert.equal(reader.hush(slow.time + 300), false);
});

test("a person's typing is left alone, Enter too", () => {
  const reader = new WedgeReader();
  const { time } = type(reader, "projector", { gap: 130 });
  assert.equal(reader.press(key("Enter", time)), "none");
});

test("two labels back to back are two codes, in order", () => {
  const reader = new WedgeReader();
  const texts = [];
  let time = 1000;
  for (const text of ["A-0001", "B-0002"]) {
    time = type(reader, text, { gap: 3, start: time }).time;
    if (reader.press(key("Enter", time)) === "ended") texts.push(reader.burst.text);
    time += 3;
  }
  assert.deepEqual(texts, ["A-0001", "B-0002"]);
});

test("a prefix makes a slow scanner certain and is taken off, as is a suffix", () => {
  const reader = new WedgeReader({ prefix: "%", suffix: "/" });
  const { verdict } = type(reader, "%LT1/", { gap: 150 });
  assert.equal(verdict, "ended");
  assert.equal(reader.burst.text, "LT1");
});

test("a group separator comes as Ctrl+] or Alt+0029", () => {
  const reader = new WedgeReader();
  let { time } = type(reader, "8004ABC");
  assert.equal(reader.press(key("]", (time += 5), { ctrl: true })), "swallow");
  type(reader, "21X", { start: time + 5 });
  for (const digit of "0029") reader.press({ ...key(digit, time + 25), alt: true, code: `Numpad${digit}` });
  reader.releaseAlt(time + 30);
  type(reader, "Z", { start: time + 35 });
  reader.press(key("Enter", time + 40));
  assert.equal(reader.burst.text, "8004ABC\u001d21X\u001dZ");
});

test("an AZERTY computer's garbling is corrected from the keys", () => {
  const reader = new WedgeReader();
  let time = 0;
  const typed = [["L", "KeyL", true], ["T", "KeyT", true], [")", "Minus", false], ["à", "Digit0", false], ["à", "Digit0", false], ["&", "Digit1", false]];
  for (const [character, code, shift] of typed) reader.press({ ...key(character, (time += 5)), code, shift });
  reader.press(key("Enter", time + 5));
  assert.deepEqual([reader.burst.text, reader.burst.fixed], ["LT-001", true]);
});

test("what the lists know decides between two readings", () => {
  assert.equal(chooseText("LZ-1", "LY-1", { isKnown: (code) => code === "LY-1" }).text, "LY-1");
  assert.equal(chooseText("LZ-1", "LY-1", { isKnown: (code) => code === "LZ-1" }).text, "LZ-1");
  assert.equal(chooseText("LZ-1", "LY-1").text, "LZ-1");
  assert.equal(chooseText("LZ-1", "LY-1", { layout: "us" }).text, "LY-1");
});

test("a key's US character follows Shift and Caps Lock", () => {
  assert.equal(usCharacter("KeyA", true), "A");
  assert.equal(usCharacter("KeyA", true, true), "a");
  assert.equal(usCharacter("Digit2", true), "@");
  assert.equal(usCharacter("F5", false), null);
});
