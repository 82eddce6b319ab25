import assert from "node:assert/strict";
import test from "node:test";
import { EnrolQueue } from "../../static/js/tags/enrol_queue.js";

const DONE = { kind: "done", html: "ok" };
const REFUSED = { kind: "refused", html: "no" };
const LOST = { kind: "lost", isSignedOut: false, retryAfterMs: 0 };

/** A queue before a server that answers as written down, one code at a time. */
function queueBefore(answers) {
  const met = { posted: [], shown: [], aside: [], waits: [], waiting: [] };
  let open = 0;
  const queue = new EnrolQueue({
    post: async (entry) => {
      assert.equal((open += 1), 1, "one at a time");
      await new Promise((resolve) => setTimeout(resolve, 1));
      open -= 1;
      met.posted.push(entry.failures ? `${entry.shown} again` : entry.shown);
      return answers.shift() ?? DONE;
    },
    onAnswer: (html) => met.shown.push(html),
    onRefused: (_, after) => met.aside.push(...after.map((entry) => entry.shown)),
    onChange: (waiting) => met.waiting.push(waiting),
    later: (act, ms) => met.waits.push([act, ms]),
  });
  const add = (...codes) => Promise.all(codes.map((code) => queue.add("/enrol", { code }, code)));
  return { queue, met, add };
}

test("codes that come at once are sent one after the other, in order", async () => {
  const { met, add } = queueBefore([]);
  await add("LT-1", "TAG-1", "LT-2", "TAG-2");
  assert.deepEqual(met.posted, ["LT-1", "TAG-1", "LT-2", "TAG-2"]);
  assert.deepEqual([met.shown.length, met.waiting.at(-1)], [4, 0]);
});

test("a code that is not answered stays first and is sent again, marked as such", async () => {
  const { queue, met, add } = queueBefore([DONE, LOST, LOST]);
  await add("LT-1", "TAG-1", "LT-2");
  assert.deepEqual([met.posted, queue.entries.length], [["LT-1", "TAG-1"], 2]);
  await met.waits[0][0]();
  await queue.send();
  assert.deepEqual(met.posted, ["LT-1", "TAG-1", "TAG-1 again", "TAG-1 again", "LT-2"]);
  assert.ok(met.waits.every(([, ms]) => ms >= 500));
});

test("what came after a refused code is set aside, since it could be bound to another asset", async () => {
  const { queue, met, add } = queueBefore([REFUSED]);
  await add("LOST-1", "TAG-1", "LT-2");
  assert.deepEqual([met.posted, met.aside, met.shown], [["LOST-1"], ["TAG-1", "LT-2"], ["no"]]);
  assert.equal(queue.isBusy, false);
  await add("LT-1");
  assert.deepEqual(met.posted, ["LOST-1", "LT-1"]);
});

test("who was signed out keeps the codes until Go", async () => {
  const { queue, met, add } = queueBefore([{ ...LOST, isSignedOut: true }]);
  await add("LT-1");
  assert.deepEqual([met.waits.length, queue.isSignedOut, queue.entries.length], [0, true, 1]);
  await queue.send();
  assert.deepEqual([queue.isSignedOut, queue.entries.length], [false, 0]);
});
