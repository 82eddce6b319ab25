import assert from "node:assert/strict";
import test from "node:test";
import { chooseText, usCharacter } from "../../static/js/capture/layouts.js";
import { WedgeReader } from "../../static/js/capture/wedge_keys.js";
import { Typist } from "./keyboards.mjs";

const LEARNED = { ended: 2, ending: "Enter" };
const typist = (given = {}, settings = {}, find = () => null) => new Typist(new WedgeReader(settings, find), given);

// -- endings and pauses --------------------------------------------------------------------------

// What is sent, what is read of it where the focus is on a button, and in a text field where that differs.
const BURSTS = [
  [["LT-0042", "<Enter>"], ["LT-0042"]],
  [["LT-0042", "<Tab>"], ["LT-0042"]],
  [["LT-0042", "<LF>"], ["LT-0042"]],
  [["LT-0042", "<CR>", "<LF>"], ["LT-0042"]],
  [["LT-0042", "<Enter>", "<LF>"], ["LT-0042"]],
  [["LT-0042", "<Enter>", "<Tab>"], ["LT-0042"]],
  [["LT-0042", "<ETX>"], ["LT-0042"]],
  [["LT-0042", "<F8>"], ["LT-0042"]],
  [["LT-0042", "<F8>", "<Enter>"], ["LT-0042"]],
  [["LT-0042", "<F12>", 200, "<Enter>"], ["LT-0042"]],
  [["LT-0042", "<ETX>", "LT-0107", "<ETX>"], ["LT-0042", "LT-0107"]],
  [["LT-0042", "<Enter>", "LT-0107", "<Enter>"], ["LT-0042", "LT-0107"]],
  [["LT-0042"], ["LT-0042"]],
  [["LT-0042", "<ArrowDown>"], ["LT-0042"]],
  [["LT-0042", "<ArrowDown>", "<Enter>"], ["LT-0042"]],
  [["LT-0042", 150, "7", "<Enter>"], ["LT-00427"]],
  [["LT-0042", 500, "7", "<Enter>"], ["LT-00427"]],
  [["LT-0042", 690, "7", "<Enter>"], ["LT-00427"]],
  [["LT-0042", 500, "7"], ["LT-00427"]],
  [["LT-00", 300, "4", 300, "2", 300, "7", "<Enter>"], ["LT-00427"]],
  [["LT-0042", 500, "<Enter>"], ["LT-0042"]],
  [["LT-0042", 500, "<F8>", 200, "<Enter>"], ["LT-0042"]],
  [["]d20109520123456788", "<GS>", "21ABC", 400, "<GS>", "10X", "<Enter>"], ["]d20109520123456788\u001d21ABC\u001d10X"]],
  [["[)>", "<RS>", "06", "<GS>", "1PX", "<RS>", "<EOT>", "<Enter>"], ["[)>\u001e06\u001d1PX\u001e\u0004"]],
  // A pause near the beginning: on a button it belongs to the code. In a text field it could be a person's word.
  [["NB-7", 130, "LT-0042", "<Enter>"], ["NB-7LT-0042"], ["not whole: LT-0042"]],
  [["L", 130, "T-0042", "<Enter>"], ["LT-0042"], ["not whole: T-0042"]],
  // Shorter than three characters is not a scan.
  [["7", "<Enter>"], ["not whole: 7"]],
  [["42", "<Enter>"], ["not whole: 42"]],
  [["A42", "<Enter>"], ["A42"]],
  // A key that says nothing, in the middle.
  [["NB", "<Keypad0>", "LT-0042", "<Enter>"], ["NB0LT-0042"]],
  [["LT-00", "<Keypad4>", "2", "<Enter>"], ["LT-0042"]],
  [["NB", "<Process>", "LT-0042", "<Enter>"], ["NBbLT-0042"]],
  [["LT-0", "<Hidden>", "042", "<Enter>"], ["not whole: "]],
  [["LT-00", "<Escape>", "42", "<Enter>"], ["not whole: "]],
];

for (const field of ["none", "text", "scan"]) {
  test(`a burst is whole or not a scan, with the focus on: ${field}`, () => {
    for (const [steps, onButton, inText = onButton] of BURSTS) {
      const isHead = inText !== onButton;
      if (field === "scan" && isHead) continue; // the field holds the beginning, which the page puts in front
      const expected = field === "text" ? inText : onButton;
      assert.deepEqual(typist({ field }).send(...steps).end(), expected, `${field}: ${steps}`);
    }
  });
}

