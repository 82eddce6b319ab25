// @ts-check
/** Finds bars that are too thin in the picture to be read, and says where to come closer. Pure. */

/** Rows that are looked at. Two of them have to cross the same bars. */
const ROWS = 40;
/** The row so many pixels below crosses the same bars; noise and weaves differ there. */
const BELOW = 4;
const LEAST_LIKE = 0.75;
/** Grey levels between the middle of a bar and that of a space. */
const LEAST_CONTRAST = 14;
/** A code has more bars and spaces than this, none wider than so many pixels, and they are thin by their mean. */
const [LEAST_EDGES, MAX_GAP, MAX_MEAN_GAP] = [26, 10, 3.3];

/** @typedef {{x: number, y: number}} Point */

/**
 * Return the middle of the largest place with bars too thin to be read, null where there is none.
 * @param {Uint8ClampedArray} data red, green, blue and opacity of each pixel
 * @param {number} width @param {number} height
 * @param {(point: Point) => boolean} [isRead] whether a code was read there
 * @returns {Point | null}
 */
export function findThinBars(data, width, height, isRead = () => false) {
  /** @type {{left: number, right: number, y: number}[]} */
  const hits = [];
  for (let k = 1; k <= ROWS; k += 1) {
    const y = Math.round((k * (height - BELOW - 1)) / (ROWS + 1));
    const [row, below] = [lightOf(data, width, y), lightOf(data, width, y + BELOW)];
    for (const { left, right } of thinRuns(row)) {
      if (likeness(row, below, left, right) > LEAST_LIKE) hits.push({ left, right, y });
    }
  }
  const step = (1.5 * height) / ROWS;
  const isSame = (/** @type {typeof hits[0]} */ a, /** @type {typeof hits[0]} */ b) =>
    a !== b && Math.abs(a.y - b.y) <= step && a.left < b.right && b.left < a.right;
  const sure = hits.filter((hit) => hits.some((other) => isSame(hit, other)));
  const points = sure.map((hit) => ({ x: (hit.left + hit.right) / 2, y: hit.y, size: hit.right - hit.left }));
  const open = points.filter((point) => !isRead(point));
  return open.length ? open.reduce((best, point) => (point.size > best.size ? point : best)) : null;
}

/** @param {Uint8ClampedArray} data @param {number} width @param {number} y */
function lightOf(data, width, y) {
  const row = new Float32Array(width);
  for (let x = 0; x < width; x += 1) row[x] = data[4 * (y * width + x) + 1]; // green is nearly the light
  return row;
}

/** Return where many thin bars and spaces follow each other. @param {Float32Array} row */
function thinRuns(row) {
  const turns = turningPoints(row);
  const runs = [];
  for (let from = 0, to = 1; to <= turns.length; to += 1) {
    if (to < turns.length && turns[to] - turns[to - 1] <= MAX_GAP) continue;
    const count = to - from;
    const [left, right] = [turns[from], turns[to - 1]];
    if (count >= LEAST_EDGES && (right - left) / (count - 1) <= MAX_MEAN_GAP) runs.push({ left, right });
    from = to;
  }
  return runs;
}

/** Return the middles of bars and spaces: where the row turns by the least contrast or more. @param {Float32Array} row */
function turningPoints(row) {
  const turns = [];
  let at = 0; // the best since the last turn
  let rises = true;
  for (let x = 1; x < row.length; x += 1) {
    const ahead = rises ? row[x] - row[at] : row[at] - row[x];
    if (ahead >= 0) at = x;
    else if (-ahead >= LEAST_CONTRAST) {
      turns.push(at);
      at = x;
      rises = !rises;
    }
  }
  return turns;
}

/** Return how alike two rows are, 1 for the same. @param {Float32Array} a @param {Float32Array} b @param {number} left @param {number} right */
function likeness(a, b, left, right) {
  const n = right - left + 1;
  const mean = (/** @type {Float32Array} */ row) => row.subarray(left, right + 1).reduce((sum, value) => sum + value, 0) / n;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 1e-6, 1e-6];
  for (let x = left; x <= right; x += 1) {
    ab += (a[x] - meanA) * (b[x] - meanB);
    aa += (a[x] - meanA) ** 2;
    bb += (b[x] - meanB) ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}

/**
 * Say where to come closer, and by which angle from upwards an arrow points there.
 * @param {Point} point @param {number} width @param {number} height
 * @returns {{words: string, degrees: number | null}} no arrow where it is in the middle
 */
export function sayCloser({ x, y }, width, height) {
  const third = (/** @type {number} */ at, /** @type {string} */ low, /** @type {string} */ high) =>
    at < 1 / 3 ? low : at > 2 / 3 ? high : "";
  const [vertical, horizontal] = [third(y / height, "top", "bottom"), third(x / width, "left", "right")];
  const place = [vertical, horizontal].filter(Boolean).join(" ");
  const degrees = place ? Math.round((Math.atan2(x - width / 2, height / 2 - y) * 180) / Math.PI) : null;
  const where = vertical ? `at the ${place}` : horizontal ? `on the ${place}` : "";
  return { words: `Come closer${where ? ` to the label ${where}` : ""}: its bars are too small to read.`, degrees };
}
