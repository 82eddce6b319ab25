// A delivery that is received without a network, scan by scan, against the vectors that the server is tested with too.
import assert from "node:assert/strict";
import test from "node:test";
import { Lists } from "../../static/js/offline/lists.js";
import { Work } from "../../static/js/lifecycle/work.js";
import { fill } from "../../static/js/shared/facts.js";
import { loadVectors } from "./vectors.mjs";

const { expected, scans, sentences } = loadVectors("receiving.json");
const NUMBER = "D7";
const stock = [{ code: "TONER", name: "Toner", unit: "piece", returns: false, keys: [["TONER", 1, null]] }];
const MAINTENANCE = {
  number: "M4", kind: "maintenance", title: "Maintenance of LT-9 Laptop", state: "open", page: "/tasks/M4", is_open: true,
  keys: ["LT-9", "SN-9"], intent: "repair", said: "LT-9 Laptop is in maintenance already (M4).",
};

globalThis.document = { addEventListener() {}, documentElement: { dataset: {} } };
globalThis.addEventListener = () => {};
globalThis.location = { search: "", origin: "https://scan.example.org" };
globalThis.fetch = async () => { throw new TypeError("no network"); };

async function openWork({ unsent = [], past = [], receipts = [] } = {}) {
  const work = {
    sentences: { ...sentences, task: "{title} ({number}) is {state}." }, tasks: [MAINTENANCE],
    deliveries: [{ ...expected, number: NUMBER, receipts }],
  };
  const kept = { places: { body: { places: [], stock, rules: {} } }, work: { body: work, fetched_at: 10 } };
  const store = { get: async (_store, key) => kept[key], put: async () => {}, all: async () => unsent, answers: async () => past };
  const lists = new Lists(store);
  await lists.load(null);
  return new Work({ store, lists, audit: null, task: NUMBER }).load();
}

let count = 0;
const scan = (code, extra = {}) => ({ scan_id: `s${(count += 1)}`, code, symbology: null, intent: "receive", task: NUMBER, voids: null, ...extra });

test("each scan of a delivery has the sentence of the vectors, marked as not checked", async () => {
  const work = await openWork();
  for (const { code, quantity, told, fill: values, phone_told: own = told, phone_fill: filled = values, phone_message: message } of scans) {
    const local = work.judge(scan(code, { quantity }));
    const said = own && fill(sentences[own], { number: NUMBER, ...filled });
    if (message) assert.equal(local, null, code);
    else assert.equal(local.message, `${said} Not checked yet.`, code);
    assert.ok(message || !["fine"].includes(local.answer), code);
  }
});

test("what was received before a restart counts, and what the list has does not count twice", async () => {
  const laptop = scans.find(({ told }) => told === "line").code;
  const noted = { outcome: "noted" };
  const work = await openWork({
    past: [scan("PF002", { settled_at: 20, result: noted }), scan("PF001", { settled_at: 5, result: noted })], // the newest first
    unsent: [scan("PF009"), scan(laptop)],
    receipts: [{ serial: "PF001", line: 1, quantity: 1, state: "received", stays: true }],
  });
  assert.match(work.judge(scan("PF001")).message, /already/);
  assert.match(work.judge(scan("PF010")).message, /2 of 2|more than ordered/);
});

test("an undo takes a receipt back", async () => {
  const work = await openWork();
  work.judge(scan(scans.find(({ told }) => told === "line").code));
  const first = scan("PF001");
  work.judge(first);
  work.withdraw(first.scan_id);
  assert.match(work.judge(scan("PF001")).message, /1 of 2/);
});

test("a scan names the open task of its asset, and the code of a task names it", async () => {
  const work = await openWork();
  const repair = (code, intent = "repair") => work.judge(scan(code, { intent, task: null }))?.message;
  assert.equal(repair("sn-9"), `${MAINTENANCE.said} Not checked yet.`);
  assert.equal(repair("sn-9", "deploy"), undefined);
  assert.equal(repair("LT-8"), undefined);
  assert.equal(repair("https://scan.example.org/t/m4", "lookup"), "Maintenance of LT-9 Laptop (M4) is open. Not checked yet.");
  assert.equal(repair("https://scan.example.org/t/M5", "lookup"), undefined);
});

test("where only the server can say, the phone says no more than that it is saved", async () => {
  const work = await openWork();
  for (const code of ["SN-1", "https://x.example/1", "1SABCDEFGH12345678"]) assert.equal(work.judge(scan(code)), null, code);
  assert.equal(work.judge(scan("SN-1", { task: "D8" })), null);
});
