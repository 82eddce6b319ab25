/** The counter's tray, held to the same vectors as the server's fold. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { buildHandover, foldTray } from "../../static/js/stockroom/tray.js";

const vectors = JSON.parse(readFileSync(new URL("../vectors/trays.json", import.meta.url), "utf8"));
const OUT = { holder: "{holder} has it. Check it in first.", gone: "It is retired or disposed." };
const STAGES = ["requested", "ordered", "in_stock", "in_use", "in_maintenance", "missing"];
const kinds = {
  issue: {
    label: "Check out", intent: "check_out", needs_person: true,
    refusals: {
      ...Object.fromEntries(STAGES.map((stage) => [stage, [null, OUT.holder]])),
      in_maintenance: ["It is in maintenance.", OUT.holder], retired: [OUT.gone, OUT.gone], disposed: [OUT.gone, OUT.gone],
    },
  },
  return: {
    label: "Check in", intent: "check_in", needs_person: false,
    refusals: {
      ...Object.fromEntries(STAGES.map((stage) => [stage, [null, null]])),
      in_stock: ["It is in stock already.", null], retired: [OUT.gone, OUT.gone], disposed: [OUT.gone, OUT.gone],
    },
  },
};
const words = { used_up: "It is used up when it is issued, so none comes back.", too_few: "Only {there} there. Count it if the shelf has more." };
let count = 0;

function toScan(given) {
  const [word, kit] = given.split("%");
  const [, mark, ref, name] = /^([@#])(\S+) (.*)$/.exec(word) ?? [];
  count += 1;
  return {
    scan_id: `s${count}`, line_id: `l${count}`, code: word, at: 1000 + count,
    thing: mark ? null : vectors.things[word] ?? null, stock: vectors.stock[word] ?? null,
    person: mark === "@" ? { ref, name } : null,
    place: mark === "#" ? { code: ref, name } : null,
    kit: word ? null : vectors.kits[kit], of_kit: word && kit ? vectors.kits[kit] : null,
  };
}

for (const tray of vectors.trays) {
  test(`the tray of ${tray.scans.join(", ") || "nothing"} ${tray.chosen ?? ""}`, () => {
    const folded = foldTray(tray.scans.map(toScan), kinds, tray.chosen ?? null, words);
    const lines = folded.lines.map((line) => `${line.scan.stock ? `${line.quantity} ` : ""}${line.tag}${line.why ? `: ${line.why}` : ""}${line.place ? ` > ${line.place}` : ""}`);
    assert.deepEqual(
      { kind: folded.kind, person: folded.person?.name ?? null, place: folded.place?.name ?? null, lines },
      { kind: tray.kind, person: tray.person, place: tray.place, lines: tray.lines },
    );
  });
}

test("what the server has not answered lies in the tray and is handed over", () => {
  const open = { ...toScan("@1001 Dana"), person: null, code: "LT-9", is_open: true };
  const tray = foldTray([toScan("@1001 Dana"), open], kinds);
  const said = { handoverId: "h", at: 5, dueAt: null, device: "d", mode: "fact", signature: null, signedBy: null, time: (at) => `t${at}` };
  const body = buildHandover(tray, kinds.issue, said);
  assert.deepEqual(body.scans.map((scan) => scan.code), ["LT-9"]);
  assert.equal(body.person, "1001");
});

test("pieces are sent by their item's own code, and a code that nobody could ask about as often as it was scanned", () => {
  const open = () => ({ ...toScan("@1001 Dana"), person: null, code: "LT-9", is_open: true });
  const tray = foldTray([...["@1001 Dana", "box", "mouse"].map(toScan), open(), { ...open(), quantity: 4 }], kinds, null, words);
  const said = { handoverId: "h", at: 5, dueAt: null, device: "d", mode: "fact", signature: null, signedBy: null, time: (at) => `t${at}` };
  const body = buildHandover(tray, kinds.issue, said);
  assert.deepEqual(body.scans.map((scan) => [scan.code, scan.quantity]), [["ST-1", 11], ["LT-9", 5]]);
});

test("only what is ready is handed over, and what comes back says how it is", () => {
  const scans = ["danas", "free", "bobs"].map(toScan);
  scans[2].damaged = true;
  const tray = foldTray(scans, kinds);
  const said = { handoverId: "h", at: 5, dueAt: "never", device: "d", mode: "strict", signature: null, signedBy: null, time: (at) => `t${at}` };
  const body = buildHandover(tray, kinds.return, said);
  assert.deepEqual(body.scans.map((scan) => [scan.code, scan.condition, scan.due_at]), [
    ["danas", "good", undefined], ["bobs", "damaged", undefined],
  ]);
});
