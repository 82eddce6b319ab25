import assert from "node:assert/strict";
import test from "node:test";
import { nextRoom, noteMissing, progressIn } from "../../static/js/audits/progress.js";
import { Lists } from "../../static/js/offline/lists.js";

const room = { code: "R-1", name: "Room 1", path: "/1/2/" };

function asset(tag, path, extra = {}) {
  return { tag, keys: [tag, `SN-${tag}`], name: "Laptop", location: "R", location_path: path, expected: true, seen_at: null, ...extra };
}

async function load(assets, blind = false) {
  const kept = { "audit:7": { body: { assets, blind }, fetched_at: 1 } };
  const lists = new Lists({ get: async (_store, key) => kept[key], put: async () => {} });
  await lists.load(7);
  return lists;
}

test("a location counts what is expected in it and inside it, however many codes mean an asset", async () => {
  const lists = await load([
    asset("A", "/1/2/"), asset("B", "/1/2/9/"), asset("C", "/1/3/"), asset("D", "/1/2/", { expected: false }),
    asset("E", "/1/2/", { seen_at: "2026-01-01T00:00:00Z" }), asset("F", null),
  ]);
  lists.noteSeen(lists.nameOf("SN-A"));
  const here = progressIn(lists, room);
  assert.deepEqual([here.expected, here.seen, here.missing.map((a) => a.asset_tag)], [3, 2, ["B"]]);
});

test("an undo counts back, and a second sighting keeps one", async () => {
  const lists = await load([asset("A", "/1/2/")]);
  lists.noteSeen("A");
  lists.noteSeen("A");
  lists.noteUndone("A");
  assert.equal(progressIn(lists, room).seen, 1);
  lists.noteUndone("A");
  lists.noteUndone("A");
  assert.equal(progressIn(lists, room).seen, 0);
});

test("what the server reports as missing is missing, and the rest counts as seen", async () => {
  const lists = await load([asset("A", "/1/2/"), asset("B", "/1/2/"), asset("C", "/1/3/")]);
  noteMissing(lists, room, ["B"]);
  assert.deepEqual(progressIn(lists, room).missing.map((a) => a.asset_tag), ["B"]);
  assert.ok(lists.wasSeen("A", lists.expected.get("A")));
  assert.equal(progressIn(lists, { ...room, path: "/1/3/" }).seen, 0);
});

test("what waits in the queue is counted again after a start, without what was undone", async () => {
  const lists = await load([asset("A", "/1/2/"), asset("B", "/1/2/"), asset("C", "/1/2/")]);
  const scan = (scan_id, code, extra = {}) => ({ scan_id, code, audit: 7, intent: "sighting", voids: null, ...extra });
  lists.countScanned([
    scan("1", "SN-A"), scan("2", "B"), scan("3", "B", { intent: "void", voids: "2", audit: null }),
    scan("4", "C", { audit: 8 }), scan("5", "C", { intent: "lookup" }),
  ], 7);
  assert.deepEqual(progressIn(lists, room).missing.map((a) => a.asset_tag), ["B", "C"]);
});

test("what the server has received since the list was made is counted again after a start", async () => {
  const lists = await load(["A", "B", "C", "D", "E"].map((tag) => asset(tag, "/1/2/"))); // of the moment 1
  const scan = (code, settled_at, outcome, extra = {}) => ({
    scan_id: code, code, audit: 7, intent: "sighting", voids: null, settled_at, result: { outcome }, ...extra,
  });
  lists.countScanned([
    scan("A", 2, "noted"), scan("B", 1, "noted"), scan("C", 2, "refused"), scan("D", 2, "noted"),
    scan("void D", 3, "applied", { intent: "void", voids: "D", audit: null }), scan("E", 2, undefined),
  ], 7);
  assert.deepEqual(progressIn(lists, room).missing.map((a) => a.asset_tag), ["B", "C", "D", "E"]);
});

test("a blind audit has no list, and so has no figures", async () => {
  const lists = await load([asset("A", "/1/2/")], true);
  assert.equal(progressIn(lists, room), null);
});

test("a code that means two expected assets is left to the server", async () => {
  const lists = await load([asset("A", "/1/2/"), asset("B", "/1/2/", { keys: ["B", "SN-A"] })]);
  assert.equal(lists.find("SN-A"), null);
  assert.equal(lists.find("B").asset.asset_tag, "B");
  assert.equal(progressIn(lists, room).expected, 2);
});

test("a scan counts if its intent counted when it was captured, whatever the intent's name", async () => {
  const lists = await load([asset("A", "/1/2/"), asset("B", "/1/2/")]);
  const scan = (code, intent, counts) => ({ scan_id: code, code, audit: 7, intent, counts, voids: null });
  lists.countScanned([scan("A", "new_kind_of_count", true), scan("B", "new_kind", false)], 7);
  assert.deepEqual(progressIn(lists, room).missing.map((a) => a.asset_tag), ["B"]);
});

test("a label is found however its accents and the width of its letters are written", async () => {
  const lists = await load([asset("\u00c9T-1", "/1/2/"), asset("ET-2", "/1/2/")]);
  for (const code of ["\u00c9T-1", "E\u0301T-1", "E\u0301t-1", "\uff25\u0301\uff34\uff0d\uff11"]) {
    assert.equal(lists.find(code)?.asset.asset_tag, "\u00c9T-1", code);
  }
  assert.equal(lists.find("\uff25\uff34-2")?.asset.asset_tag, "ET-2");
  assert.equal(lists.find("\u0395T-2"), null);
});

