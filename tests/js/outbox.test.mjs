import assert from "node:assert/strict";
import test from "node:test";
import { waitAfter } from "../../static/js/shared/backoff.js";
import { MemoryStore } from "../../static/js/offline/memory_store.js";
import { buildPayload, countOutbox, nextBatch, sortResults } from "../../static/js/offline/outbox_batches.js";
import { OutboxSender } from "../../static/js/offline/outbox_sender.js";

function record(n, extra = {}) {
  return {
    scan_id: `id-${n}`, code: `LT-${n}`, intent: "sighting", captured_at: 1_700_000_000_000 + n, offset_ms: null,
    symbology: null, source: "wedge", location: "R-101", custodian: null, due_at: null, audit: null, voids: null,
    condition: null, note: null, user_id: 7, user_name: "Ana", ctx: "c", n, place_n: 0, person_n: 0,
    state: "waiting", reason: null, failures: 0, payload: null, local: null, ...extra,
  };
}

function json(status, body, headers = {}) {
  return new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json", ...headers } });
}

/** A server that takes each id once, and misbehaves as the test says. */
function fakeServer(answers = []) {
  const log = [];
  const requests = [];
  const send = async (path, options) => {
    if (path === "/scan/session.json") return json(200, { user: { id: 7, name: "Ana" }, now: new Date().toISOString() });
    const { scans } = JSON.parse(options.body);
    requests.push(scans.length);
    const trick = answers.shift();
    if (trick) {
      const answer = await trick(scans);
      if (answer) return answer;
    }
    for (const scan of scans) if (!log.includes(scan.scan_id)) log.push(scan.scan_id);
    return json(200, { results: scans.map((s) => ({ scan_id: s.scan_id, status: "recorded", answer: "fine", message: "" })) });
  };
  return { log, requests, send };
}

async function outbox(count, server) {
  const store = new MemoryStore();
  for (let n = 1; n <= count; n += 1) await store.add(record(n));
  return { store, sender: new OutboxSender(store, { fetch: server.send }) };
}

test("a batch is in order and of one person", () => {
  const records = [record(1), record(2, { user_id: 8 }), record(3), record(4, { state: "attention" }), record(5)];
  assert.deepEqual(nextBatch(records, 7).map((r) => r.n), [1, 3, 5]);
  assert.deepEqual(nextBatch(records, 7, 2).map((r) => r.n), [1, 3]);
});

test("a scan names the person only where its intent needed one, whatever the intent's name", () => {
  const sent = (extra) => buildPayload(record(0, { custodian: "1001", ...extra }), 0, "d").custodian;
  assert.equal(sent({ intent: "new_hand_out", needs_person: true }), "1001");
  assert.equal(sent({ intent: "sighting", needs_person: false }), undefined);
  assert.equal(sent({ intent: "check_out" }), "1001", "captured by the version before");
});

test("a wrong clock is corrected by the offset known at the capture", () => {
  const at = (offset, now) => buildPayload(record(0, { offset_ms: offset }), now, "d").scanned_at;
  assert.equal(at(-3_600_000, 0), new Date(1_700_000_000_000 - 3_600_000).toISOString());
  assert.equal(at(null, -3_600_000), new Date(1_700_000_000_000 - 3_600_000).toISOString());
  assert.equal(at(800, 0), new Date(1_700_000_000_000).toISOString());
});

test("only an answer for its own id takes a scan out", () => {
  const batch = [{ ...record(1), seq: 1 }, { ...record(2), seq: 2 }, { ...record(3), seq: 3 }];
  const sorted = sortResults(batch, { results: [{ scan_id: "id-1", status: "recorded" }, { scan_id: "id-2", status: "invalid", message: "no" }, { scan_id: "other", status: "recorded" }] });
  assert.deepEqual([sorted.settled.map((s) => s.seq), sorted.aside, sorted.missing], [[1], [{ seq: 2, reason: "no" }], [3]]);
  assert.equal(sortResults(batch, { ok: true }), null);
});

test("everything is sent once and in order, in batches", async () => {
  const server = fakeServer();
  const { store, sender } = await outbox(45, server);
  assert.equal((await sender.send()).state, "sent");
  assert.deepEqual(server.log, Array.from({ length: 45 }, (_, i) => `id-${i + 1}`));
  assert.deepEqual([server.requests, store.records.length], [[20, 20, 5], 0]);
});

