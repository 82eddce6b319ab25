import assert from "node:assert/strict";
import { test } from "node:test";
import { onlyAccepted } from "../../static/js/capture/symbologies.js";

const seen = (format) => ({ text: "1", format, polygon: [] });

test("a symbology that the deployment does not accept is not seen", () => {
  const codes = [seen("QRCode"), seen("code_128"), seen("ITF"), seen("itf")];

  assert.deepEqual(onlyAccepted(codes, "code_128 qr_code").map((code) => code.format), ["QRCode", "code_128"]);
});

test("a page that says nothing accepts all", () => {
  assert.equal(onlyAccepted([seen("ITF")], undefined).length, 1);
});