test("a slow scanner is whole wherever nobody types", () => {
  for (const gap of [60, 150, 300, 500]) {
    assert.deepEqual(typist({ gap }).send("LT-0042", "<Enter>").end(), ["LT-0042"], `${gap} ms`);
    assert.deepEqual(typist({ gap, field: "date" }).send("LT-0042", "<Enter>").end(), ["LT-0042"], `${gap} ms`);
    // In a text field it is a person's word, and stays there.
    if (gap > 60) assert.deepEqual(typist({ gap, field: "text" }).send("LT-0042", "<Enter>").end(), [], `${gap} ms`);
  }
});

test("every pause at every place of a code leaves it whole, or says that it is not", () => {
  for (const field of ["none", "text", "scan", "date"]) {
    for (const settings of [{}, LEARNED]) {
      for (const pause of [30, 80, 130, 300, 500, 650, 900, 1500]) {
        for (let at = 1; at < 8; at += 1) {
          const told = typist({ field }, settings).send("LT-00427".slice(0, at), pause, "LT-00427".slice(at), "<Enter>").end();
          const isLong = pause > 700;
          const codes = told.filter((one) => !one.startsWith("not whole"));
          const about = `${field} ${JSON.stringify(settings)} ${pause} ms after ${at}: ${told}`;
          if (field === "none" && !isLong) assert.deepEqual(told, ["LT-00427"], about);
          // The scan field holds what came before; the page puts it in front.
          else if (field === "scan" && at < 5) assert.ok(told.length === 0 || "LT-00427".endsWith(codes[0] ?? ""), about);
          else if (isLong && settings === LEARNED && at >= 5) assert.deepEqual(codes, [], about);
          else if (!isLong) assert.ok(codes.every((one) => one === "LT-00427"), about);
        }
      }
    }
  }
});

test("silence ends no code of a scanner that is known to end its codes itself", () => {
  const typed = typist();
  typed.send("LT-0001", 800, "LT-0002", "<Enter>", 900, "LT-0003", "<F8>", 900);
  assert.deepEqual(typed.told, ["LT-0001", "LT-0002", "LT-0003"]);
  assert.deepEqual([typed.reader.settings.ended, typed.reader.settings.ending], [2, "F8"]);
  typed.send("LT-00", 900, "42", "<Enter>", 3000, "LT-0042", "<Enter>");
  assert.deepEqual(typed.end().slice(3), ["not whole: LT-00", "not whole: 42", "LT-0042"]);
});

test("the rest of a code that was cut is not a code, and the label is one when it is scanned again", () => {
  const typed = typist({}, LEARNED);
  typed.send("LT-0042", 800, "7-A-1", "<Enter>", 400, "LT-00427-A-1", "<Enter>", 300, "7-A-1", "<Enter>");
  assert.deepEqual(typed.end(), ["not whole: LT-0042", "not whole: 7-A-1", "LT-00427-A-1", "7-A-1"]);
});

// -- a person ------------------------------------------------------------------------------------

test("a person's typing is left alone, Enter and Tab too", () => {
  for (const field of ["text", "scan", "date"]) {
    for (const gap of [75, 130, 300]) {
      const typed = typist({ field, gap });
      for (const word of ["2512", "projector", "lid is cracked"].slice(0, field === "date" ? 1 : 3)) {
        for (const char of word) assert.ok(["started", "added"].includes(typed.send(char) && "added"));
        assert.equal(typed.press({ key: "Enter", code: "Enter" }), "none", `${field} ${gap}`);
      }
      assert.deepEqual(typed.end(), []);
    }
  }
});

test("a fast roll of a few keys is a person's, and shortcuts are", () => {
  const typed = typist({ field: "text", gap: 30 });
  typed.send("the", 120, "re", 140, "ing", 90);
  assert.equal(typed.press({ key: "c", code: "KeyC", ctrl: true }), "none");
  assert.equal(typed.press({ key: "v", code: "KeyV", meta: true }), "none");
  assert.equal(typed.press({ key: "F5", code: "F5" }), "none");
  assert.deepEqual(typed.end(), []);
});

test("a key that is held down is not a burst", () => {
  const typed = typist({ field: "text", gap: 30 });
  const keys = [{}, ...Array(9).fill({ repeat: true })].map((more) => typed.press({ key: "x", code: "KeyX", ...more }));
  assert.deepEqual([keys[0], keys[9]], ["started", "none"]);
  assert.deepEqual(typed.send("<Enter>").end(), []);
});

// -- what keys say -------------------------------------------------------------------------------

