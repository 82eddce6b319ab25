// @ts-check
/** The sheet of what is still missing in a location: by category, with a search, one line an asset. */
import { text } from "../scan/view.js";

const MAX_ROWS = 300;
/** So many are found by looking. */
const SEARCH_FROM = 9;

/** @typedef {import("../offline/lists.js").Expected} Expected */

export class MissingList {
  /** @param {HTMLElement} box */
  constructor(box) {
    this.box = box;
    this.title = /** @type {HTMLElement} */ (box.querySelector("h2"));
    this.rows = /** @type {HTMLElement} */ (box.querySelector("[data-here-rows]"));
    this.searchBox = /** @type {HTMLElement} */ (box.querySelector("[data-here-search]"));
    this.search = /** @type {HTMLInputElement} */ (this.searchBox.querySelector("input"));
    /** @type {import("./progress.js").RoomProgress | null} */
    this.progress = null;
    this.search.addEventListener("input", () => this.progress && this.show(this.progress));
  }

  clear() {
    this.progress = null;
    this.search.value = "";
    this.searchBox.hidden = true;
    this.title.textContent = "Still missing";
    this.rows.replaceChildren();
  }

  /** @param {string} words what is said in place of a list */
  say(words) {
    this.rows.replaceChildren(text("p", "muted", words));
  }

  /** Show the server's own rows. @param {Element | null} list */
  showRows(list) {
    if (list) this.rows.replaceChildren(document.importNode(list, true));
  }

  /** @param {import("./progress.js").RoomProgress} progress */
  show(progress) {
    const { missing, expected } = progress;
    this.progress = progress;
    this.title.textContent = missing.length ? `${missing.length} still missing` : "Nothing missing";
    this.searchBox.hidden = missing.length < SEARCH_FROM && !this.search.value;
    const { complete, nothing, unmatched } = this.box.dataset;
    if (!missing.length) return this.say((expected ? complete : nothing) ?? "");
    const words = this.search.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    const found = missing.filter((asset) => words.every((word) => wordsOf(asset).includes(word)));
    if (!found.length) return this.say(unmatched ?? "");
    const parts = [...groups(found.slice(0, MAX_ROWS))].map(([name, assets]) => group(name, assets));
    if (found.length > MAX_ROWS) parts.push(text("p", "muted", `and ${found.length - MAX_ROWS} more`));
    const { scrollTop } = this.rows;
    this.rows.replaceChildren(...parts);
    this.rows.scrollTop = scrollTop;
  }
}

/** @param {Expected} asset */
function wordsOf(asset) {
  return `${asset.asset_tag} ${asset.name} ${asset.custodian_name ?? ""} ${asset.category}`.toLocaleLowerCase();
}

/** @param {Expected[]} assets @returns {Map<string, Expected[]>} by category, in the order of their names */
function groups(assets) {
  /** @type {Map<string, Expected[]>} */
  const found = new Map();
  const order = new Intl.Collator(undefined, { numeric: true });
  const sorted = [...assets].sort((a, b) => order.compare(a.category, b.category) || order.compare(a.asset_tag, b.asset_tag));
  for (const asset of sorted) found.set(asset.category, [...(found.get(asset.category) ?? []), asset]);
  return found;
}

/** @param {string} name @param {Expected[]} assets */
function group(name, assets) {
  const part = document.createElement("section");
  const heading = text("h3", "", "");
  heading.append(text("bdi", "", name || "No category"), " ", text("span", "muted", String(assets.length)));
  const list = text("ul", "", "");
  list.setAttribute("role", "list");
  list.append(...assets.map(row));
  part.append(heading, list);
  return part;
}

/** @param {Expected} asset */
function row(asset) {
  const link = document.createElement("a");
  link.href = `/assets/${encodeURIComponent(asset.asset_tag)}`;
  const line = text("span", "one-line", "");
  line.append(text("bdi", "tag", asset.asset_tag), " ", text("bdi", "", asset.name === asset.asset_tag ? "" : asset.name));
  link.append(line);
  if (asset.custodian_name) link.append(text("bdi", "muted small one-line", asset.custodian_name));
  const item = document.createElement("li");
  item.append(link);
  return item;
}
