import assert from "node:assert/strict";
import test from "node:test";
import { Repeats, nearestToMiddle, symbologyName } from "../../static/js/capture/aim.js";
import { describeFailure } from "../../static/js/capture/photo.js";
import { LineSplitter, kindOf } from "../../static/js/capture/serial_lines.js";
import { judge } from "../../static/js/scan/verdicts.js";

const square = (x, y) => [{ x, y }, { x: x + 10, y }, { x: x + 10, y: y + 10 }, { x, y: y + 10 }];

test("the code nearest the middle is meant", () => {
  const codes = [{ text: "edge", format: "QRCode", polygon: square(0, 0) }, { text: "middle", format: "QRCode", polygon: square(300, 200) }];
  assert.equal(nearestToMiddle(codes, 640, 480).text, "middle");
  assert.equal(nearestToMiddle([], 640, 480), null);
});

test("a label in view is one scan until it was away", () => {
  const repeats = new Repeats(2000);
  const code = { text: "A", format: "QRCode", polygon: [] };
  assert.ok(repeats.isNew(code, 0));
  for (let now = 0; now <= 6000; now += 500) repeats.note(code, now);
  assert.ok(!repeats.isNew(code, 7000));
  assert.ok(repeats.isNew(code, 8001));
});

test("symbologies have the Barcode Detection API's names", () => {
  assert.deepEqual(["QRCode", "Code128", "EAN-13", "qr_code", "DataMatrix"].map(symbologyName), ["qr_code", "code_128", "ean_13", "qr_code", "data_matrix"]);
});

test("serial lines come whole, however they are cut", () => {
  for (const size of [1, 2, 3, 50]) {
    const splitter = new LineSplitter();
    const stream = "0012345678\r\nABC\r\u0002DEF\u0003\n\nhalf";
    const lines = [];
    for (let i = 0; i < stream.length; i += size) lines.push(...splitter.push(stream.slice(i, i + size)));
    assert.deepEqual(lines, ["0012345678", "ABC", "DEF"]);
  }
});

test("a card at the desk has the number that it has at the door", () => {
  const lines = new LineSplitter().push("\u000210" + "0086F44426\u0003\u00020C000621A58E\r\n\u0003\u000262e3086cED08\u0003");
  assert.deepEqual(lines, ["100086F444", "0C000621A5", "62E3086CED"]);
  assert.deepEqual(new LineSplitter().push("\u0002123456789012\u0003"), ["123456789012"]);
  assert.deepEqual(lines.map((line) => kindOf(line).source), ["rfid", "rfid", "rfid"]);
  assert.deepEqual(["30751FEB705C5904E3D50D70", "LT-0001", "4006381333931", "96385074"].map((line) => kindOf(line).source),
    ["rfid", "wedge", "wedge", "wedge"]);
});

const room = { code: "R-101", name: "Room 101", path: "/1/2/" };
const asset = { asset_tag: "LT-1", name: "Laptop", location: "R-102", location_name: "Room 102", location_path: "/1/3/", is_expected: true, seen: false };
const ask = (extra) => judge({ code: "LT-1", intent: "sighting", meaning: { kind: "asset", asset }, place: room, person: null, hasExpected: true, wasSeen: false, ...extra });

test("the answer offline is the real one where the list is here", () => {
  assert.equal(ask({}).answer, "wrong_place");
  assert.equal(ask({ place: { ...room, path: "/1/3/" } }).answer, "fine");
  assert.equal(ask({ place: { ...room, path: "/1/3/9/" } }).answer, "fine");
  assert.equal(ask({ wasSeen: true }).answer, "already_scanned");
  assert.equal(ask({ meaning: { kind: "asset", asset: { ...asset, is_expected: false } } }).answer, "wrong_place");
  assert.equal(ask({ meaning: null, code: "NOPE" }).answer, "unknown");
});

test("what the phone cannot know it does not claim", () => {
  assert.equal(ask({ meaning: null, code: "NOPE", hasExpected: false }).answer, "saved");
  assert.equal(ask({ meaning: null, code: "https://x/1" }).answer, "saved");
  assert.equal(ask({ intent: "check_in" }).answer, "saved");
});

test("a photo that was not read is told in whole sentences", () => {
  assert.equal(
    describeFailure(new Error("This is no picture. Send a JPEG.")),
    "The photo could not be read. This is no picture. Send a JPEG. Try again, or type the code instead.",
  );
  const late = new DOMException("signal timed out", "TimeoutError");
  assert.equal(describeFailure(late), "The photo could not be read. The server did not answer in time. Try again, or type the code instead.");
  assert.equal(describeFailure(new TypeError("Failed to fetch")), "The photo could not be read. There is no network. Try again, or type the code instead.");
});
