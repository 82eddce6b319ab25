// @ts-check
/** Kits at the counter: a scan of the label brings a scan of each piece, and a list shows what is here and what is not. */

/** @typedef {import("./tray.js").TrayScan} TrayScan */

/**
 * Return the pieces of a kit as scans of the tray. Their ids are the server's, so that its judgement finds them.
 * @param {TrayScan} scan of the kit's label @param {any} card the kit in the server's answer @param {(asset: any) => any} thingOf
 * @param {(stock: any) => any} stockOf @param {() => string} makeId @returns {TrayScan[]}
 */
export function spreadKit(scan, card, thingOf, stockOf, makeId) {
  const isOut = card.pieces.some((/** @type {any} */ piece) => piece.asset?.custodian);
  const kit = { code: card.code, name: card.name, returns: card.returns, is_out: isOut };
  scan.kit = kit;
  return card.pieces.filter((/** @type {any} */ piece) => piece.scan_id && (piece.asset || piece.stock)).map((/** @type {any} */ piece) => ({
    scan_id: piece.scan_id, code: piece.ref, at: scan.at, line_id: makeId(), source: "typed",
    thing: thingOf(piece.asset), stock: stockOf(piece.stock), person: null, place: null, of_kit: kit,
  }));
}

/** Return the scans of a tray without those that go with one of them: the pieces go with the label of their kit. @param {TrayScan[]} scans @param {TrayScan} gone */
export function withoutKit(scans, gone) {
  const code = gone.kit?.code ?? gone.of_kit?.code;
  return scans.filter((scan) => scan.kit?.code !== code && scan.of_kit?.code !== code);
}

export class PickListsView {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.box = /** @type {HTMLElement} */ (root.querySelector("[data-pick-lists]"));
    this.template = /** @type {HTMLTemplateElement} */ (root.querySelector("[data-pick-list-template]"));
    this.icons = /** @type {HTMLTemplateElement} */ (root.querySelector("[data-icons]"));
  }

  /** @param {any[]} lists what the person has reserved, as the server lists it */
  show(lists) {
    this.box.replaceChildren(...lists.map((list) => this.#row(list)));
  }

  /** @param {any} list */
  #row(list) {
    const row = /** @type {HTMLElement} */ (/** @type {DocumentFragment} */ (this.template.content.cloneNode(true)).firstElementChild);
    row.dataset.reservation = list.number;
    const link = /** @type {HTMLAnchorElement} */ (row.querySelector("[data-reservation-number]"));
    link.textContent = list.number;
    link.href = `/reservations/${encodeURIComponent(list.number)}`;
    row.querySelector("[data-items]")?.replaceChildren(...list.items.map((/** @type {any} */ item) => this.#item(item)));
    return row;
  }

  /** @param {any} item */
  #item(item) {
    const line = document.createElement("li");
    const isHere = item.here >= item.wanted;
    line.dataset.state = isHere ? "here" : "away";
    const icon = this.icons.content.querySelector(`[data-icon="${isHere ? "check" : "info"}"] svg`);
    if (icon) line.append(icon.cloneNode(true));
    const text = document.createElement("span");
    text.textContent = [item.thing, `${item.here} of ${item.wanted}`, item.place].filter(Boolean).join(" · ");
    line.append(text);
    return line;
  }
}

export class KitsView {
  /** @param {HTMLElement} root @param {{takeOff: (code: string) => void}} acts */
  constructor(root, acts) {
    this.box = /** @type {HTMLElement} */ (root.querySelector("[data-kits]"));
    this.template = /** @type {HTMLTemplateElement} */ (root.querySelector("[data-kit-template]"));
    this.icons = /** @type {HTMLTemplateElement} */ (root.querySelector("[data-icons]"));
    this.acts = acts;
  }

  /** @param {any[]} kits as the server lists them for the tray */
  show(kits) {
    this.box.replaceChildren(...kits.map((kit) => this.#row(kit)));
  }

  /** @param {any} kit */
  #row(kit) {
    const row = /** @type {HTMLElement} */ (/** @type {DocumentFragment} */ (this.template.content.cloneNode(true)).firstElementChild);
    const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (row.querySelector(selector));
    row.dataset.kit = kit.code;
    find("[data-kit-name]").textContent = kit.name;
    find("[data-kit-code]").textContent = kit.code;
    find("[data-kit-count]").textContent = `${kit.pieces.filter((/** @type {any} */ one) => one.state === "here").length} of ${kit.pieces.length}`;
    const button = find("[data-kit-off]");
    button.hidden = !kit.is_scanned;
    button.setAttribute("aria-label", `Take ${kit.name} off`);
    button.addEventListener("click", () => this.acts.takeOff(kit.code));
    find("[data-kit-pieces]").replaceChildren(...kit.pieces.map((/** @type {any} */ piece) => this.#piece(piece)));
    return row;
  }

  /** @param {any} piece */
  #piece(piece) {
    const item = document.createElement("li");
    item.dataset.state = piece.state;
    const icon = this.icons.content.querySelector(`[data-icon="${piece.state === "here" ? "check" : "info"}"] svg`);
    if (icon) item.append(icon.cloneNode(true));
    const text = document.createElement("span");
    text.textContent = `${piece.thing}${piece.said ? ` · ${piece.said}` : ""}`;
    item.append(text);
    return item;
  }
}
