// @ts-check
// Show every <time data-local> in the reader's own zone; without script it stays UTC.

const FORMATS = {
  datetime: new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" }),
  date: new Intl.DateTimeFormat(undefined, { dateStyle: "medium" }),
  time: new Intl.DateTimeFormat(undefined, { timeStyle: "short" }),
};

/** @param {ParentNode} root */
export function showLocalTimes(root) {
  for (const element of root.querySelectorAll("time[data-local]")) {
    const moment = new Date(element.getAttribute("datetime") ?? "");
    if (Number.isNaN(moment.getTime())) continue;
    const mode = /** @type {keyof typeof FORMATS} */ (element.getAttribute("data-local"));
    element.textContent = (FORMATS[mode] ?? FORMATS.datetime).format(moment);
    element.setAttribute("title", element.getAttribute("datetime") ?? "");
  }
}

if (typeof document !== "undefined") {
  showLocalTimes(document);
  document.addEventListener("htmx:load", (event) => {
    if (event.target instanceof Element) showLocalTimes(event.target.parentElement ?? event.target);
  });
}
