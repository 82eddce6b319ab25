// @ts-check
/** What the scan page shows: the answer in full width and the log of the last scans. It writes text, never HTML. */
import { writeAgo, writeLocal, writeSentence } from "../shared/local_time.js";
import { whereKept } from "./verdicts.js";

const MAX_ROWS = 60;

/**
 * @typedef {import("./verdicts.js").Answer} Answer
 * @typedef {{scanId: string, code: string, answer: Answer, message: string, asset: any, at: number,
 *   kept: "server" | "phone" | "memory" | "sheet" | "nowhere", placeName: string | null, word?: string,
 *   isAside?: boolean, choices?: HTMLElement[]}} Shown
 */

export class ScanView {
  /** @param {HTMLElement} root @param {import("../shared/facts.js").Facts} facts */
  constructor(root, facts) {
    this.root = root;
    this.facts = facts;
    this.result = /** @type {HTMLElement} */ (root.querySelector("[data-result]"));
    this.rows = /** @type {HTMLElement} */ (root.querySelector("[data-rows]"));
    this.template = /** @type {HTMLTemplateElement} */ (root.querySelector("[data-row-template]"));
    this.icons = /** @type {HTMLTemplateElement} */ (root.querySelector("[data-icons]")).content;
    /** @type {Map<string, HTMLElement[]>} what a person can do about an answer, by its scan */
    this.offers = new Map();
    /** @type {string | null} the scan that the result panel shows */
    this.told = null;
    /** @type {Node[]} what the result panel shows, or will at the next frame */
    this.parts = [];
    /** The animation frame that will show them; 0 where none was asked for. */
    this.frame = 0;
  }

  /** @param {string} name */
  icon(name) {
    const found = this.icons.querySelector(`[data-icon="${name}"] svg`);
    return found ? found.cloneNode(true) : document.createTextNode("");
  }

  /** Show a scan as the newest. @param {Shown} shown */
  showNew(shown) {
    this.root.querySelector("[data-none]")?.remove();
    const row = /** @type {HTMLElement} */ (
      /** @type {DocumentFragment} */ (this.template.content.cloneNode(true)).firstElementChild
    );
    row.dataset.scanId = shown.scanId;
    this.#fillRow(row, shown);
    this.rows.prepend(row);
    while (this.rows.children.length > MAX_ROWS) this.rows.lastElementChild?.remove();
    if (!shown.isAside) this.tell(shown);
  }

  /** Put what a person can do, or has done, below an answer while it is shown. @param {string} scanId @param {HTMLElement[]} steps */
  offer(scanId, steps) {
    this.offers.set(scanId, steps);
    const [panel] = this.parts;
    if (this.told !== scanId || !(panel instanceof Element)) return;
    panel.querySelector(".scan-steps")?.remove();
    if (steps.length) panel.append(this.#steps(steps));
  }

  /** @param {HTMLElement[]} steps */
  #steps(steps) {
    const box = text("div", "scan-steps", "");
    box.append(...steps);
    return box;
  }

  /** Ask a person something in the place of the answer. @param {HTMLElement[]} parts */
  ask(parts) {
    this.told = null;
    this.#show(parts, true);
  }

  /** Show what became of a scan that is in the log. @param {Shown} shown @returns {boolean} it was there */
  update(shown) {
    const row = this.#find(shown.scanId);
    if (row) this.#fillRow(row, shown);
    if (this.told === shown.scanId) this.tell(shown);
    return Boolean(row);
  }

  /** The log was filled from the disk. None of it is the answer to what the person just did. */
  forgetTold() {
    this.told = null;
    this.#show([], false);
  }

  /** The server said of a scan that its audit does not count any more. Said once, for all that follow. */
  sayEnded() {
    const notice = /** @type {HTMLElement | null} */ (this.root.querySelector("[data-ended]"));
    if (notice) notice.hidden = false;
  }

  /** Return whether a scan is in the log already. @param {string} scanId */
  has(scanId) {
    return this.#find(scanId) !== null;
  }

  /** @param {string} scanId */
  markUndone(scanId) {
    const row = this.#find(scanId);
    if (!row) return;
    row.dataset.answer = "undone";
    row.querySelector(".mark")?.replaceChildren(this.icon("undone"));
  }

