// Draws ZPL: reads lines of JSON {zpl, width, height, dpmm}, writes each as a line with a PNG in base64.
import { createInterface } from "node:readline";
import { ready } from "zpl-renderer-js";

const { api } = await ready;
for await (const line of createInterface({ input: process.stdin })) {
  const { zpl, width, height, dpmm } = JSON.parse(line);
  const png = await api.zplToBase64Async(zpl, width / dpmm, height / dpmm, dpmm);
  process.stdout.write(`${png}\n`);
}
process.exit(0);
