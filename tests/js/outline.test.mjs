import assert from "node:assert/strict";
import test from "node:test";
import { findCorner, moveCross, readCorners, showCorners } from "../../static/js/floors/outline.js";

test("a tap becomes thousandths of the picture, wherever it lies on the page", () => {
  const box = { left: 20, top: 100, width: 400, height: 200 };
  assert.deepEqual(findCorner(box, 220, 150, 1000), [500, 250]);
  assert.deepEqual(findCorner(box, 0, 900, 1000), [0, 1000]);
});

test("corners are read as the server writes them, while somebody types too", () => {
  assert.deepEqual(readCorners("120,300 400, 300 4"), [[120, 300], [400, 300]]);
  assert.equal(showCorners([[1, 2], [3, 4]]), "1,2 3,4");
});

test("arrow keys move the cross, and never out of the picture", () => {
  assert.deepEqual(moveCross([500, 500], "ArrowUp", 10, 1000), [500, 490]);
  assert.deepEqual(moveCross([995, 0], "ArrowRight", 10, 1000), [1000, 0]);
  assert.equal(moveCross([5, 5], "a", 10, 1000), null);
});
