import assert from "node:assert/strict";
import test from "node:test";
import { Repeats, nearestToMiddle } from "../../static/js/capture/aim.js";
import { describeFailure } from "../../static/js/capture/photo.js";
import { LineSplitter, kindOf } from "../../static/js/capture/serial_lines.js";

const square = (x, y) => [{ x, y }, { x: x + 10, y }, { x: x + 10, y: y + 10 }, { x, y: y + 10 }];

test("the code nearest the middle is meant", () => {
  const codes = [{ text: "edge", format: "QRCode", polygon: square(0, 0) }, { text: "middle", format: "QRCode", polygon: square(300, 200) }];
  assert.equal(nearestToMiddle(codes, 640, 480).text, "middle");
  assert.equal(nearestToMiddle([], 640, 480), null);
});

test("a label in view is one scan until it has left the view", () => {
  const repeats = new Repeats(2000);
  const code = { text: "A", format: "QRCode", polygon: [] };
  assert.ok(repeats.isNew(code, 0));
  for (let now = 0; now <= 6000; now += 500) repeats.note(code, now);
  assert.ok(!repeats.isNew(code, 7000));
  assert.ok(repeats.isNew(code, 8001));
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

test("EM4100 cards come as numbers, tags as RFID and labels as wedge scans", () => {
  const lines = new LineSplitter().push("\u000210" + "0086F44426\u0003\u00020C000621A58E\r\n\u0003\u000262e3086cED08\u0003");
  assert.deepEqual(lines, ["100086F444", "0C000621A5", "62E3086CED"]);
  assert.deepEqual(new LineSplitter().push("\u0002123456789012\u0003"), ["123456789012"]);
  assert.deepEqual(lines.map((line) => kindOf(line).source), ["rfid", "rfid", "rfid"]);
  assert.deepEqual(["30751FEB705C5904E3D50D70", "LT-0001", "4006381333931", "96385074"].map((line) => kindOf(line).source),
    ["rfid", "wedge", "wedge", "wedge"]);
});

test("a photo that was not read is explained in whole sentences", () => {
  assert.equal(
    describeFailure(new Error("This is no picture. Send a JPEG.")),
    "The photo could not be read. This is no picture. Send a JPEG. Try again, or type the code instead.",
  );
  const late = new DOMException("signal timed out", "TimeoutError");
  assert.equal(describeFailure(late), "The photo could not be read. The server did not answer in time. Try again, or type the code instead.");
  assert.equal(describeFailure(new TypeError("Failed to fetch")), "The photo could not be read. There is no network. Try again, or type the code instead.");
});

test("a serial line is UTF-8 where it can be that, and else Latin-1", () => {
  const bytes = (text, encoding) => Buffer.from(text, encoding).toString("latin1");
  for (const encoding of ["utf8", "latin1"]) {
    assert.deepEqual(new LineSplitter().push(bytes("B\u00dcRO-1\r", encoding)), ["B\u00dcRO-1"], encoding);
  }
});
