// @ts-check
/** What a person typed and the phone does not know as a code: names that fit it are offered, and nothing is recorded before one is chosen. */
import { progressIn } from "../audits/progress.js";
import { showCode } from "../shared/codes.js";
import { text } from "../scan/view.js";

const MAX_OFFERS = 5;
/** A person waits for this, so not for long. */
const PATIENCE_MS = 2500;
const KNOWN = ["asset", "location", "person", "ambiguous"];

/**
 * @typedef {import("../offline/lists.js").Place & {full_name?: string}} Place
 * @typedef {{place: Place} | {asset: {asset_tag: string, name?: string | null}}} Offer
 */

/** @param {string} url @returns {Promise<any>} its JSON, null where the server does not answer in time */
async function ask(url) {
  try {
    const answer = await fetch(url, {
      redirect: "error", cache: "no-store", credentials: "same-origin", signal: AbortSignal.timeout(PATIENCE_MS),
    });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

/** Return whether the server knows a code; null where it does not say. @param {string} code @returns {Promise<boolean | null>} */
export async function isKnown(code) {
  const answer = await ask(`/api/v1/identify?code=${encodeURIComponent(code)}`);
  return answer === null ? null : KNOWN.includes(answer.kind);
}

/**
 * Return what has every word of a text in its name: locations, what the audit expects, and what the server finds.
 * @param {string} typed @param {import("../offline/lists.js").Lists} lists
 * @returns {Promise<Offer[]>}
 */
export async function findOffers(typed, lists) {
  const found = await ask(`/api/v1/assets?limit=${MAX_OFFERS}&q=${encodeURIComponent(typed)}`);
  const words = typed.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const fits = (/** @type {string} */ name) => words.every((word) => name.toLocaleLowerCase().includes(word));
  // Rooms of the audit come first: elsewhere nothing is counted.
  const isCounted = (/** @type {Place} */ place) => Boolean(progressIn(lists, place)?.expected);
  const places = /** @type {Place[]} */ ([...lists.placesByCode.values()])
    .filter((place) => fits(`${place.full_name ?? place.name} ${place.code}`))
    .sort((a, b) => Number(isCounted(b)) - Number(isCounted(a)) || a.name.localeCompare(b.name, undefined, { numeric: true }))
    .slice(0, MAX_OFFERS).map((place) => ({ place }));
  /** @type {Map<string, Offer>} */
  const assets = new Map();
  for (const asset of lists.expected?.values() ?? []) {
    if (asset && assets.size < MAX_OFFERS && fits(`${asset.asset_tag} ${asset.name}`)) assets.set(asset.asset_tag, { asset });
  }
  for (const asset of found?.items ?? []) if (assets.size < MAX_OFFERS) assets.set(asset.asset_tag, { asset });
  return [...places, ...assets.values()];
}

/** The questions that are open, the newest on the screen. None is lost by the next: it comes back after it. */
export class Questions {
  /** @param {{view: import("../scan/view.js").ScanView, lists: import("../offline/lists.js").Lists, focus: () => void}} parts */
  constructor(parts) {
    this.parts = parts;
    /** @type {HTMLElement[][]} */
    this.open = [];
  }

  /**
   * Ask what a typed text means, unless the server knows it as a code.
   * @param {string} typed
   * @param {{isStill: () => boolean, place: (place: Place) => void, asset: (tag: string) => void, keep: () => void}} on
   */
  async ask(typed, on) {
    const known = await isKnown(typed);
    if (known && on.isStill()) return on.keep();
    const offers = await findOffers(typed, this.parts.lists);
    /** @type {HTMLElement[]} */
    let question = [];
    const close = (/** @type {() => void} */ then) => {
      this.open = this.open.filter((one) => one !== question);
      then();
      const before = this.open.at(-1);
      if (before) this.parts.view.ask(before);
    };
    question = makeQuestion(typed, known, offers, {
      place: (place) => close(() => on.place(place)), asset: (tag) => close(() => on.asset(tag)), keep: () => close(on.keep),
      drop: () => close(() => {
        this.parts.view.forgetTold();
        this.parts.focus();
      }),
    });
    this.open.push(question);
    this.parts.view.ask(question);
  }
}

/**
 * Return the question: what fits, the text as a label after all, or nothing.
 * @param {string} typed @param {boolean | null} known as of `isKnown` @param {Offer[]} offers
 * @param {{place: (place: Place) => void, asset: (tag: string) => void, keep: () => void, drop: () => void}} on
 * @returns {HTMLElement[]}
 */
export function makeQuestion(typed, known, offers, on) {
  const shown = showCode(typed);
  const panel = text("section", "scan-ask", "");
  const said = known === null
    ? `“${shown}” is not on this phone's lists, and the server has not been asked.` : `No label reads “${shown}”.`;
  panel.append(
    text("p", "word", offers.length ? "Which one?" : "Not found"),
    text("p", "sentence", `${said} Nothing is recorded yet.`),
  );
  const list = text("ul", "results", "");
  list.setAttribute("role", "list");
  const add = (/** @type {Node[]} */ content, /** @type {() => void} */ take) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...content);
    button.addEventListener("click", take);
    const item = document.createElement("li");
    item.append(button);
    list.append(item);
  };
  for (const offer of offers) {
    if ("place" in offer) {
      const { place } = offer;
      const above = (place.full_name ?? "").split(" / ").slice(0, -1).join(" / ");
      add([names(place.name, above || "Location"), text("bdi", "code small", place.code)], () => on.place(place));
    } else {
      const { asset } = offer;
      add([names(asset.name || asset.asset_tag, "Asset"), text("bdi", "code small", asset.asset_tag)], () => on.asset(asset.asset_tag));
    }
  }
  add([names(`“${shown}” is on a label`, "Keep it as it is")], on.keep);
  const drop = /** @type {HTMLButtonElement} */ (text("button", "quiet wide", "Cancel"));
  drop.type = "button";
  drop.addEventListener("click", on.drop);
  return [panel, list, drop];
}

/** @param {string} name @param {string} below */
function names(name, below) {
  const box = text("span", "stack-s", "");
  box.append(text("bdi", "strong", name), text("bdi", "muted small", below));
  return box;
}
