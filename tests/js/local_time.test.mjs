// Moments as pages show them: the server's words in the viewer's zone.
import assert from "node:assert/strict";
import test from "node:test";

process.env.TZ = "Europe/Berlin";
const { writeAgo, writeForPaper, writeLocal, writeSentence } = await import("../../static/js/shared/local_time.js");

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

const NOW = new Date("2026-11-09T15:35:00Z");

test("a recent moment is told by how long ago it was, never one from the future or from before an hour", () => {
  const ago = (seconds) => writeAgo(new Date(NOW.getTime() - seconds * 1000), NOW);

  assert.deepEqual([0, 59, 60, 150, 3599].map(ago), ["just now", "just now", "1 min ago", "2 min ago", "59 min ago"]);
  assert.deepEqual([3600, 90_000, -61].map(ago), [null, null, null]);
  assert.equal(ago(-30), "just now"); // clocks differ a little
});

test("the moments of a sentence are written by the reader's clock, whatever else it holds", () => {
  const written = (text) => writeSentence(text, NOW);

  assert.equal(written("LT-1 was already scanned at 2026-11-09T15:33:00Z."), "LT-1 was already scanned 2 min ago.");
  assert.equal(written("LT-1 was already scanned at 2026-11-09T08:05:00Z."), "LT-1 was already scanned at 09:05.");
  assert.equal(
    written("In two rooms: A by Ana at 2026-11-08T08:00:00Z, B by Ben at 2026-11-09T15:34:30Z."),
    "In two rooms: A by Ana on 8 Nov 2026, 09:00, B by Ben just now.",
  );
  assert.equal(written("Checked out since 2026-11-09T15:00:00Z."), "Checked out since 16:00.");
  for (const same of ["LT-1 is where it belongs.", "at 2026-99-99T10:00:00Z"]) assert.equal(written(same), same);
});

test("paper does not age: it has the time itself, also in a sentence", () => {
  const moment = new Date("2026-11-09T15:33:00Z");
  const printed = ["datetime", "date", "time", "sentence-at", "sentence-since"].map((mode) => writeForPaper(moment, mode));

  assert.deepEqual(printed, [
    "9 Nov 2026, 16:33", "9 Nov 2026", "16:33", "on 9 Nov 2026, 16:33", "since 9 Nov 2026, 16:33",
  ]);
});
