// What becomes of the codes of one photo on a page that takes them.
import assert from "node:assert/strict";
import test from "node:test";
import { FIELDS, arrange } from "../../static/js/register/parts.js";

const symbol = (text, parts, asset = null) => ({
  text, symbology: "code_128", polygon: [[0, 0], [9, 0], [9, 3], [0, 3]], asset,
  parts: parts.map(([kind, value]) => ({ kind, value })),
});
const shortly = ({ filled, open, known }) => [filled, open].map((all) => all.map((part) => `${part.kind} ${part.value}`)).concat([known]);

test("what is one of its kind goes into its field, the rest is for a person to sort", () => {
  const symbols = [
    symbol("LT-7", [["tag", "LT-7"]]), symbol("1S20XW00KGGEPF2ABCDE", [["model_number", "20XW00KGGE"], ["serial", "PF2ABCDE"]]),
    symbol("4006381333931", [["article", "4006381333931"]]), symbol("WIFI:…", []),
  ];

  assert.deepEqual(shortly(arrange(symbols, FIELDS.asset)), [
    ["tag LT-7", "model_number 20XW00KGGE", "serial PF2ABCDE"], ["article 4006381333931"], null,
  ]);
  assert.deepEqual(shortly(arrange(symbols, FIELDS.receive))[0], ["tag LT-7", "serial PF2ABCDE"]);
});

test("two serial numbers are asked about, one that is there twice is not", () => {
  const twice = [symbol("S/N: A1B2C3", [["serial", "A1B2C3"]]), symbol("SA1B2C3", [["serial", "A1B2C3"]])];
  assert.deepEqual(shortly(arrange(twice, FIELDS.asset))[0], ["serial A1B2C3"]);

  const two = [...twice, symbol("S/N: XXXX", [["serial", "XXXX"]])];
  assert.deepEqual(shortly(arrange(two, FIELDS.asset)), [[], ["serial A1B2C3", "serial XXXX"], null]);
});

test("an asset that is in the register is said, and enrolled by any of its codes", () => {
  const known = symbol("SPF2ABCDE", [["serial", "PF2ABCDE"]], { asset_tag: "LT-9" });

  assert.deepEqual(shortly(arrange([known], FIELDS.asset)), [["serial PF2ABCDE"], [], "LT-9"]);
  const [part] = arrange([known], FIELDS.enrol).filled;
  assert.deepEqual([part.kind, part.text], ["tag", "LT-9"]);
});
