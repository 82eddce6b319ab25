// What was read before a scan: it goes along until the server has answered it, whatever becomes of its record.
import assert from "node:assert/strict";
import test from "node:test";
import { MemoryStore } from "../../static/js/offline/memory_store.js";
import { buildPayload } from "../../static/js/offline/outbox_batches.js";
import { Capturer } from "../../static/js/scan/capturer.js";
import { Station } from "../../static/js/scan/station.js";
import { facts, loadOffice, loadVectors } from "./vectors.mjs";

const { office } = loadVectors("verdicts.json");
const ROOM = { kind: "location", place: { code: "R-102", name: "Room 102" } };

/** A disk that a test can fill up: what is not taken there goes to the page's memory. */
class Disk extends MemoryStore {
  isFull = false;
  async add(record) {
    if (this.isFull) throw new DOMException("", "QuotaExceededError");
    return super.add(record);
  }
}

async function openPage(mode = "sighting", onKept = () => {}) {
  const lists = await loadOffice(office, 7);
  const [station, disk, memory] = [new Station(), new Disk(), new MemoryStore()];
  const capturer = new Capturer({
    facts, lists, station, store: disk, memory, offset: () => 0, onKept,
    context: () => ({ audit: null, mode, due_at: null, condition: null, note: null, device: "d", user: { id: 1, name: "Ana" } }),
  });
  const take = (text, symbology = null) => capturer.take({ text, source: "wedge", symbology });
  const settle = async (record, result) => {
    await disk.settle([{ seq: record.seq, result }]);
    station.takeAnswer(record, result);
  };
  return { station, disk, memory, take, settle };
}

async function sent(store) {
  const records = await store.freeze(store.records.map((record) => record.seq), (record, said) => buildPayload(record, 0, "d", said));
  const codes = (reads = []) => reads.map((read) => read.code);
  return records.map(({ payload }) => [payload.code, payload.location ?? null, codes(payload.location_read), payload.custodian ?? null, codes(payload.custodian_read)]);
}

test("a scan says what was read before it, and once that is answered, what the answer was", async () => {
  const { station, disk, take, settle } = await openPage();
  const label = await take("04A3C6CAE26180", "nfc");
  const other = await take("LT-001");
  await take("LT-002");
  assert.ok(station.isPlaceOpen);
  assert.equal(station.place, null);
  await settle(label, ROOM);
  assert.deepEqual([station.isPlaceOpen, station.place.code], [false, "R-102"]);
  await settle(other, { kind: "asset" });
  await take("LT-003");
  assert.deepEqual(await sent(disk), [
    ["LT-002", "R-102", [], null, []], ["LT-003", "R-102", ["LT-002"], null, []],
  ]);
});

test("a label that the server refused goes along as it was read, until another one follows", async () => {
  const { station, disk, take, settle } = await openPage("check_out");
  await settle(await take("B-77"), { kind: "person", person: { number: "1001", name: "Ana Alves" } });
  await settle(await take("04B1C2D3E4F580", "nfc"), { kind: "person", person: null, refusal: "person_left" });
  assert.deepEqual([station.isPersonOpen, station.person.name], [false, "04B1C2D3E4F580"]);
  await take("LT-001");
  await settle(await take("B-77"), { kind: "person", person: { number: "1001", name: "Ana Alves" } });
  await take("LT-002");
  assert.deepEqual((await sent(disk)).map((row) => row.slice(3)), [[null, ["04B1C2D3E4F580"]], ["1001", []]]);
});

test("what a full disk did not take goes along with what it takes later, and the other way round", async () => {
  const { disk, memory, take } = await openPage();
  await take("04A3C6CAE26180", "nfc");
  disk.isFull = true;
  const early = take("04B1C2D3E4F580", "nfc"); // the next is captured before this one has failed
  await take("LT-001");
  await early;
  disk.isFull = false;
  await take("LT-002");
  const reads = async (store) => (await sent(store)).map(([code, , codes]) => [code, codes]);
  assert.deepEqual(await reads(memory), [
    ["04B1C2D3E4F580", ["04A3C6CAE26180"]], ["LT-001", ["04A3C6CAE26180", "04B1C2D3E4F580"]],
  ]);
  assert.deepEqual((await reads(disk)).at(-1), ["LT-002", ["04A3C6CAE26180", "04B1C2D3E4F580", "LT-001"]]);
});

test("leaving a location by hand is final, whatever was read before", async () => {
  const { station, disk, take, settle } = await openPage();
  const label = await take("04A3C6CAE26180", "nfc");
  station.setPlace(null, station.next());
  await take("LT-001");
  await settle(label, ROOM);
  await take("LT-002");
  assert.equal(station.place, null);
  assert.deepEqual((await sent(disk)).map(([code, place, reads]) => [code, place, reads]), [["LT-001", null, []], ["LT-002", null, ["LT-001"]]]);
});

test("an undo takes a label back, also where its answer came first", async () => {
  for (const isAnswered of [true, false]) {
    const { station, disk, take, settle } = await openPage();
    await settle(await take("R-101"), { kind: "location", place: { code: "R-101", name: "Room 101" } });
    const before = station.standing;
    const label = await take("04A3C6CAE26180", "nfc");
    if (isAnswered) await settle(label, ROOM);
    station.withdraw({ scanId: label.scan_id, n: label.n }, before);
    if (!isAnswered) await settle(label, ROOM);
    assert.equal(station.place.code, "R-101", String(isAnswered));
    await take("LT-001");
    assert.deepEqual((await sent(disk)).map(([code, place, reads]) => [code, place, reads]), [["LT-001", "R-101", []]]);
  }
});

test("scans that an older version of this page captured are linked by their tab", async () => {
  const store = new MemoryStore();
  const old = (n, code, extra = {}) => ({
    scan_id: `id-${n}`, code, intent: "move", captured_at: n, offset_ms: 0, symbology: null, source: "wedge", location: "R-101",
    custodian: null, user_id: 1, ctx: "a", n, place_n: 1, person_n: 0, state: "waiting", unresolved: true, payload: null, ...extra,
  });
  for (const record of [old(2, "04A3C6CAE26180"), old(3, "X-1", { ctx: "b" }), old(4, "LT-001")]) await store.add(record);
  assert.deepEqual((await sent(store)).map(([code, place, reads]) => [code, place, reads]), [
    ["04A3C6CAE26180", "R-101", []], ["X-1", "R-101", []], ["LT-001", "R-101", ["04A3C6CAE26180"]],
  ]);
});

test("a scan takes its location from an answer that came batches before, through all that waits between", async () => {
  const { disk, take, settle } = await openPage();
  const label = await take("04A3C6CAE26180", "nfc");
  for (const tag of ["LT-001", "LT-002", "LT-003"]) await take(tag);
  await settle(label, ROOM);
  assert.deepEqual((await sent(disk)).map(([code, place, reads]) => [code, place, reads]), [
    ["LT-001", "R-102", []], ["LT-002", "R-102", ["LT-001"]], ["LT-003", "R-102", ["LT-001", "LT-002"]],
  ]);
});

test("a page that fails to show a scan has stored it once, and says so nowhere else", async () => {
  const { disk, memory, take } = await openPage("sighting", () => {
    throw new Error("the page broke");
  });
  await assert.rejects(take("LT-1"), /the page broke/);
  assert.equal(disk.records.length, 1);
  assert.equal(memory.records.length, 0);
});
