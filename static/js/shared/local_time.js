// @ts-check
// Show every <time data-local> in the reader's own zone, or how long ago it was. Without script it stays in the
// organisation's zone and names it.
// A printed page names the zone: <dd data-zone>UTC</dd>.

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** @param {number} number */
const two = (number) => String(number).padStart(2, "0");

const LANGUAGE = typeof document === "undefined" ? "en" : document.documentElement.lang || "en";

/** Return a day as the reader's language writes it. @param {Date} moment */
function writeDay(moment) {
  if (LANGUAGE === "en") return `${moment.getDate()} ${MONTHS[moment.getMonth()]} ${moment.getFullYear()}`;
  return moment.toLocaleDateString(LANGUAGE, { day: "numeric", month: "short", year: "numeric" });
}

/**
 * Return a moment as the server writes it, so that no page mixes two formats: 9 Nov 2026, 19:14.
 * @param {Date} moment @param {string | null} mode datetime, date, time or seconds
 */
export function writeLocal(moment, mode) {
  const day = writeDay(moment);
  const time = `${two(moment.getHours())}:${two(moment.getMinutes())}`;
  if (mode === "seconds") return `${time}:${two(moment.getSeconds())}`;
  return mode === "date" ? day : mode === "time" ? time : `${day}, ${time}`;
}

/** A moment in a sentence of the server, with the word before it. */
const IN_SENTENCE = /(?:\b(at|since) )?(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)/g;
const RECENT_MS = 3_600_000;

/**
 * Return how long ago a moment was, if that is less than an hour; else null.
 * @param {Date} moment @param {Date} now
 */
export function writeAgo(moment, now) {
  const ago = now.getTime() - moment.getTime();
  if (ago < -60_000 || ago >= RECENT_MS) return null;
  return ago < 60_000 ? "just now" : `${Math.floor(ago / 60_000)} min ago`;
}

/**
 * Return a moment with the word before it, as a sentence goes on: "2 min ago", "at 14:05", "since 9 Nov 2026, 14:05".
 * @param {Date} moment @param {string} word at or since @param {Date} now
 */
function writeInSentence(moment, word, now) {
  const isToday = moment.toDateString() === now.toDateString();
  const clock = writeLocal(moment, isToday ? "time" : "datetime");
  return word === "since" ? `since ${clock}` : writeAgo(moment, now) ?? `${isToday ? "at" : "on"} ${clock}`;
}

/** Return a sentence of the server with its moments as the reader's own clock has them. @param {string} text @param {Date} [now] */
export function writeSentence(text, now = new Date()) {
  return text.replace(IN_SENTENCE, (whole, word, iso) => {
    const moment = new Date(iso);
    return Number.isNaN(moment.getTime()) ? whole : writeInSentence(moment, word ?? "at", now);
  });
}

/** @param {Element} element @param {Date} moment @param {Date} now */
function writeTime(element, moment, now) {
  const mode = element.getAttribute("data-local") ?? "";
  if (mode.startsWith("sentence-")) return writeInSentence(moment, mode.slice("sentence-".length), now);
  return (mode === "date" || mode === "seconds" ? null : writeAgo(moment, now)) ?? writeLocal(moment, mode);
}

/** @param {ParentNode} root */
export function showLocalTimes(root) {
  for (const element of root.querySelectorAll("[data-zone]")) {
    element.textContent = Intl.DateTimeFormat().resolvedOptions().timeZone.replaceAll("_", " ");
  }
  const now = new Date();
  for (const element of root.querySelectorAll("time[data-local]")) {
    const moment = new Date(element.getAttribute("datetime") ?? "");
    if (Number.isNaN(moment.getTime())) continue;
    const words = writeTime(element, moment, now);
    if (element.textContent !== words) element.textContent = words;
    element.setAttribute("title", writeLocal(moment, "datetime"));
  }
}

/**
 * Return a moment for paper, which does not age: the time itself.
 * @param {Date} moment @param {string} mode as of `data-local`
 */
export function writeForPaper(moment, mode) {
  if (!mode.startsWith("sentence-")) return writeLocal(moment, mode);
  return `${mode === "sentence-since" ? "since" : "on"} ${writeLocal(moment, "datetime")}`;
}

function showForPaper() {
  for (const element of document.querySelectorAll("time[data-local]")) {
    const moment = new Date(element.getAttribute("datetime") ?? "");
    element.textContent = writeForPaper(moment, element.getAttribute("data-local") ?? "");
  }
}

if (typeof document !== "undefined") {
  showLocalTimes(document);
  setInterval(() => document.visibilityState === "visible" && showLocalTimes(document), 30_000);
  addEventListener("beforeprint", showForPaper);
  addEventListener("afterprint", () => showLocalTimes(document));
  document.addEventListener("htmx:load", (event) => {
    if (event.target instanceof Element) showLocalTimes(event.target.parentElement ?? event.target);
  });
}
