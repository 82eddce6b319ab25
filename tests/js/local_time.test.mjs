// Moments as pages show them: the server's words in the viewer's zone.
import assert from "node:assert/strict";
import test from "node:test";

process.env.TZ = "Europe/Berlin";
const { writeLocal } = await import("../../static/js/shared/local_time.js");

test("a moment is written in the viewer's zone, by the server's own pattern", () => {
  const moment = new Date("2026-11-08T23:05:00Z");

  assert.equal(writeLocal(moment, "datetime"), "9 Nov 2026, 00:05");
  assert.equal(writeLocal(moment, "date"), "9 Nov 2026");
  assert.equal(writeLocal(moment, "time"), "00:05");
});

test("both nights on which the clocks change are shown as the clocks stand", () => {
  assert.equal(writeLocal(new Date("2026-03-29T01:30:00Z"), "datetime"), "29 Mar 2026, 03:30");
  assert.equal(writeLocal(new Date("2026-10-25T01:30:00Z"), "datetime"), "25 Oct 2026, 02:30");
});
