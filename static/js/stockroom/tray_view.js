// @ts-check
/** What the counter shows of its tray: the lines, the direction, and the one button. It writes text, never HTML. */

/** @typedef {import("./tray.js").Line} Line @typedef {import("./tray.js").TrayScan} TrayScan */

export class TrayView {
  /** @param {HTMLElement} root @param {{kinds: Record<string, import("./tray.js").Kind>}} rules */
  constructor(root, rules) {
    const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (root.querySelector(selector));
    this.root = root;
    this.rules = rules;
    this.form = /** @type {HTMLFormElement} */ (find("[data-handover-form]"));
    this.lines = find("[data-lines]");
    this.template = /** @type {HTMLTemplateElement} */ (find("[data-line-template]"));
    this.icons = /** @type {HTMLTemplateElement} */ (find("[data-icons]"));
    this.button = /** @type {HTMLButtonElement} */ (find("[data-complete]"));
    this.find = find;
    /** @type {any} */
    this.acts = null;
  }

  /**
   * @param {{complete: () => void, clear: () => void, takeOff: (scanId: string) => void, choose: (kind: string) => void,
   *   changed: () => void, setPieces: (scanId: string, quantity: number) => void, scanOf: (scanId: string) => TrayScan | undefined,
   *   override: (scan: TrayScan, code: string) => void}} acts
   */
  connect(acts) {
    this.acts = acts;
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      acts.complete();
    });
    this.find("[data-clear]").addEventListener("click", (event) => {
      event.preventDefault();
      acts.clear();
    });
    for (const link of this.root.querySelectorAll("[data-kinds] [data-kind]")) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        acts.choose(String(/** @type {HTMLElement} */ (link).dataset.kind));
      });
    }
    this.lines.replaceChildren(); // those of the server; the scripted ones follow
  }

  /** @param {import("./tray.js").Folded} tray */
  show(tray) {
    const kept = new Map([...this.lines.children].map((row) => [/** @type {HTMLElement} */ (row).dataset.scanId, row]));
    this.lines.replaceChildren(...tray.lines.map((line) => this.#row(line, tray.kind, kept.get(line.scan.scan_id))));
    const ready = tray.lines.filter((line) => !line.why);
    this.find("[data-tray-count]").textContent = `${ready.length} ${ready.length === 1 ? "thing" : "things"}`;
    this.find("[data-empty]").hidden = tray.lines.length > 0;
    this.find("[data-more]").hidden = !tray.lines.length;
    this.find("[data-due]").hidden = tray.kind === "return";
    this.#showPlace(tray);
    for (const link of this.root.querySelectorAll("[data-kinds] [data-kind]")) {
      if (/** @type {HTMLElement} */ (link).dataset.kind === tray.kind) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    this.#showButton(tray, ready.length);
  }

  /** @param {import("./tray.js").Folded} tray */
  #showPlace(tray) {
    const chip = this.find("[data-place]");
    chip.hidden = !tray.place;
    chip.dataset.set = String(Boolean(tray.place));
    const text = chip.querySelector("[data-text]");
    if (text) text.textContent = tray.place?.name ?? "";
  }

  /** @param {import("./tray.js").Folded} tray @param {number} count */
  #showButton(tray, count) {
    const kind = tray.kind ? this.rules.kinds[tray.kind] : null;
    const to = kind?.needs_person && tray.person ? ` to ${tray.person.name}` : "";
    const words = kind ? `${kind.label} ${count || ""}${to}`.trim() : "Check out or check in";
    this.find("[data-complete-text]").textContent = kind?.needs_person && !tray.person && count ? "Scan the person's badge" : words;
    this.button.disabled = !kind || !count || (kind.needs_person && !tray.person);
  }

  /** @param {Line} line @param {string | null} kind @param {Element | undefined} kept what a person typed stays */
  #row(line, kind, kept) {
    const row = /** @type {HTMLElement} */ (kept ?? this.#make(line));
    row.toggleAttribute("data-blocked", Boolean(line.why));
    row.dataset.tag = line.tag;
    const link = /** @type {HTMLAnchorElement} */ (row.querySelector("[data-tag-link]"));
    link.textContent = line.tag;
    link.href = `${line.scan.stock ? "/stock/items" : "/assets"}/${encodeURIComponent(line.tag)}`;
    const name = row.querySelector("[data-name]");
    if (name) name.textContent = line.name;
    const why = row.querySelector("[data-why]");
    const known = line.scan.is_open ? "Not checked yet" : line.scan.is_unjudged ? "Rules of lending: not checked" : kind === "return" ? line.scan.thing?.holder_name ?? "" : "";
    if (why) why.textContent = line.why || [known, line.place].filter(Boolean).join(" · ");
    this.#showPieces(row, line);
    this.#showFindings(row, line);
    this.#showQuestions(row, line, kind);
    const condition = /** @type {HTMLElement} */ (row.querySelector("[data-condition]"));
    condition.hidden = kind !== "return" || Boolean(line.why);
    /** @type {HTMLInputElement} */ (row.querySelector("[data-damaged]")).checked = Boolean(line.scan.damaged);
    /** @type {HTMLElement} */ (row.querySelector("[data-damage]")).hidden = !line.scan.damaged;
    /** @type {HTMLElement} */ (row.querySelector("[data-photo-of-asset]")).hidden = Boolean(line.scan.stock); // kept on its page
    return row;
  }

  /** How many pieces, which a person may change. @param {HTMLElement} row @param {Line} line */
  #showPieces(row, line) {
    const label = /** @type {HTMLElement} */ (row.querySelector("[data-pieces]"));
    const number = /** @type {HTMLInputElement} */ (row.querySelector("[data-pieces-number]"));
    label.hidden = !line.scan.stock && line.quantity < 2;
    if (document.activeElement !== number) number.value = String(line.quantity);
    const name = row.querySelector("[data-pieces-label]");
    if (name) name.textContent = `Pieces of ${line.tag}`;
    const unit = row.querySelector("[data-pieces-unit]");
    if (unit) unit.textContent = line.scan.stock?.unit ?? "";
  }

  /** What is asked of a thing that comes back: all yes until touched. @param {HTMLElement} row @param {Line} line @param {string | null} kind */
  #showQuestions(row, line, kind) {
    const box = /** @type {HTMLElement} */ (row.querySelector("[data-questions]"));
    const asked = kind === "return" && !line.why ? line.scan.questions ?? [] : [];
    box.hidden = !asked.length;
    box.setAttribute("aria-label", `Asked of ${line.tag}`);
    box.replaceChildren(...asked.map((question) => {
      const label = document.createElement("label");
      label.className = "check";
      const tick = document.createElement("input");
      tick.type = "checkbox";
      tick.checked = Boolean(line.scan.no?.includes(question));
      tick.addEventListener("change", () => {
        line.scan.no = [...(line.scan.no ?? []).filter((one) => one !== question), ...(tick.checked ? [question] : [])];
      });
      const text = document.createElement("span");
      text.textContent = `No: ${question}`;
      label.append(tick, text);
      return label;
    }));
  }

  /** What the rules of lending say, with one tap for what asks. @param {HTMLElement} row @param {Line} line */
  #showFindings(row, line) {
    const list = /** @type {HTMLElement} */ (row.querySelector("[data-findings]"));
    const said = line.why ? [] : line.scan.findings ?? [];
    list.hidden = !said.length;
    list.replaceChildren(...said.map((finding) => this.#finding(line, finding)));
  }

  /** @param {Line} line @param {import("./tray.js").Finding} finding */
  #finding(line, finding) {
    const item = document.createElement("li");
    item.dataset.weight = finding.weight;
    const text = document.createElement("span");
    text.textContent = finding.message;
    const name = finding.weight === "tells" ? "info" : "warning";
    const icon = this.icons.content.querySelector(`[data-icon="${name}"] svg`);
    if (icon) item.append(icon.cloneNode(true));
    item.append(text);
    if (finding.weight !== "asks") return item;
    if (line.scan.override?.includes(finding.code)) text.textContent += " Handed over anyway.";
    else if (finding.may_override) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "Hand over anyway";
      button.dataset.override = finding.code;
      button.setAttribute("aria-label", `Hand over ${line.tag} anyway`);
      button.addEventListener("click", () => this.acts.override(line.scan, finding.code));
      item.append(button);
    } else text.textContent += " Ask the stockroom, or take it off.";
    return item;
  }

  /** @param {Line} line */
  #make(line) {
    const row = /** @type {HTMLElement} */ (/** @type {DocumentFragment} */ (this.template.content.cloneNode(true)).firstElementChild);
    const { scan } = line;
    row.dataset.scanId = scan.scan_id;
    const takeOff = row.querySelector("[data-take-off]");
    takeOff?.setAttribute("aria-label", `Take ${line.tag} off`);
    takeOff?.addEventListener("click", () => this.acts.takeOff(scan.scan_id));
    const damaged = /** @type {HTMLInputElement} */ (row.querySelector("[data-damaged]"));
    damaged.addEventListener("change", () => {
      scan.damaged = damaged.checked;
      /** @type {HTMLElement} */ (row.querySelector("[data-damage]")).hidden = !damaged.checked;
    });
    const pieces = /** @type {HTMLInputElement} */ (row.querySelector("[data-pieces-number]"));
    pieces.addEventListener("change", () => this.acts.setPieces(scan.scan_id, Number(pieces.value)));
    const note = /** @type {HTMLInputElement} */ (row.querySelector("[data-note]"));
    note.addEventListener("input", () => (scan.note = note.value));
    const photo = /** @type {HTMLInputElement} */ (row.querySelector("[data-photo]"));
    photo.addEventListener("change", () => {
      scan.photo = photo.files?.[0] ?? null;
      const text = row.querySelector("[data-photo-text]");
      if (text) text.textContent = scan.photo ? "Photo taken" : "Photo";
    });
    return row;
  }

  /** Return what the form says besides the lines. @returns {{due: HTMLInputElement, signature: any, signedBy: string | null, trouble: string}} */
  read() {
    const value = (/** @type {string} */ name) => String(/** @type {any} */ (this.form.elements.namedItem(name))?.value ?? "").trim();
    const typed = value("signature_typed");
    const isMine = /** @type {any} */ (this.form.elements.namedItem("signature_is_mine"))?.checked;
    const drawn = value("signature");
    return {
      due: /** @type {HTMLInputElement} */ (this.form.elements.namedItem("due_at")),
      signature: drawn ? JSON.parse(drawn) : typed && isMine ? { typed } : null,
      signedBy: value("signed_by") || null,
      trouble: typed && !isMine && !drawn ? "Tick that this name is the person's signature." : "",
    };
  }

  /** Empty what belongs to one person: the signature. The due date goes back to its default. */
  clearForm() {
    this.form.reset();
    /** @type {HTMLButtonElement | null} */ (this.form.querySelector("[data-signature-clear]"))?.click();
    /** @type {HTMLDetailsElement} */ (this.find("[data-sign]")).open = false;
  }
}
