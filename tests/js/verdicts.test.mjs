// The phone's verdicts without a network, scan by scan, against the vectors that the server is tested with too.
import assert from "node:assert/strict";
import test from "node:test";
import { progressIn } from "../../static/js/audits/progress.js";
import { Capturer } from "../../static/js/scan/capturer.js";
import { Station } from "../../static/js/scan/station.js";
import { judge } from "../../static/js/scan/verdicts.js";
import { fill, modeOf } from "../../static/js/shared/facts.js";
import { facts, loadOffice, loadVectors } from "./vectors.mjs";

const { office, scans } = loadVectors("verdicts.json");

async function openPage(mode, audit = 7, { onTaken = () => {}, ...given } = {}) {
  const lists = await loadOffice(office, audit);
  const kept = [];
  const station = new Station(); // node has no storage that it could be kept in
  const capturer = new Capturer({
    facts, lists, station,
    store: { add: async (record) => kept.push(record) && record },
    context: () => ({ audit, mode, due_at: "2027-01-01T22:59:59Z", condition: null, note: null, device: "d", user: { id: 1, name: "Ana" }, ...given }),
    offset: () => 0,
    onTaken,
    onRefused: () => {},
    onKept: () => {},
  });
  return { lists, station, take: async (text) => (await capturer.take({ text, source: "wedge" })) };
}

test("each scan of a count has the verdict and the sentence of the vectors", async () => {
  const page = await openPage("sighting");
  for (const { code, answer, sentence, fill: values, phone_answer, phone_message } of scans) {
    const { local } = await page.take(code);
    assert.equal(local.answer, phone_answer ?? answer, code);
    assert.equal(local.message, phone_message ?? fill(facts.sentences[sentence], values), code);
  }
});

test("each location is as far counted as in the vectors", async () => {
  const page = await openPage("sighting");
  for (const { code, here } of scans) {
    await page.take(code);
    if (!here) continue;
    const { seen, expected } = progressIn(page.lists, page.station.place);
    assert.deepEqual([seen, expected], here, code);
  }
});

test("what the phone cannot know it does not claim", async () => {
  const page = await openPage("check_in");
  for (const code of ["LT-001", "NOPE", "https://x.example/1"]) assert.equal((await page.take(code)).local.answer, "saved");
  const ask = (extra) => judge({ facts, intent: "sighting", meaning: null, place: null, person: null, hasExpected: true, wasSeen: false, ...extra });
  assert.equal(ask({ code: "NOPE", hasExpected: false }).answer, "saved");
  assert.equal(ask({ code: "https://x.example/1", isSure: false }).answer, "saved");
});

test("a scan that lacks a person or a location says so, by what its mode needs", async () => {
  for (const { value, needs_person, takes_person, needs_place, has_due, needs_quantity } of facts.modes) {
    if (needs_quantity) continue; // a count without a number is not stored
    const page = await openPage(value);
    const record = await page.take("LT-001");
    const { message } = record.local;
    if (needs_person) assert.match(message, /badge first/);
    if (needs_place) assert.match(message, /label first/);
    assert.equal(record.needs_person, takes_person);
    assert.equal(record.due_at !== null, has_due);
  }
});

test("the number of a count waits for stock: a location's label needs none and uses none up", async () => {
  const { code } = scans.find(({ sentence }) => sentence === "location");
  const used = [];
  const onTaken = (isStanding) => used.push(!isStanding);
  const without = await openPage("count", null, { onTaken });
  assert.equal((await without.take(code)).local.kind, "location");
  assert.equal(await without.take("ST-0001"), null);
  const page = await openPage("count", null, { onTaken, quantity: 12 });
  assert.equal((await page.take(code)).quantity, null);
  assert.equal((await page.take("ST-0001")).quantity, 12);
  assert.deepEqual(used, [false, false, true]);
});

test("an intent that the scripts have never heard of is captured as any other", async () => {
  facts.modes.push({ value: "hand_over", label: "Hand over", needs_person: true, needs_place: false, has_due: false, counts: false });
  try {
    const page = await openPage("hand_over");
    const record = await page.take("LT-001");
    assert.deepEqual([record.intent, record.needs_person, record.local.answer], ["hand_over", true, "saved"]);
    assert.match(record.local.message, /badge first/);
  } finally {
    facts.modes.pop();
  }
  assert.equal(modeOf(facts, "hand_over").label, "hand over");
});

test("every verdict that a phone can show has a word and an icon", () => {
  for (const answer of ["saved", "not_stored", "attention", "undone", ...scans.map((scan) => scan.answer)]) {
    assert.ok(facts.verdicts[answer]?.word && facts.verdicts[answer].icon, answer);
  }
});