test("a number that means a tag under the prefix rule and something else is left to the server", async () => {
  const places = [{ code: "42", name: "Room 42", path: "/1/", keys: ["42"] }];
  const kept = {
    places: { body: { places, people: [], rules: { prefix: "LT-", digits: 5 } } },
    "audit:7": { body: { assets: [asset("LT-00042", "/1/"), asset("LT-00043", "/1/"), asset("LT-0042", "/1/")] }, fetched_at: 1 },
  };
  const lists = new Lists({ get: async (_store, key) => kept[key], put: async () => {} });
  await lists.load(7);
  assert.equal(lists.find("42"), null);
  assert.equal(lists.find("\uff14\uff12"), null);
  assert.equal(lists.find("43").asset.asset_tag, "LT-00043");
  assert.equal(lists.find("LT-0042").asset.asset_tag, "LT-0042");
  assert.equal(lists.find("lt-42").asset.asset_tag, "LT-00042");
});

test("the phone is sure only of what the server cannot read otherwise", async () => {
  const places = [
    { code: "R-1", name: "Room 1", path: "/1/", keys: ["R-1", "DOOR"] }, { code: "0207", name: "Room 207", path: "/2/", keys: ["0207"] },
  ];
  const rules = { base_url: "https://scan.example.org", prefix: "LT-", digits: 5, code39_check: true };
  const body = { places, people: [{ number: "1005", name: "Bob", keys: ["1005"] }], left: ["42", "SHUT"], rules };
  const lists = new Lists({ get: async (_store, key) => ({ places: { body } })[key], put: async () => {} });
  assert.deepEqual(lists.read("R-1", null), { meaning: null, isSure: false }, "without a list of anything");
  await lists.load(null);
  const kinds = (...read) => [lists.read(...read).meaning?.kind ?? null, lists.read(...read).isSure];
  for (const sure of [["r-1", null, "location"], ["0207", "code_128", "location"], ["1005", "qr_code", "person"], ["NOPE-1", null, null],
    ["https://scan.example.org/l/r-1", "qr_code", "location"], ["https://SCAN.example.org/P/1005", null, "person"]]) {
    assert.deepEqual(kinds(sure[0], sure[1]), [sure[2], true], sure[0]);
  }
  for (const open of [["42", null], ["SHUT", null], ["R-1", "code_39"], ["0207", "itf"], ["04A3C6CAE26180", "nfc"], ["0614141123452", null],
    ["https://scan.example.org/l/NOPE", null], ["https://scan.example.org/l/DOOR", null], ["https://id.gs1.org/414/0614141123452", null]]) {
    assert.deepEqual(kinds(...open), [null, false], open[0]);
  }
});

test("an asset that was counted in another room is not called already scanned", async () => {
  const { judge } = await import("../../static/js/scan/verdicts.js");
  const { facts } = await import("./vectors.mjs");
  const [one, other, inside] = [["Room 1", "/1/"], ["Room 2", "/2/"], ["Shelf", "/1/7/"]].map(([name, path]) => ({ code: name, name, path }));
  const known = { asset_tag: "A", name: "Laptop", location: "R", location_name: "R", location_path: "/1/", is_expected: true, seen: true, seen_in: null };
  const ask = (place, seenIn) => judge({
    facts, code: "A", intent: "sighting", meaning: { kind: "asset", asset: known }, place, person: null, hasExpected: true, wasSeen: true, seenIn,
  });
  assert.equal(ask(one, one).answer, "already_scanned");
  assert.equal(ask(inside, one).answer, "already_scanned");
  assert.equal(ask(null, one).answer, "already_scanned");
  const { answer, message } = ask(other, one);
  assert.equal(answer, "two_rooms");
  assert.match(message, /Room 1 before, and now in Room 2.*not checked yet/);
  for (const [place, seenIn] of [["open", one], [one, "open"], [one, { ...one, path: "" }]]) {
    assert.equal(ask(place, seenIn).answer, "saved");
    assert.match(ask(place, seenIn).message, /not checked yet/);
  }
});

test("the next room is the next in the tree, and around, in which something is left", async () => {
  const place = (code, name, path) => ({ code, name, full_name: `Site / ${name}`, path, keys: [code] });
  const places = [place("R-1", "Room 1", "/1/2/"), place("R-2", "Room 2", "/1/3/"), place("R-10", "Room 10", "/1/4/")];
  const kept = {
    places: { body: { places, people: [], rules: {} } },
    "audit:7": { body: { assets: [asset("A", "/1/2/"), asset("B", "/1/3/"), asset("C", "/1/4/"), asset("D", "/1/4/")] }, fetched_at: 1 },
  };
  const lists = new Lists({ get: async (_store, key) => kept[key], put: async () => {} });
  await lists.load(7);
  const next = (code) => { const found = nextRoom(lists, lists.placeOf(code)); return found && [found.place.code, found.left]; };
  assert.deepEqual(next("R-1"), ["R-2", 1]);
  assert.deepEqual(next("R-2"), ["R-10", 2]); // 10 comes after 2
  assert.deepEqual(next("R-10"), ["R-1", 1]);
  lists.noteSeen("B");
  assert.deepEqual(next("R-1"), ["R-10", 2]);
  lists.noteSeen("C");
  lists.noteSeen("D");
  assert.equal(next("R-1"), null);
});
