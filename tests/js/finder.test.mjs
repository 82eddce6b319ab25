// The ticks of "Find it": silence where nothing is heard, faster and higher the warmer it is.
import assert from "node:assert/strict";
import test from "node:test";

const { chooseTick } = await import("../../static/js/tags/finder_sound.js");

test("nothing ticks where the tag is not heard", () => {
  for (const warmth of ["silent", "lost", "", "unknown"]) assert.equal(chooseTick(warmth, 90), null);
});

test("warmer is faster and higher, all the way", () => {
  const ticks = Array.from({ length: 101 }, (_, heat) => chooseTick("cold", heat));

  for (let heat = 1; heat <= 100; heat += 1) {
    assert.ok(ticks[heat].every <= ticks[heat - 1].every);
    assert.ok(ticks[heat].hertz >= ticks[heat - 1].hertz);
  }
  assert.deepEqual([ticks[0].every, ticks[100].every], [1200, 90]);
});

test("a heat out of its bounds is the bound", () => {
  assert.deepEqual(chooseTick("hot", 400), chooseTick("hot", 100));
  assert.deepEqual(chooseTick("cold", -5), chooseTick("cold", 0));
});

test("a reader that tells no strength ticks steadily", () => {
  assert.deepEqual(chooseTick("heard", 0), chooseTick("heard", 100));
});