  /** @param {string} scanId */
  #find(scanId) {
    return /** @type {HTMLElement | null} */ (
      this.rows.querySelector(`[data-scan-id="${CSS.escape(scanId)}"]`)
    );
  }

  /** @param {HTMLElement} row @param {Shown} shown */
  #fillRow(row, shown) {
    if (row.dataset.answer !== "undone" || shown.kept === "nowhere") row.dataset.answer = shown.answer;
    row.dataset.kept = shown.kept;
    row.querySelector(".mark")?.replaceChildren(this.icon(String(row.dataset.answer)));
    const verdict = this.facts.verdicts[String(row.dataset.answer)];
    const { asset, kept } = shown;
    const isShort = asset?.asset_tag && !verdict?.needs_sentence;
    const words = isShort
      ? [tagLink(asset.asset_tag), " ", text("bdi", "name", asset.name === asset.asset_tag ? "" : asset.name ?? "")]
      : [text("span", "sentence", writeSentence(shown.message))];
    // The mark and its edge say this to who sees them.
    const spoken = [verdict?.word, kept === "server" ? null : whereKept(kept)].filter(Boolean).join(", ");
    row.querySelector(".what")?.replaceChildren(text("span", "visually-hidden", `${spoken}: `), ...words);
    row.querySelector(".when")?.replaceChildren(timeOf(new Date(shown.at)));
  }

  /** Show the answer in full width. @param {Shown} shown */
  tell(shown) {
    const isUpdate = this.told === shown.scanId;
    this.told = shown.scanId;
    const panel = document.createElement("section");
    panel.className = "scan-result";
    panel.dataset.answer = shown.answer;
    panel.dataset.kept = shown.kept;
    panel.dataset.scanId = shown.scanId;
    if (!isUpdate || this.frame) panel.dataset.fresh = "";
    const word = text("p", "word", shown.word ?? this.facts.verdicts[shown.answer]?.word ?? "Saved");
    const sentence = text("p", "sentence", writeSentence(shown.message));
    // A tick is enough for what is sent. What waits is said in words.
    const isSent = shown.kept === "server";
    const kept = text("p", "kept", "");
    kept.append(this.icon(isSent ? "sent" : "saved"), text("span", isSent ? "visually-hidden" : "", whereKept(shown.kept)));
    panel.append(this.icon(shown.answer), word, sentence, kept, ...(shown.choices ?? []));
    const steps = this.offers.get(shown.scanId);
    if (steps?.length) panel.append(this.#steps(steps));
    this.#show(shown.asset ? [panel, assetCard(shown.asset, this.facts)] : [panel], !isUpdate);
  }

  /** @param {Node[]} parts @param {boolean} isNew emptied first, so that a screen reader reads the same words twice in a row */
  #show(parts, isNew) {
    this.parts = parts;
    if (isNew) this.result.replaceChildren();
    // The server may answer before the frame comes. The frame then shows the answer, not what was shown before.
    if (!isNew && !this.frame) this.result.replaceChildren(...parts);
    else {
      this.frame ||= requestAnimationFrame(() => {
        this.frame = 0;
        this.result.replaceChildren(...this.parts);
      });
    }
  }
}

/** @param {string} tag @param {string} className @param {string} content */
export function text(tag, className, content) {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = content;
  return element;
}

/** Return a moment that the page goes on keeping true: "2 min ago". @param {Date} moment */
function timeOf(moment) {
  const time = text("time", "", writeAgo(moment, new Date()) ?? writeLocal(moment, "time"));
  time.dataset.local = "time";
  time.setAttribute("datetime", moment.toISOString());
  return time;
}

/** @param {string} tag */
function tagLink(tag) {
  const link = /** @type {HTMLAnchorElement} */ (text("a", "tag", tag));
  link.href = `/assets/${encodeURIComponent(tag)}`;
  return link;
}

/** @param {any} asset @param {import("../shared/facts.js").Facts} facts */
function assetCard(asset, { stages }) {
  const card = text("div", "asset-card", "");
  const name = text("span", "", "");
  name.append(tagLink(asset.asset_tag), asset.name ? ` ${asset.name}` : "");
  card.append(name);
  if (asset.status) {
    const stage = stages[asset.status];
    const badge = text("span", "badge", stage?.label ?? asset.status);
    badge.dataset.tone = stage?.tone ?? "";
    card.append(badge);
  }
  const where = asset.location_name ?? asset.location;
  const who = asset.custodian_name ?? asset.custodian;
  card.append(text("span", "where muted small", [where ?? "No location recorded", who].filter(Boolean).join(" · ")));
  return card;
}
