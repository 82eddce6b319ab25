// The sheet of a shelf: what leaves it stays with it, under one id, until the outbox has it.
import assert from "node:assert/strict";
import test from "node:test";
import { emptySheet, forget, put, readSheet, setNumber, takeCounts, takeMoves } from "../../static/js/stock/sheet.js";

const store = { code: "R-1", name: "Stockroom", path: "/1/" };
const lab = { code: "R-2", name: "Lab", path: "/2/" };
const pieces = (code, place = store) => ({ item: { code, name: code, unit: "piece", returns: false }, quantity: 1, place });
const given = (id, quantity = 1) => ({ id, quantity, place: null, at: 1 });

test("a line keeps the id that it began with, whatever is added to it", () => {
  const sheet = setNumber(put(put(emptySheet("count"), pieces("A"), given("one")), pieces("A"), given("two")), "A R-1", 9, 2);
  assert.deepEqual(sheet.lines.map(({ id, number }) => [id, number]), [["one", 9]]);
});

test("what leaves stays with the sheet until it is forgotten by its id", () => {
  let sheet = put(put(emptySheet("move"), pieces("A"), given("one")), pieces("B", lab), given("two"));
  const { sheet: left, reads } = takeMoves(sheet, lab);
  assert.deepEqual([left.lines.map(({ id }) => id), reads.map(({ id, target }) => [id, target])], [["two"], [["one", "R-2"]]]);
  assert.deepEqual(left.leaving, reads);
  sheet = readSheet(JSON.stringify(left), () => "new");
  assert.deepEqual(sheet.leaving, JSON.parse(JSON.stringify(reads)));
  assert.deepEqual(forget(sheet, "one").leaving, []);
  assert.deepEqual(forget(sheet, "two").leaving.length, 1);
});

test("a sheet of which all is saved is still kept while something leaves it", () => {
  const { sheet } = takeCounts(put(emptySheet("count"), pieces("A"), given("one")));
  assert.deepEqual([sheet.lines, readSheet(JSON.stringify(sheet), () => "new").leaving.map(({ id }) => id)], [[], ["one"]]);
});

test("a sheet of an older version gets the ids that it lacks", () => {
  const old = { mode: "count", current: null, lines: [{ key: "A ", code: "A", name: "A", unit: "", place: null, number: 2, at: 1 }] };
  const { lines, leaving } = readSheet(JSON.stringify(old), () => "new");
  assert.deepEqual([lines[0].id, leaving], ["new", []]);
  assert.equal(readSheet("{}", () => "new"), null);
});
