"""Questions that each page is asked in the browser, beside those of axe."""

from __future__ import annotations

# What axe does not ask: each answer is a sentence, and none is the right one.
CHECKS = """
() => {
  const found = [];
  const say = (element, text) => found.push(`${text}: ${element.outerHTML.slice(0, 140)}`);
  const root = document.documentElement;
  if (root.lang !== "en") found.push("the page does not say its language");
  if (root.scrollWidth > innerWidth) found.push(`the page is ${root.scrollWidth - innerWidth} px too wide`);
  const isShown = (e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const headings = [...document.querySelectorAll("h1, h2, h3, h4")].filter(isShown);
  const levels = headings.map((h) => Number(h.tagName[1]));
  if (levels.filter((level) => level === 1).length !== 1) found.push(`headings: ${levels}, not one h1`);
  levels.forEach((level, i) => {
    if (i && level > levels[i - 1] + 1) say(headings[i], "a heading skips a level");
  });
  if (document.querySelectorAll("main").length !== 1) found.push("not one main landmark");
  for (const nav of document.querySelectorAll("nav")) {
    if (!nav.getAttribute("aria-label")) say(nav, "a navigation without a name");
  }
  for (const select of document.querySelectorAll("select")) {
    if (isShown(select) && select.options.length > 12) say(select, `a native list of ${select.options.length}`);
  }
  if (innerWidth > 500) return found;
  const isStretched = (e) => {
    const after = getComputedStyle(e, "::after");
    return after.content !== "none" && after.position === "absolute";
  };
  const isInRow = (e) => [...(e.closest("tr")?.querySelectorAll("td.main a") ?? [])].some(isStretched);
  const targets = "a[href], button, select, textarea, summary, input:not([type=hidden])";
  for (const element of document.querySelectorAll(targets)) {
    if (!isShown(element) || element.closest(".skip, .visually-hidden")) continue;
    // A link in a sentence is as high as its line.
    const line = element.parentElement.closest("p, dd, li, td, div, span");
    const isInline = getComputedStyle(element).display === "inline";
    const words = element.innerText ?? ""; // what is drawn has no inner text
    if (isInline && words && line && line.innerText.trim() !== words.trim()) continue;
    let box = element.getBoundingClientRect();
    // A box, or a hidden field for a file, is as large as the label that it is pressed by.
    const label = element.matches("input") && element.labels[0]?.getBoundingClientRect();
    if (label && label.height > box.height) box = label;
    if (isStretched(element)) box = element.closest("tr, li").getBoundingClientRect();
    // In a row that is itself a target, the others are told apart at 24 px (WCAG 2.2, 2.5.8).
    const least = isInRow(element) ? 23.5 : 43.5;
    // The names on a path are as wide as they are, with the slashes between them.
    if (box.height < least || box.width < (element.closest(".crumbs") ? 16 : least)) {
      say(element, `a target of ${Math.round(box.width)} by ${Math.round(box.height)} px`);
    }
  }
  return found;
}
"""


# What has the focus, where something else lies over it.
HIDDEN = """
() => {
  const element = document.activeElement;
  if (!element || element === document.body || element.matches("[type=date]")) return null;
  const box = element.getBoundingClientRect();
  const top = document.elementFromPoint(box.left + Math.min(box.width, 40) / 2, box.top + box.height / 2);
  const isSeen = top && (element.contains(top) || top.contains(element) || top.closest("label, tr, li"));
  const isBar = top && top.closest(".app-bar, .sticky-actions") && !element.closest(".app-bar, .sticky-actions");
  return isSeen && !isBar ? null : element.outerHTML.slice(0, 140);
}
"""
