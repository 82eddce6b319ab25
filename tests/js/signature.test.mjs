// The strokes of the pad: what is drawn, undone and sent, by the limits that the server has too.
import assert from "node:assert/strict";
import test from "node:test";
import { LIMITS, PAD, Strokes } from "../../static/js/shared/strokes.js";
import { loadVectors } from "./vectors.mjs";

/** @param {Strokes} strokes */
function draw(strokes, x, y, steps, width) {
  strokes.start(x, y);
  for (let n = 1; n <= steps; n += 1) strokes.draw(x + Math.floor((width * n) / steps), y);
  strokes.lift();
}

test("a signature is enough where the server would take it", () => {
  for (const { say, from, is_enough } of loadVectors("signatures.json").enough) {
    const strokes = new Strokes();
    for (const stroke of from) draw(strokes, ...stroke);
    assert.equal(strokes.isEnough(), is_enough, say);
  }
});

test("only points are sent: whole numbers on the pad, without time or pressure", () => {
  const strokes = new Strokes();
  strokes.start(10.4, -7);
  strokes.draw(5000, 90.6);

  assert.deepEqual(JSON.parse(strokes.toText()), { ...PAD, strokes: [[[10, 0], [1200, 91]]] });
});

test("a hand that rests adds no points, and a lifted pen draws nothing", () => {
  const strokes = new Strokes();
  strokes.start(10, 10);
  assert.equal(strokes.draw(12, 11), false);
  strokes.lift();
  assert.equal(strokes.draw(200, 11), false);
  assert.equal(strokes.points, 1);
});

test("undo takes the last stroke, clear all of them; an empty pad sends nothing", () => {
  const strokes = new Strokes();
  draw(strokes, 10, 10, 5, 100);
  draw(strokes, 10, 90, 5, 100);
  strokes.undo();
  assert.equal(strokes.toPath(), "M10 10L30 10L50 10L70 10L90 10L110 10");
  strokes.clear();
  assert.equal(strokes.toText(), "");
});

test("no stroke is begun beyond the limits", () => {
  const strokes = new Strokes();
  for (let n = 0; n < LIMITS.strokes; n += 1) assert.ok(strokes.start(n, n));
  assert.equal(strokes.start(1, 1), false);
});

test("a form that comes back has its strokes again; anything else is an empty pad", () => {
  const strokes = new Strokes();
  draw(strokes, 10, 10, 20, 400);

  assert.equal(Strokes.read(strokes.toText()).toText(), strokes.toText());
  for (const text of ["", "{", '{"w": 5}', "null"]) assert.equal(Strokes.read(text).toText(), "");
});
