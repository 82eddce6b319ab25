// The live sweep's own rules: what counts, what follows what, what the figure says, when the phone rests.
import assert from "node:assert/strict";
import test from "node:test";
import { findThinBars, sayCloser } from "../../static/js/sweep/closer.js";
import { itemOf, sayFigure } from "../../static/js/sweep/items.js";
import { Pace } from "../../static/js/sweep/pace.js";
import { Tracks } from "../../static/js/sweep/tracks.js";

/** A code of 100 x 40 pixels whose middle is at x, y. */
const code = (text, format, x, y = 100, side = 50) => ({
  text, format, polygon: [[x - side, y - 20], [x + side, y - 20], [x + side, y + 20], [x - side, y + 20]].map(([a, b]) => ({ x: a, y: b })),
});
const textsOf = (codes) => codes.map((one) => one.text);

test("a strong code counts by one frame, a weak one by two that agree within three seconds", () => {
  const tracks = new Tracks();
  const shown = [code("LT-1", "code_128", 100), code("4006381333931", "ean_13", 400)];

  assert.deepEqual(textsOf(tracks.take(shown, 0)), ["LT-1"]);
  assert.deepEqual(textsOf(tracks.take(shown, 60)), ["4006381333931"]);
  assert.deepEqual(tracks.take(shown, 120), []);

  const late = new Tracks();
  late.take([code("LT-2", "code_39", 100)], 0);
  assert.deepEqual(late.take([code("LT-2", "code_39", 100)], 3500), []);
  assert.deepEqual(late.take([], 4500), []); // its outline is gone by now, what was read of it is not
  assert.deepEqual(textsOf(late.take([code("LT-2", "code_39", 40)], 5500)), ["LT-2"]);
});

test("of a weak code one frame has to show many lines", () => {
  const line = { ...code("4006381333931", "ean_13", 100), polygon: [[50, 100], [150, 100], [150, 101], [50, 101]].map(([x, y]) => ({ x, y })) };
  const tracks = new Tracks();
  for (const at of [0, 50, 100]) assert.deepEqual(tracks.take([line], at), []);
  assert.deepEqual(textsOf(tracks.take([code("4006381333931", "ean_13", 100)], 150)), ["4006381333931"]);
});

test("one frame handed over twice is one frame", () => {
  const tracks = new Tracks();
  tracks.take([code("LT-2", "code_39", 100)], 50);
  assert.deepEqual(tracks.take([code("LT-2", "code_39", 100)], 50), []);
});

test("what comes back into view, anywhere, counts no second time", () => {
  const tracks = new Tracks();
  tracks.take([code("LT-1", "qr_code", 100)], 0);
  assert.deepEqual(tracks.take([code("LT-1", "qr_code", 900)], 9000), []);
});

test("two texts of one place dispute it until one of them leads", () => {
  const tracks = new Tracks();
  tracks.take([code("12345670", "ean_8", 100)], 0);
  assert.deepEqual(tracks.take([code("12345687", "ean_8", 104)], 50), []);
  assert.equal(tracks.tracks.length, 1);
  assert.deepEqual(textsOf(tracks.take([code("12345687", "ean_8", 108)], 100)), ["12345687"]);
  assert.deepEqual(tracks.take([code("12345670", "ean_8", 112)], 150), []);
});

test("a weak code inside a strong one is a part of it", () => {
  const tracks = new Tracks();
  const shown = [code("(01)09501101530003", "code_128", 100), code("950110", "itf", 90, 100, 20)];
  tracks.take(shown, 0);
  assert.deepEqual(tracks.take(shown, 50), []);
  assert.deepEqual(tracks.tracks.map((track) => track.text), ["(01)09501101530003"]);
});

test("outlines follow the hand between frames, also of a label that a frame missed", () => {
  const tracks = new Tracks();
  tracks.take([code("LT-1", "qr_code", 100), code("LT-2", "qr_code", 400)], 0);
  tracks.take([code("LT-1", "qr_code", 90), code("LT-2", "qr_code", 390)], 50);
  tracks.take([code("LT-1", "qr_code", 80)], 100);

  const missed = tracks.tracks.find((track) => track.text === "LT-2");
  assert.equal(missed.polygon[0].x, 330); // its left edge was at 350, 340, and is at 330 now
  assert.deepEqual([tracks.outlines(150).dx, tracks.outlines(150).dy], [-10, 0]);
  assert.equal(tracks.outlines(5000).dx, -32); // a frame that does not come moves nothing away

  tracks.take([code("LT-1", "qr_code", 70)], 600);
  assert.deepEqual(tracks.tracks.map((track) => track.text), ["LT-1"]);
});

/** What the phone knows, as much of it as a sweep asks. */
const listsOf = (meaning, seenIn = undefined) => ({
  read: () => ({ meaning, isSure: true }), nameOf: (text) => text,
  wasSeen: () => seenIn !== undefined, whereSeen: () => seenIn ?? null,
});
const LAPTOP = { kind: "asset", asset: { asset_tag: "LT-1", name: "Laptop" } };
const ROOM = { code: "R-1", name: "Room 1", path: "/1/" };
const answerOf = (lists, place = ROOM) => itemOf(code("LT-1", "qr_code", 0), { lists, place }).answer;

