// @ts-check
/** Who stands at the counter, and what they hold. Without a network only the name is known. */

export class PersonCard {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.card = /** @type {HTMLElement} */ (root.querySelector("[data-person]"));
    this.name = /** @type {HTMLElement} */ (root.querySelector("[data-person-name]"));
    this.holds = /** @type {HTMLElement} */ (root.querySelector("[data-person-holds]"));
    this.things = /** @type {HTMLElement} */ (root.querySelector("[data-person-things]"));
    /** @type {string | null} whose things are shown or asked for */
    this.shown = null;
  }

  /** Show whom the tray is about: who gets the things, or who has what comes back. @param {import("./tray.js").Folded} tray */
  show(tray) {
    const holder = tray.lines.find((line) => line.scan.thing?.holder)?.scan.thing;
    const brought = holder?.holder ? { ref: holder.holder, name: holder.holder_name ?? holder.holder } : null;
    const person = tray.kind === "return" ? tray.person ?? brought : tray.person;
    this.card.hidden = !person;
    if (!person) {
      this.shown = null;
      return;
    }
    this.name.textContent = person.name;
    const inTray = tray.kind === "return" ? tray.lines.map((line) => line.tag) : [];
    const key = `${person.ref} ${inTray.join(" ")}`;
    if (this.shown === key) return;
    this.shown = key;
    this.#load(person, inTray, key);
  }

  /** @param {{ref: string, name: string}} person @param {string[]} inTray @param {string} key */
  async #load(person, inTray, key) {
    const held = await this.#ask(person.ref);
    if (this.shown !== key) return; // somebody else stands there now
    if (!held) {
      this.holds.textContent = "What they hold is not known here.";
      this.things.replaceChildren();
      return;
    }
    const left = held.filter((/** @type {any} */ asset) => !inTray.includes(asset.asset_tag));
    const late = left.filter((/** @type {any} */ asset) => asset.due_at && Date.parse(asset.due_at) < Date.now());
    const still = inTray.length ? `Still with ${person.name}: ${left.length}` : `Holds ${left.length || "nothing"}`;
    this.holds.textContent = `${still}${late.length ? ` · ${late.length} overdue` : ""}`;
    this.things.replaceChildren(...left.slice(0, 12).map((/** @type {any} */ asset) => {
      const item = document.createElement("li");
      item.className = "badge";
      item.textContent = asset.asset_tag;
      if (late.includes(asset)) item.dataset.tone = "bad";
      return item;
    }));
  }

  /** @param {string} ref @returns {Promise<any[] | null>} */
  async #ask(ref) {
    try {
      const answer = await fetch(`/api/v1/assets?limit=50&custodian=${encodeURIComponent(ref)}`, {
        credentials: "same-origin", headers: { Accept: "application/json" }, signal: AbortSignal.timeout?.(5000),
      });
      return answer.ok ? (await answer.json()).items : null;
    } catch {
      return null;
    }
  }

  /** What was shown may not be true any more. */
  forget() {
    this.shown = null;
  }
}
