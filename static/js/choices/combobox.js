// @ts-check
/**
 * A list of many is a combobox: a field that narrows it as one types, with the whole way by keyboard. It stands for a
 * native select with more than MAX_PLAIN options, or for a field with a datalist; without this script those work by themselves.
 * A scan into it picks what has that code, and the scanner's Enter sends nothing.
 */
import { MAX_PLAIN, findOffer, matchOffers, showOffer } from "./offers.js";
import { OfferList, make } from "./offer_list.js";

/** @typedef {import("./offers.js").Offer} Offer */

const PAGE_STEP = 8;
/** After the Enter of a scan there may be another: CR LF. */
const FOLLOW_MS = 250;
/** A list from the server is asked for when a person pauses. */
const PAUSE_MS = 150;
/** A page offers at most so many people; the server has the rest. */
const MAX_IN_PAGE = 200;
const SOURCES = "select:not([multiple], [data-plain]), input[list]";

/** @type {WeakMap<Element, Combobox>} */
const byWrap = new WeakMap();

class Combobox {
  /** @param {HTMLSelectElement | HTMLInputElement} source */
  constructor(source) {
    this.source = source;
    this.isSelect = source instanceof HTMLSelectElement;
    this.list = source instanceof HTMLInputElement ? source.list : source;
    const { dataset } = /** @type {HTMLElement} */ (this.list);
    this.isPath = dataset.kind === "location";
    this.isRemote = dataset.kind === "person" && this.#offers().length >= MAX_IN_PAGE;
    /** Whether the field shows a name, and another value is sent. */
    this.isCoded = this.isSelect || this.#offers().some((offer) => offer.text !== offer.value);
    /** @type {Offer[]} what the server offered beside the list of the page */
    this.further = [];
    this.enterHeldAt = -Infinity;
    /** @type {import("./scanned.js").ScannedKeys | null} */
    this.scanner = null;
    this.#build();
    this.#listen();
    this.show();
  }

  // -- what there is -------------------------------------------------------------------------

