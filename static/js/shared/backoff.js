// @ts-check
/** How long to wait before trying again: doubling, bounded, with jitter so that phones do not all try at once. */

const FIRST_MS = 1000;
const MAX_MS = 60_000;

/**
 * @param {number} failures how many tries failed in a row, from 1
 * @param {number} [retryAfterMs] what the server asked for
 * @param {() => number} [random]
 */
export function waitAfter(failures, retryAfterMs = 0, random = Math.random) {
  const ceiling = Math.min(MAX_MS, FIRST_MS * 2 ** Math.max(0, failures - 1));
  return Math.max(retryAfterMs, ceiling / 2 + (random() * ceiling) / 2);
}
