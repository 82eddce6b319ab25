// @ts-check
/** What a keyboard scanner sent and nobody can be sure of: cut codes, and keys with two meanings. Nothing of it is stored. */
import { learnLayout } from "../capture/wedge.js";
import { showCode } from "../shared/codes.js";

const NOT_WHOLE = "Not read whole. Scan it again.";

export class Doubts {
  /**
   * @param {object} parts
   * @param {Pick<import("./answers.js").Answers, "showRefused">} parts.answers
   * @param {import("../capture/wedge_keys.js").WedgeReader} parts.reader
   * @param {() => void} parts.focus
   */
  constructor(parts) {
    this.parts = parts;
  }

  /** Tell of a code that was cut, or ask which of two readings is meant. @param {{text?: string, readings?: [string, string], source: string}} read */
  tell({ text = "", readings, source }) {
    if (readings) this.#ask(readings, source);
    else this.#tellBroken(text);
  }

  /** @param {string} text what came of it, "" for nothing */
  #tellBroken(text) {
    const { answers, reader } = this.parts;
    // A scanner that was set to end its codes otherwise would be refused for ever.
    const hint = reader.knowsEnding ? ` Codes of this scanner end with ${reader.settings.ending}. Changed it? See Scanner set-up.` : "";
    answers.showRefused(`${NOT_WHOLE}${text ? ` “${showCode(text)}” came, and was not stored.` : ""}${hint}`, text || NOT_WHOLE);
  }

  /** @param {[string, string]} readings by this computer's keyboard, by one of the United States @param {string} source */
  #ask([typed, us], source) {
    const choices = /** @type {const} */ ([[typed, "typed"], [us, "us"]]).map(([text, layout]) =>
      this.#choice(text, () => {
        learnLayout(this.parts.reader, layout);
        document.dispatchEvent(new CustomEvent("scan:read", { detail: { text, source, symbology: null } }));
        this.parts.focus();
      }));
    const message = `Two readings: “${showCode(typed)}” or “${showCode(us)}”. The scanner's keyboard may differ from this`
      + " computer's. Choose what the label says, or see Scanner set-up. Nothing was stored.";
    this.parts.answers.showRefused(message, typed, choices);
  }

  /** @param {string} text @param {() => void} choose */
  #choice(text, choose) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "big scan-choice";
    button.textContent = showCode(text);
    button.addEventListener("click", choose);
    return button;
  }
}
