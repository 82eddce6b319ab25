// @ts-check
// Show every <time data-local> in the viewer's own zone. Without script it stays UTC and says so.
// A printed page names the zone: <dd data-zone>UTC</dd>.

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** @param {number} number */
const two = (number) => String(number).padStart(2, "0");

/**
 * Return a moment as the server writes it, so that no page mixes two formats: 9 Nov 2026, 19:14.
 * @param {Date} moment @param {string | null} mode datetime, date or time
 */
export function writeLocal(moment, mode) {
  const day = `${moment.getDate()} ${MONTHS[moment.getMonth()]} ${moment.getFullYear()}`;
  const time = `${two(moment.getHours())}:${two(moment.getMinutes())}`;
  return mode === "date" ? day : mode === "time" ? time : `${day}, ${time}`;
}

/** @param {ParentNode} root */
export function showLocalTimes(root) {
  for (const element of root.querySelectorAll("[data-zone]")) {
    element.textContent = Intl.DateTimeFormat().resolvedOptions().timeZone.replaceAll("_", " ");
  }
  for (const element of root.querySelectorAll("time[data-local]")) {
    const moment = new Date(element.getAttribute("datetime") ?? "");
    if (Number.isNaN(moment.getTime())) continue;
    element.textContent = writeLocal(moment, element.getAttribute("data-local"));
    element.setAttribute("title", `${moment.toISOString().slice(0, 19).replace("T", " ")} UTC`);
  }
}

if (typeof document !== "undefined") {
  showLocalTimes(document);
  document.addEventListener("htmx:load", (event) => {
    if (event.target instanceof Element) showLocalTimes(event.target.parentElement ?? event.target);
  });
}