  /** @returns {Offer[]} */
  #offers() {
    const options = [...(this.list?.querySelectorAll("option") ?? [])].map((option) => ({
      value: option.value, text: option.textContent?.trim() || option.value,
    }));
    return [...options.filter((offer) => !this.isSelect || offer.value), ...this.further ?? []];
  }

  /** @returns {string | null} the words for nothing, null where something must be chosen */
  get blank() {
    if (!(this.source instanceof HTMLSelectElement)) return "";
    return [...this.source.options].find((option) => !option.value)?.textContent?.trim() ?? null;
  }

  get chosen() {
    return this.#offers().find((offer) => offer.value === this.source.value) ?? null;
  }

  /** The field shows what is chosen now. */
  show() {
    if (this.isCoded) this.box.value = this.chosen ? showOffer(this.chosen, this.isPath) : this.isSelect ? "" : this.source.value;
    this.#tell("");
  }

  // -- its parts -----------------------------------------------------------------------------

  #build() {
    const { source } = this;
    const hadFocus = document.activeElement === source || source.autofocus;
    const id = source.id || `choice-${document.querySelectorAll(".combobox").length}`;
    this.wrap = make("div", "combobox");
    source.before(this.wrap);
    this.box = this.isCoded ? document.createElement("input") : /** @type {HTMLInputElement} */ (source);
    if (this.isCoded) this.#moveTo(this.box, id);
    this.toggle = /** @type {HTMLButtonElement} */ (make("button", "combobox-toggle"));
    this.toggle.type = "button";
    this.toggle.tabIndex = -1;
    this.status = make("span", "visually-hidden");
    this.status.setAttribute("role", "status");
    this.note = make("span", "combobox-note");
    const words = this.#label(id);
    const { kind = "" } = /** @type {HTMLElement} */ (this.list).dataset;
    this.rows = new OfferList(this.box, `${id}-offers`, { words, kind });
    this.rows.onPick = (offer) => this.#pick(offer);
    this.wrap.append(this.box, this.toggle, this.rows.element, this.status, this.note);
    byWrap.set(this.wrap, this);
    if (hadFocus) this.box.focus();
  }

  /** Take the place of the source: its id, its words, its state. @param {HTMLInputElement} box @param {string} id */
  #moveTo(box, id) {
    const { source } = this;
    box.type = "text";
    for (const name of ["aria-describedby", "aria-invalid", "aria-label", "aria-labelledby", "placeholder"]) {
      const value = source.getAttribute(name);
      if (value !== null) box.setAttribute(name, value);
    }
    box.required = source.required;
    box.disabled = source.disabled;
    if (this.blank) box.placeholder = this.blank;
    source.required = false;
    source.id = `${id}-value`;
    source.hidden = true;
    source.autofocus = false;
    source.tabIndex = -1;
    box.id = id;
  }

  /** Return the words of the label. @param {string} id */
  #label(id) {
    const { box } = this;
    const label = this.wrap.closest("label") ?? document.querySelector(`label[for="${CSS.escape(id)}"]`);
    const words = (label?.querySelector("span") ?? label)?.textContent?.trim() || box.getAttribute("aria-label") || "Choose";
    box.removeAttribute("list");
    box.autocomplete = "off";
    box.spellcheck = false;
    box.dataset.takesCodes = "";
    box.setAttribute("role", "combobox");
    box.setAttribute("aria-autocomplete", "list");
    this.toggle.setAttribute("aria-label", `Show the list: ${words}`);
    return words;
  }

  #listen() {
    const { box, toggle, source } = this;
    box.addEventListener("focus", () => {
      box.select();
      import("./scanned.js").then(({ ScannedKeys }) => (this.scanner ??= new ScannedKeys())).catch(() => {});
    });
    box.addEventListener("keydown", (event) => this.#press(event));
    for (const name of ["input", "change"]) {
      // The form hears of what was chosen, not of each letter on the way there.
      box.addEventListener(name, (event) => this.isCoded && event.stopPropagation());
    }
    box.addEventListener("input", () => this.#type());
    box.addEventListener("click", () => this.open());
    box.addEventListener("blur", () => this.#leave());
    toggle.addEventListener("mousedown", (event) => event.preventDefault());
    toggle.addEventListener("click", () => {
      box.focus();
      if (this.isOpen) this.rows.close();
      else this.open();
    });
    if (source !== box) source.addEventListener("change", () => document.activeElement !== box && this.show());
    source.form?.addEventListener("reset", () => setTimeout(() => this.show()));
  }

  // -- the list ------------------------------------------------------------------------------

  get isOpen() {
    return this.rows.isOpen;
  }

  /** @param {string} [typed] what narrows it; all are shown without */
  open(typed = "") {
    const found = matchOffers(this.#offers(), typed, this.isPath);
    const nothing = this.isSelect && this.blank && !typed ? [{ value: "", text: this.blank }] : [];
    this.status.textContent = typed ? `${found.length} found` : "";
    const none = found.length || !this.isCoded ? "" : "Nothing fits. Clear the field to see all.";
    const point = typed && this.isCoded ? 0 : -1;
    const { noun } = this.box.dataset;
    const isNew = noun && typed && !findOffer(this.#offers(), typed, this.isPath);
    const made = isNew ? { value: typed, text: `Create the ${noun} “${typed}”` } : null;
    this.rows.open([...nothing, ...found], this.source.value, { none, made, point: typed ? point : undefined });
  }

  /** A new name is only made where a person said so. @param {boolean} isNew */
  #agree(isNew) {
    const { form, dataset } = this.box;
    this.agreed?.remove();
    if (!isNew || !form || !dataset.agree) return;
    this.agreed = Object.assign(document.createElement("input"), { type: "hidden", name: dataset.agree, value: "yes" });
    form.append(this.agreed);
  }

  // -- keys ----------------------------------------------------------------------------------

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (event.isComposing) return;
    const { code, isHeld } = this.scanner?.press(event) ?? { code: "", isHeld: false };
    if (code) this.#takeCode(code);
    const isLate = event.key === "Enter" && event.timeStamp - this.enterHeldAt < FOLLOW_MS;
    if (isHeld || isLate) {
      this.enterHeldAt = event.timeStamp;
      event.preventDefault();
      return;
    }
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: PAGE_STEP, PageUp: -PAGE_STEP };
    const step = steps[/** @type {keyof typeof steps} */ (event.key)];
    if (step && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      if (event.altKey && step < 0) this.rows.close();
      else if (this.isOpen) this.rows.step(step);
      else this.open();
    } else if (event.key === "Enter") this.#enter(event);
    else if (event.key === "Escape" && this.isOpen) {
      event.preventDefault();
      event.stopPropagation();
      this.rows.close();
      if (this.isCoded) this.show();
    }
  }

  /** Enter takes what is pointed at. With the list closed it sends the form, as in any field. @param {KeyboardEvent} event */
  #enter(event) {
    const exact = findOffer(this.#offers(), this.box.value, this.isPath);
    const wanted = this.rows.pointed ?? (this.isCoded && this.isOpen ? exact : null);
    if (wanted) {
      event.preventDefault();
      this.enterHeldAt = event.timeStamp;
      this.#pick(wanted);
    } else this.#leave();
  }

  #type() {
    const typed = this.box.value.trim();
    this.#clear();
    this.#agree(false);
    this.#tell("");
    this.open(typed);
    if (this.isRemote && typed) this.#askServer(typed);
  }

  /** @param {string} typed */
  #askServer(typed) {
    clearTimeout(this.timer);
    this.timer = setTimeout(async () => {
      const query = new URLSearchParams({ q: typed, limit: "20" });
      const answer = await fetch(`/api/v1/people?${query}`, { credentials: "same-origin" }).catch(() => null);
      if (!answer?.ok || this.box.value.trim() !== typed) return;
      const known = new Set(this.#offers().map((offer) => offer.value));
      const { items } = await answer.json();
      for (const { number, email, name } of items) {
        const value = number ?? email ?? name;
        if (!known.has(value)) this.further.push({ value, text: name });
      }
      if (document.activeElement === this.box) this.open(typed);
    }, PAUSE_MS);
  }

  /** What was scanned is picked by its code, whatever else the field holds by now. @param {string} code */
  async #takeCode(code) {
    this.rows.close();
    const { identify } = await import("./scanned.js");
    let found = findOffer(this.#offers(), code, this.isPath);
    for (const value of found ? [] : await identify(code)) found ??= findOffer(this.#offers(), value, this.isPath);
    if (found) this.#pick(found);
    else if (!this.isSelect) this.#take(code);
    else {
      this.show();
      this.#tell(`“${code}” is not the code of anything in this list.`);
    }
  }

  // -- what is chosen ------------------------------------------------------------------------

  /** @param {Offer} offer */
  #pick(offer) {
    const isNew = this.rows.made === offer;
    this.rows.close();
    this.#take(offer.value);
    this.#agree(isNew);
    this.show();
    this.#clear();
    this.box.select();
  }

  /** What was wrong is being mended. */
  #clear() {
    if (this.isCoded) this.box.setCustomValidity("");
    this.box.removeAttribute("aria-invalid");
  }

  /** @param {string} value */
  #take(value) {
    const { source } = this;
    if (source instanceof HTMLSelectElement && ![...source.options].some((option) => option.value === value)) return;
    const isNew = source.value !== value;
    source.value = value;
    if (!this.isCoded) this.box.value = value;
    if (isNew || !this.isCoded) for (const name of ["input", "change"]) source.dispatchEvent(new Event(name, { bubbles: true }));
    if (!this.isCoded) this.rows.close(); // the list follows what is entered
  }

  /** The person went on: what stands in the field counts, or the field says why not. */
  #leave() {
    this.rows.close();
    if (!this.isCoded) return;
    const typed = this.box.value.trim();
    const { chosen } = this;
    if (typed === (chosen ? showOffer(chosen, this.isPath) : this.isSelect ? "" : this.source.value)) return;
    const fits = matchOffers(this.#offers(), typed, this.isPath);
    const found = findOffer(this.#offers(), typed, this.isPath) ?? (this.isSelect && fits.length === 1 ? fits[0] : null);
    if (found) this.#take(found.value);
    else if (!typed && this.blank === null) this.box.value = "";
    else if (!typed || !this.isSelect) this.#take(typed);
    else {
      this.box.setCustomValidity("Choose one from the list.");
      this.box.setAttribute("aria-invalid", "true");
      this.#tell(`“${typed}” ${fits.length ? `fits ${fits.length} in the list. Choose one of them.` : "is not in the list."}`);
      return;
    }
    this.show();
  }

  /** @param {string} words */
  #tell(words) {
    this.note.textContent = words;
    if (words) this.status.textContent = words;
  }
}

/** @param {Element} source */
function isLong(source) {
  return source instanceof HTMLSelectElement ? source.options.length > MAX_PLAIN : Boolean(/** @type {HTMLInputElement} */ (source).list);
}

function begin() {
  // htmx put a new select in the place of a field: what stood for the old one goes.
  for (const select of document.querySelectorAll(".combobox > select")) {
    const wrap = /** @type {Element} */ (select.parentElement);
    byWrap.get(wrap)?.source.remove();
    wrap.replaceWith(select);
  }
  for (const source of document.querySelectorAll(SOURCES)) {
    if (isLong(source) && !source.hidden) new Combobox(/** @type {HTMLSelectElement | HTMLInputElement} */ (source));
  }
}

document.addEventListener("htmx:afterSettle", begin);
addEventListener("pageshow", () => {
  for (const wrap of document.querySelectorAll(".combobox")) byWrap.get(wrap)?.show();
});
begin();
document.documentElement.dataset.choices = "";
