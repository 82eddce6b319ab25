import assert from "node:assert/strict";
import test from "node:test";
import { readDue } from "../../static/js/scan/due.js";

const NOW = new Date(2026, 11, 1, 12, 0, 0);

test("a day from today on is due at its end; anything else is refused with a word and never thrown", () => {
  assert.deepEqual(readDue("", false, NOW), { at: null, trouble: "" });
  assert.equal(readDue("2026-12-01", false, NOW).at, new Date(2026, 11, 1, 23, 59, 59).toISOString());
  assert.equal(readDue("2026-12-24", false, NOW).at, new Date(2026, 11, 24, 23, 59, 59).toISOString());
  for (const [text, word] of [
    ["2026-11-30", "past"], ["0005-01-04", "valid"], ["260013-12-24", "valid"], ["2026-02-30", "valid"], ["2090-01-01", "valid"],
    ["24.12.2026", "valid"], ["2025-12-24", "past"],
  ]) {
    const { at, trouble } = readDue(text, false, NOW);
    assert.equal(at, null, text);
    assert.match(trouble, new RegExp(word), text);
  }
  assert.match(readDue("", true, NOW).trouble, /not complete/);
});
