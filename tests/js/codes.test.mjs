// What a scanned text means: the phone's reading against the vectors that the server is tested with too.
import assert from "node:assert/strict";
import test from "node:test";
import { symbologyName } from "../../static/js/capture/symbologies.js";
import { readCard } from "../../static/js/capture/serial_lines.js";
import { Capturer } from "../../static/js/scan/capturer.js";
import { codeKey, isPlain, isSecret, localKeys, readOwnLink, readRaw, readsLikeName, showCode } from "../../static/js/shared/codes.js";
import { facts, loadVectors } from "./vectors.mjs";

const vectors = loadVectors("codes.json");
const say = JSON.stringify;

test("a raw text loses its ends and its AIM prefix, which names the symbology", () => {
  for (const { text, code, symbology } of vectors.raw) assert.deepEqual(readRaw(text), { code, symbology }, say(text));
});

test("a key is made as the server makes it", () => {
  for (const { text, rules, key } of vectors.keys) assert.equal(codeKey(text, rules), key, say([text, rules]));
});

test("a code has the keys that the server looks it up by, in the same order", () => {
  for (const { text, rules, symbology, keys } of vectors.meanings) {
    assert.deepEqual(localKeys(text, rules, symbology), keys, say([text, rules, symbology]));
  }
});

test("a link of ours says what it labels", () => {
  const kinds = { a: "tag", l: "location_code", p: "person_number", t: "task" };
  for (const { text, rules, means } of vectors.own_links) {
    const own = readOwnLink(text, rules);
    assert.deepEqual(own && [kinds[own.kind], own.key], means, say(text));
  }
});

test("only a code that is plain to the server can be called unknown without it", () => {
  for (const { text, is_plain } of vectors.plain) assert.equal(isPlain(text), is_plain, say(text));
  for (const text of vectors.server_only) assert.ok(!isPlain(text), say(text));
});

test("a code is shown as the server shows it", () => {
  for (const { text, shown } of vectors.shown) assert.equal(showCode(text), shown, say(text));
});

test("a password is recognized as the server recognizes it", () => {
  for (const { text, is_secret } of vectors.secrets) assert.equal(isSecret(text), is_secret, say(text));
});

test("a password is neither stored on the phone nor shown by it", async () => {
  const secrets = vectors.secrets.filter(({ is_secret }) => is_secret);
  const shown = [];
  const capturer = new Capturer({
    facts,
    store: { add: () => assert.fail("stored") },
    memory: { add: () => assert.fail("stored") },
    context: () => assert.fail("read further"),
    onRefused: (message, code) => shown.push(message, code),
  });
  for (const { text } of secrets) assert.equal(await capturer.take({ text, source: "camera" }), null);
  assert.equal(shown.length, 2 * secrets.length);
  assert.ok(!shown.join().includes("hunter2"));
  assert.ok(shown.every((said) => /password|Secret/.test(said)));
});

test("a code that is longer than the server takes is not stored", async () => {
  const shown = [];
  const capturer = new Capturer({ facts, onRefused: (message) => shown.push(message) });
  assert.equal(await capturer.take({ text: "x".repeat(facts.limits.code + 1), source: "wedge" }), null);
  assert.match(shown[0], /too long/);
});

test("an EM4100 card has the number at the desk that the reader agent gives it at the door", () => {
  for (const { line, card } of vectors.cards) assert.equal(readCard(line), card, line);
});

test("a decoder's symbology has the server's name", () => {
  for (const [name, ours] of Object.entries(loadVectors("symbologies.json"))) assert.equal(symbologyName(name), ours, name);
});

test("a name is told from a code by a blank, no digit, or its length", () => {
  for (const name of ["thinkpad", "Meeting room 101", "18", " A1 ", "Süd"]) assert.ok(readsLikeName(name), name);
  for (const code of ["LT-0013", "4006381333931", "]C1SN2", "https://scan.example.org/a/LT-1"]) assert.ok(!readsLikeName(code), code);
});