// A scanner set to the US keyboard: the host, what the label says, and what is read; "or" where a person is asked.
const US_SCANNER = [
  ["german", "LT-0042", "LTß0042 or LT-0042"], ["german", "HQ/1", "HQ-1 or HQ/1"], ["german", "HQ_0042", "HQ_0042"],
  ["german", "XYZ", "XZY or XYZ"], ["german", "LT=42", "LT=42"], ["german", "]C0LT-0042", "]C0LT-0042"],
  ["german", "LT0042", "LT0042"], ["german", "A@B#1", 'A@B#1'],
  ["german", "https://snipe.example/hardware/bytag?assetTag=LT-0042", "https://snipe.example/hardware/bytag?assetTag=LT-0042"],
  ["nordic", "LT-0042", "LT+0042 or LT-0042"], ["nordic", "]C0LT-0042", "]C0LT-0042"], ["nordic", "HQ/1", "HQ-1 or HQ/1"],
  ["nordic", "https://a.example/x?y=1", "https://a.example/x?y=1"],
  ["french", "LT-0042", "LT-0042"], ["french", "LT6", "LT- or LT6"], ["french", "AQ1", "QA& or AQ1"],
  ["french", "https://a.example/7", "https://a.example/7"], ["french", "M[1", "M[1"],
  ["spanish", "LT-0042", "LT-0042"], ["spanish", "HQ/1", "HQ-1 or HQ/1"], ["spanish", "A=1", "A=1"], ["spanish", "A[1", "A[1"],
  ["turkish", "LT-0042", "LT-0042"], ["turkish", "hi.1", "hi.1"], ["turkish", "HQ/1", "HQ.1 or HQ/1"],
  ["russian", "LT-0042", "LT-0042"], ["russian", "HQ_0042", "HQ_0042"], ["russian", "HQ/1.a", "HQ/1.a"], ["russian", "0042", "0042"],
  ["uk", "A@B-0042", "A@B-0042"], ["uk", "LT-0042", "LT-0042"],
];

test("the label of a US scanner is read on hosts of other layouts, or a person is asked", () => {
  for (const [host, label, expected] of US_SCANNER) {
    assert.deepEqual(typist({ host }).send(label, "<Enter>").end(), [expected], `${host}: ${label}`);
    const forced = typist({ host }, { layout: "us" }).send(label, "<Enter>").end();
    assert.deepEqual(forced, [label], `${host}, set to US: ${label}`);
  }
});

test("a scanner set to the host's own layout is read as typed, or a person is asked", () => {
  for (const [host, label, expected] of [
    ["german", "LT-0042", "LT-0042 or LT/0042"], ["german", "BÜRO1", "BÜRO1"], ["german", "STRAßE1", "STRAßE1 or STRA-E1"],
    ["nordic", "ÅR-7", "ÅR-7"], ["spanish", "AÑO1", "AÑO1 or A:O1"], ["spanish", "año1", "año1"], ["french", "LT0042", "LT0042"], ["turkish", "ÇAĞ1", "ÇAĞ1"],
  ]) {
    const given = { host, scanner: host };
    assert.deepEqual(typist(given).send(label, "<Enter>").end(), [expected], `${host}: ${label}`);
    assert.deepEqual(typist(given, { learned: "typed" }).send(label, "<Enter>").end(), [label], `${host}: ${label}`);
  }
});

test("what is known decides between two readings; where both are known, a person does", () => {
  const known = (...codes) => (code) => codes.includes(code);
  const read = (find, settings = {}) => typist({ host: "german" }, settings, find).send("HQ/1", "<Enter>").end();
  assert.deepEqual(read(known("HQ/1")), ["HQ/1"]);
  assert.deepEqual(read(known("HQ-1")), ["HQ-1"]);
  assert.deepEqual(read(known("HQ-1", "HQ/1")), ["HQ-1 or HQ/1"]);
  assert.deepEqual(read(known("HQ-1", "HQ/1"), { learned: "us" }), ["HQ-1 or HQ/1"]);
  const room = { name: "one room, two labels" };
  assert.deepEqual(read(() => room), ["HQ-1"]);
});

test("one code that shows the layout settles the next", () => {
  const typed = typist({ host: "german" });
  typed.send("HQ/1", "<Enter>", 3000, "HQ_0042", "<Enter>", 3000, "HQ/1", "<Enter>");
  assert.deepEqual(typed.end(), ["HQ-1 or HQ/1", "HQ_0042", "HQ/1"]);
  assert.equal(chooseText("LZ-1", "LY-1", { layout: "us" }).text, "LY-1");
  assert.equal(chooseText("LZ-1", "LY-1", { layout: "typed" }).text, "LZ-1");
});