test("passing a room's label or a badge scans nothing, and what was counted here is not counted again", () => {
  assert.equal(answerOf(listsOf(LAPTOP)), "reading");
  assert.equal(answerOf(listsOf({ kind: "location", place: ROOM })), "label");
  assert.equal(answerOf(listsOf({ kind: "person", person: { name: "Ana" } })), "label");
  assert.equal(answerOf(listsOf(LAPTOP, ROOM)), "already_scanned");
  assert.equal(answerOf(listsOf(LAPTOP, { ...ROOM, code: "R-2" })), "reading"); // in two rooms: somebody has to look
  assert.equal(answerOf(listsOf(LAPTOP, "open")), "reading");
});

test("a password in view is neither recorded nor shown", () => {
  const item = itemOf(code("WIFI:S:office;P:hunter2;;", "qr_code", 0), { lists: listsOf(null), place: ROOM });
  assert.deepEqual([item.code, item.name, item.answer], ["Secret", "Secret", "refused"]);
});

test("the figure says how many are here, from elsewhere and unknown, without those that were taken off", () => {
  const item = (answer, isCounted = true) => ({ answer, isCounted });
  const items = [item("fine"), item("wrong_place"), item("two_rooms"), item("unknown"), item("undone", false)];

  assert.equal(sayFigure(items, { seen: 23, expected: 31 }), "23 of 31 here, 2 from elsewhere, 1 unknown");
  assert.equal(sayFigure([item("saved")], null), "1 counted");
  assert.equal(sayFigure([], null), "0 counted");
});

test("frames become rare when nothing has moved for a while, and come at once when it does", () => {
  const pace = new Pace();
  const picture = (level) => new Uint8ClampedArray(64).fill(level);

  assert.equal(pace.wait(picture(100), 0), 15);
  assert.equal(pace.wait(picture(103), 1400), 15); // noise
  assert.equal(pace.wait(picture(100), 1600), 300);
  assert.equal(pace.wait(picture(120), 1900), 15);
});

/** A picture with bars of a width in pixels, each row the same, blurred a little, with noise. */
function drawBars({ module, left, top, height = 60, random = 1 }) {
  const [wide, high] = [640, 360];
  const widths = [];
  for (let i = 0; i < 60; i += 1) widths.push(1 + ((i * 7 + (i % 5) * 3) % 4) * (i % 3 ? 1 : 0));
  const edges = widths.reduce((all, one) => [...all, all.at(-1) + one * module], [left]);
  const inkAt = (x) => (x < left || x >= edges.at(-1) ? 0 : Number(edges.findIndex((edge) => edge > x) % 2 === 1));
  const line = Array.from({ length: wide }, (_, x) => {
    let ink = 0;
    for (let part = -6; part < 14; part += 1) ink += inkAt(x + part / 8) / 20; // a pixel, and blur at its sides
    return 200 - 150 * ink;
  });
  const data = new Uint8ClampedArray(4 * wide * high).fill(180);
  let seed = random;
  const noise = () => ((seed = (seed * 16807) % 2147483647) / 2147483647 - 0.5) * 10;
  for (let y = 0; y < high; y += 1) {
    for (let x = 0; x < wide; x += 1) data[4 * (y * wide + x) + 1] = (y >= top && y < top + height ? line[x] : 180) + noise();
  }
  return { data, wide, high };
}
const look = ({ data, wide, high }, isRead) => findThinBars(data, wide, high, isRead);

test("bars too thin to be read are found and pointed at, bars that can be read are not", () => {
  const point = look(drawBars({ module: 1.5, left: 20, top: 20 }));
  assert.ok(Math.abs(point.x - 115) < 60 && point.y > 15 && point.y < 85, JSON.stringify(point));
  assert.deepEqual(sayCloser(point, 640, 360), {
    words: "Come closer to the label at the top left: its bars are too small to read.", degrees: sayCloser(point, 640, 360).degrees,
  });
  assert.ok(Math.abs(sayCloser(point, 640, 360).degrees + 58) < 12); // up and to the left

  assert.equal(look(drawBars({ module: 3, left: 20, top: 20 })), null);
  assert.equal(look(drawBars({ module: 1.5, left: 20, top: 20 }), () => true), null); // it was read after all
  assert.equal(sayCloser({ x: 320, y: 180 }, 640, 360).degrees, null);
});

test("noise and a weave, whose rows differ, are not bars", () => {
  const { data, wide, high } = drawBars({ module: 1.5, left: 20, top: 400 });
  assert.equal(findThinBars(data, wide, high), null);
  let seed = 5;
  for (let i = 1; i < data.length; i += 4) data[i] = (seed = (seed * 16807) % 2147483647) % 255;
  assert.equal(findThinBars(data, wide, high), null);
});
