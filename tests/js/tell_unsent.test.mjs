/** What a phone tells an audit of its unsent scans: only what has settled, and only what is news. */
import assert from "node:assert/strict";
import { mock, test } from "node:test";

mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
globalThis.navigator ??= /** @type {any} */ ({ onLine: true });
let hide = () => {};
globalThis.document = {
  visibilityState: "hidden",
  addEventListener: (_name, listener) => (hide = listener),
};
const { UnsentTeller } = await import("../../static/js/offline/tell_unsent.js");

/** Return a teller of audit 7 with what it sent. */
function teller({ ok = true } = {}) {
  const sent = [];
  const send = async (address, { method, body }) => {
    sent.push([method, address, JSON.parse(body).unsent]);
    return { ok };
  };
  return { one: new UnsentTeller(7, "web 1", send), sent };
}

const held = (count) => [...Array(count).fill({ audit: 7 }), { audit: 8 }, { audit: null }];
const settle = async (ms = 2_000) => {
  mock.timers.tick(ms);
  await new Promise((resolve) => setImmediate(resolve));
};

test("a scan that is sent at once is not told", async () => {
  const { one, sent } = teller();
  one.note(held(0));
  await settle();
  one.note(held(1));
  await settle(500);
  one.note(held(0));
  await settle();
  assert.deepEqual(sent, [["PUT", "/api/v1/audits/7/phones/web%201", 0]]);
});

test("what stays is told once, of this audit alone, and again when the page is left", async () => {
  const { one, sent } = teller();
  one.note(held(3));
  await settle();
  one.note(held(3));
  await settle();
  assert.deepEqual(sent.map(([, , unsent]) => unsent), [3]);
  one.note(held(4));
  hide();
  await settle(0);
  assert.deepEqual(sent.map(([, , unsent]) => unsent), [3, 4]);
});

test("what was not taken is told again", async () => {
  const { one, sent } = teller({ ok: false });
  one.note(held(2));
  await settle();
  one.note(held(2));
  await settle();
  assert.equal(sent.length, 2);
});

test("what another person scanned on this phone is not told as one's own", async () => {
  const { one, sent } = teller();
  one.note([{ audit: 7, user_id: 1 }, { audit: 7, user_id: 2 }, { audit: 7, user_id: 2 }], 1);
  await settle();
  assert.deepEqual(sent.map(([, , unsent]) => unsent), [1]);
});
