// @ts-check
/** What the rules of lending say of each line. The server knows; without a network nothing is checked. */
import { writeSentence } from "../shared/local_time.js";

const PATIENCE_MS = 5000;

export class Judging {
  /** @param {import("./page.js").CounterPage} page */
  constructor(page) {
    this.page = page;
    this.asked = 0;
  }

  /** Ask for the judgement of the tray as it lies there now. The newest answer counts. */
  async ask() {
    const { page } = this;
    if (!page.scans.some((scan) => scan.thing || scan.stock || scan.person || scan.kit)) return;
    const turn = ++this.asked;
    const tray = page.trayId;
    const kind = page.fold().kind;
    const answer = await load(tray, kind);
    const lines = answer?.lines;
    if (turn !== this.asked || tray !== page.trayId) return;
    for (const scan of page.scans) {
      const line = lines?.find((/** @type {any} */ one) => one.scan_id === scan.scan_id);
      if (line) Object.assign(scan, { findings: readFindings(line.findings), questions: line.questions });
      else if (!lines) scan.findings = undefined;
      scan.is_unjudged = !lines && !scan.stock; // the rules of lending are about assets
    }
    page.termsView.show(answer?.terms ?? []);
    page.kitsView.show(answer?.kits ?? []);
    page.pickLists.show(answer?.reservations ?? []);
    page.show();
  }
}

/** Return findings with times as this device writes them. @param {any[]} findings @returns {import("./tray.js").Finding[]} */
export function readFindings(findings) {
  return findings.map((one) => ({ ...one, message: writeSentence(one.message) }));
}

/** @param {string} tray @param {string | null} kind @returns {Promise<any>} null: no answer of this service */
async function load(tray, kind) {
  try {
    const answer = await fetch(`/api/v1/trays/${tray}${kind ? `?kind=${kind}` : ""}`, {
      credentials: "same-origin", headers: { Accept: "application/json" }, cache: "no-store",
      signal: AbortSignal.timeout?.(PATIENCE_MS),
    });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}
