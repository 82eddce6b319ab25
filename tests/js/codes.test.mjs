import assert from "node:assert/strict";
import test from "node:test";
import { Capturer } from "../../static/js/scan/capturer.js";
import { codeKey, isPlain, isSecret, localKeys, readRaw, showCode } from "../../static/js/shared/codes.js";

test("a code loses its ends and an AIM prefix, which names the symbology", () => {
  assert.deepEqual(readRaw(" LT-1\r\n"), { code: "LT-1", symbology: null });
  assert.deepEqual(readRaw("]C0LT-1"), { code: "LT-1", symbology: "code_128" });
  assert.deepEqual(readRaw("]Q1LT-1"), { code: "LT-1", symbology: "qr_code" });
});

test("a GS1 prefix stays, since the meaning hangs on it", () => {
  assert.deepEqual(readRaw("]C1800412345"), { code: "]C1800412345", symbology: "code_128" });
});

test("a key is upper-case in ASCII only", () => {
  assert.equal(codeKey(" lt-ä1 "), "LT-ä1");
});

test("a bare number is filled up as the deployment's tags are", () => {
  const rules = { prefix: "lt-", digits: 4 };
  assert.equal(codeKey("0042", rules), "LT-0042");
  assert.equal(codeKey("LT-0042", rules), "LT-0042");
});

test("a link is known by the tag in it, of our own host or of a known shape", () => {
  assert.deepEqual(localKeys("https://scan.example.org/a/lt-1", { host: "scan.example.org" }), ["HTTPS://SCAN.EXAMPLE.ORG/A/LT-1", "LT-1"]);
  assert.ok(localKeys("https://x.example/ht/lt-2").includes("LT-2"));
  assert.ok(localKeys("https://x.example/hardware/bytag?assetTag=lt-3").includes("LT-3"));
  assert.equal(localKeys("https://x.example/hardware/12").length, 1);
  assert.equal(localKeys("https://other.example/a/lt-1", { host: "scan.example.org" }).length, 1);
  assert.equal(localKeys("https://%zz").length, 1);
});

test("only a plain code can be called unknown without the server", () => {
  assert.ok(isPlain("LT-001"));
  for (const code of ["https://x/1", "3034257BF7194E4000001A85", "(01)123", "a\u001db"]) assert.ok(!isPlain(code), code);
});

test("control and direction characters are shown as such", () => {
  assert.equal(showCode("A\u001dB\u202e"), "A␝B\\u202e");
  assert.equal([...showCode("x".repeat(500))].length, 60);
});

const SECRETS = [
  "WIFI:S:office;T:WPA;P:hunter2;;", " wifi:S:x;", "]Q1WIFI:S:x;", "otpauth://totp/x?secret=hunter2",
  "otpauth-migration://offline?data=hunter2", "https://x.example/?a=1&token=hunter2",
];

test("a password is told from a label, as the server tells it", () => {
  for (const text of SECRETS) assert.ok(isSecret(text), text);
  for (const text of ["LT-042", "WIFI-042", "]C1LT-042", "https://x.example/a/T", ""]) assert.ok(!isSecret(text), text);
});

test("a password is neither written down on the phone nor shown by it", async () => {
  const shown = [];
  const capturer = new Capturer({
    store: { add: () => assert.fail("written down") },
    memory: { add: () => assert.fail("written down") },
    context: () => assert.fail("read on"),
    onRefused: (message, code) => shown.push(message, code),
  });
  for (const text of SECRETS) assert.equal(await capturer.take({ text, source: "camera" }), null);
  assert.equal(shown.length, 2 * SECRETS.length);
  assert.ok(!shown.join().includes("hunter2"));
  assert.ok(shown.every((said) => /password|Secret/.test(said)));
});

test("a Code 39 check character that the scanner vouches for is no part of the code", () => {
  assert.deepEqual(readRaw("]A1LT-000426"), { code: "LT-00042", symbology: null });
  assert.deepEqual(readRaw("]A1LT-00042X"), { code: "LT-00042X", symbology: null });
  assert.deepEqual(readRaw("]A3LT-00042"), { code: "LT-00042", symbology: null });
  assert.deepEqual(readRaw("]A0LT-000426"), { code: "LT-000426", symbology: "code_39" });
});