test("a character typed by its number is read, or the code is not whole", () => {
  for (const [digits, text] of [
    ["0220", "LTÜ-0042"], ["0252", "LTü-0042"], ["0128", "LT€-0042"], ["154", "LTÜ-0042"], ["029", "LT\u001d-0042"],
    ["0029", "LT\u001d-0042"], ["0065", "LTA-0042"], ["0129", "not whole: "], ["200", "not whole: "], ["0300", "not whole: "],
    ["0?9", "not whole: "],
  ]) {
    for (const field of ["none", "text", "scan"]) {
      assert.deepEqual(typist({ field }).send("LT").alt(digits).send("-0042", "<Enter>").end(), [text], `${digits} ${field}`);
    }
  }
  // A code of nothing else, as some scanners send it; and the computer's own word on what the number means.
  assert.deepEqual(typist().alt("076").alt("084").alt("045").alt("049").send("<Enter>").end(), ["LT-1"]);
  assert.deepEqual(typist({ field: "scan" }).send("LT").alt("200").bring("╚").send("-0042", "<Enter>").end(), ["LT╚-0042"]);
});

test("text of an input method is read whole, or the code is not", () => {
  const hidden = (typed, text) => {
    for (const char of text) typed.send("<Hidden>").bring(char);
    return typed;
  };
  assert.deepEqual(hidden(typist({ field: "scan" }).send("LT"), "Ü").send("-0042", "<Enter>").end(), ["LTÜ-0042"]);
  assert.deepEqual(hidden(typist({ field: "text" }).send("L"), "T-0042").send("<Enter>").end(), ["LT-0042"]);
  assert.deepEqual(hidden(typist({ field: "text" }), "LT-0042").send("<Enter>").end(), ["LT-0042"]);
  const composed = typist({ field: "text" }).send("LT", "<Process>").bring("ｂ", { isComposed: true });
  composed.reader.commit();
  assert.deepEqual(composed.send("-42", "<Enter>").end(), ["LTb-42"]);
  // A handheld whose page shows no keyboard enters its code in pieces.
  const piece = { isMachine: true };
  const handheld = () => typist({ field: "scan" });
  assert.deepEqual(handheld().bring("LT-0042", piece).end(), ["LT-0042"]);
  assert.deepEqual(handheld().bring("LT-0042", piece).send(400).bring("7", piece).send("<Enter>").end(), ["LT-00427"]);
  const learned = typist({ field: "scan" }, LEARNED);
  assert.deepEqual(learned.bring("LT-0042", piece).send(900).bring("7-12", piece).end(), ["not whole: LT-0042", "not whole: 7-12"]);
});

for (const field of ["none", "text", "scan"]) {
  test(`keys that a busy machine delivers late belong to their code, with the focus on: ${field}`, () => {
    const code = "LT-0042";
    for (let at = 1; at <= code.length; at += 1) {
      const told = typist({ field }, LEARNED).send(code.slice(0, at)).stall()
        .send(...(at < code.length ? [code.slice(at)] : []), "<Enter>", 300, "LT-0107", "<Enter>").end();
      assert.deepEqual(told.filter((one) => !one.startsWith("not whole")), [code, "LT-0107"], `a stall behind ${at} keys`);
    }
  });
}

test("what a person types a while later goes on with no burst that fell silent", () => {
  assert.deepEqual(typist({ field: "scan" }, LEARNED).send("LT").stall().send(900, "-0042", "<Enter>").end(), ["-0042"]);
  const turned = typist({ field: "scan" }, LEARNED).send("LT").stall();
  turned.reader.turn();
  assert.deepEqual(turned.send("-0042", "<Enter>").end(), ["-0042"]);
  const lost = typist({ field: "scan" }, LEARNED).send("LT").stall();
  lost.reader.spoil();
  assert.deepEqual(lost.send("-0042", "<Enter>").end(), ["not whole: "]);
});

test("a prefix makes a slow scanner certain and is taken off, as is a suffix", () => {
  const typed = typist({ field: "text", gap: 150 }, { prefix: "%", suffix: "/" });
  assert.deepEqual(typed.send("%LT1/", 200, "%LT2/").end(), ["LT1", "LT2"]);
});

test("a key's US character follows Shift and Caps Lock", () => {
  assert.equal(usCharacter("KeyA", true), "A");
  assert.equal(usCharacter("KeyA", true, true), "a");
  assert.equal(usCharacter("Digit2", true), "@");
  assert.equal(usCharacter("F5", false), null);
});