const LOSSES = {
  "a connection that drops": () => { throw new TypeError("Failed to fetch"); },
  "a captive portal": () => new Response("<html>Welcome</html>", { status: 200, headers: { "Content-Type": "text/html" } }),
  "half an answer": () => new Response('{"results": [{"scan', { status: 200, headers: { "Content-Type": "application/json" } }),
  "somebody else's JSON": () => json(200, { ok: true }),
  "a busy server": () => json(503, { code: "database_unavailable", detail: "" }, { "Retry-After": "2" }),
  "a server that failed": () => json(500, { code: "internal", detail: "" }),
  "an end of the sign-in": () => json(401, { code: "not_signed_in", detail: "" }),
  "a role that may not scan": () => json(403, { code: "not_allowed", detail: "" }),
};
for (const [name, trick] of Object.entries(LOSSES)) {
  test(`${name} loses nothing, and what is sent again is equal`, async () => {
    const first = [];
    const server = fakeServer([(scans) => { first.push(...scans); return trick(); }, (scans) => { assert.deepEqual(scans[0], first[0]); }]);
    const { store, sender } = await outbox(3, server);
    assert.notEqual((await sender.send()).state, "sent");
    assert.equal(store.records.length, 3);
    sender.offsetMs = 99_999_999;
    await sender.send();
    assert.deepEqual(server.log.slice(0, 3), ["id-1", "id-2", "id-3"].slice(0, server.log.length));
    await sender.send();
    assert.equal(store.records.length, 0);
  });
}

test("what is too large is halved down to the scan that is", async () => {
  const refuse = (scans) => (scans.length > 2 || scans.some((s) => s.scan_id === "id-5") ? json(413, { code: "too_large", detail: "Too large." }) : null);
  const server = fakeServer(Array.from({ length: 30 }, () => refuse));
  const { store, sender } = await outbox(8, server);
  await sender.send();
  assert.deepEqual(store.records.map((r) => [r.scan_id, r.state]), [["id-5", "attention"]]);
  assert.equal(server.log.length, 7);
});

test("a scan that the server fails on is set aside after a while, and holds up no other", async () => {
  const fail = (scans) => (scans.some((s) => s.scan_id === "id-1") ? json(500, { code: "internal", detail: "" }) : null);
  const server = fakeServer(Array.from({ length: 40 }, () => fail));
  const { store, sender } = await outbox(3, server);
  for (let i = 0; i < 12 && store.records.length > 1; i += 1) await sender.send();
  assert.deepEqual(store.records.map((r) => [r.scan_id, r.state]), [["id-1", "attention"]]);
  assert.deepEqual(server.log, ["id-2", "id-3"]);
});

test("another person's scans are held, not sent under this name", async () => {
  const server = fakeServer();
  const { store, sender } = await outbox(2, server);
  store.records[0].user_id = 8;
  const round = await sender.send();
  assert.equal(round.state, "other_user");
  assert.deepEqual([server.log, countOutbox(store.records, 7).held], [["id-2"], 1]);
});

test("the wait doubles up to a minute, with jitter, and heeds the server", () => {
  assert.ok(waitAfter(1, 0, () => 0) >= 500 && waitAfter(1, 0, () => 1) <= 1000);
  assert.ok(waitAfter(30, 0, () => 1) <= 60_000);
  assert.equal(waitAfter(1, 5000, () => 0), 5000);
});

test("scans are sent under the name of the person who scanned, and stay while another is signed in", async () => {
  const expected = [];
  const server = fakeServer([() => json(409, { code: "other_user", detail: "Ben is signed in here." })]);
  const { store } = await outbox(3, server);
  const send = (path, options) => {
    if (path === "/api/v1/scans") expected.push(options.headers["X-Expected-User"]);
    return server.send(path, options);
  };
  const sender = new OutboxSender(store, { fetch: send });
  assert.equal((await sender.send()).state, "other_user");
  assert.equal((await store.all()).length, 3);
  assert.equal((await sender.send()).state, "sent");
  assert.deepEqual([expected, server.log], [["7", "7"], ["id-1", "id-2", "id-3"]]);
});
