"""Walking a page's controls with a wedge scanner: each has the focus once while a code is sent."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from tests.browser.conftest import press_keys

ENDINGS = ("Enter", "Tab", "LF", "CRLF", "F8", "ETX", "F8 and Enter")
COLLECT = """() => {
  const root = document.querySelector('dialog[open]') ?? document;
  const all = root.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]');
  globalThis.controls = [...all].filter(one =>
    !one.disabled && one.type !== 'hidden' && one.tabIndex >= 0 && one.checkVisibility());
  return controls.length; }"""
FOCUS = """at => {
  const one = controls[at];
  one.focus();
  return document.activeElement === one ? one.outerHTML.slice(0, 90) : ''; }"""
STATE = """() => JSON.stringify({
  url: location.href,
  fields: [...document.querySelectorAll('input, select, textarea')].filter(one => one.type !== 'hidden')
    .map(one => [one.id || one.name, one.value, one.checked]),
  open: [...document.querySelectorAll('details, dialog')].map(one => one.open),
  pressed: [...document.querySelectorAll('[aria-pressed]')].map(one => one.ariaPressed),
  current: [...document.querySelectorAll('[aria-current]')].map(one => one.textContent) })"""


def walk(
    page: Any,
    code_of: Callable[[int], list[str]],
    *,
    least: int,
    wait: Callable[[int], None] | None = None,
) -> list[str]:
    """Send codes with the focus on each control. Return the codes, once no field has changed.

    :param least: how many controls the page has at least.
    :param wait: wait for the answer to the codes, which replaces controls of the page.
    """
    sent: list[str] = []
    endings = itertools.cycle(ENDINGS)
    before = page.evaluate(STATE)
    for at in itertools.count():
        if at >= page.evaluate(COLLECT):
            break
        name = page.evaluate(FOCUS, at)
        if not name:
            continue  # the page replaced it just now
        codes = code_of(at)
        press_keys(page, [(code, next(endings)) for code in codes])
        sent += codes
        if wait is not None:
            wait(at)
        after = page.evaluate(STATE)
        assert after == before, f"{name}\n{before}\n{after}"
    assert at >= least
    return sent
