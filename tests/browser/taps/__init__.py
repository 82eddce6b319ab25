"""Count what a hand does for a job: presses, keys and scans, as the browser itself saw them.

A job is a row of the table in `docs/benchmarks.md`, with what is measured and the target. A test
that does the job holds it to its row, and the run prints all that were done at its end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import scan_by_keys, wait_until

PAGE = Path(__file__).parents[3] / "docs" / "benchmarks.md"
PROPERTY = "taps"
_ROW = re.compile(r"^\| ([^|]+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", re.MULTILINE)
# Kept over a change of the page. A scanner types too, so its keys are taken off again.
_COUNT = """
    for (const kind of ["pointerdown", "keydown"]) {
      addEventListener(kind, (event) => {
        if (!event.isTrusted || event.repeat) return;
        sessionStorage.setItem(kind, Number(sessionStorage.getItem(kind) ?? 0) + 1);
      }, { capture: true });
    }
"""


@dataclass(frozen=True)
class Row:
    """What a job takes, by the table in the docs."""

    taps: int
    keys: int
    scans: int
    target: int


def read_table() -> dict[str, Row]:
    """Return the jobs of the docs."""
    text = PAGE.read_text()
    part = text[text.index("\n## Taps") :]
    return {found[1]: Row(*map(int, found.groups()[1:])) for found in _ROW.finditer(part)}


class Hand:
    """A hand at a page, with a scanner in it."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.scans = self.scanned_keys = 0
        page.add_init_script(_COUNT)

    def start(self, path: str) -> None:
        """Open the page where the job begins: what was done before does not count."""
        self.page.goto(path)
        self.page.evaluate("sessionStorage.removeItem('pointerdown')")
        self.page.evaluate("sessionStorage.removeItem('keydown')")
        self.scans = self.scanned_keys = 0

    def tap(self, selector: str, **options: Any) -> None:
        self.page.locator(selector).first.click(**options)

    def type(self, text: str) -> None:
        """Type as a person does, not as a scanner."""
        self.page.keyboard.type(text, delay=120)

    def scan(self, *codes: str) -> None:
        for code in codes:
            scan_by_keys(self.page, code)
            self.scans += 1
            self.scanned_keys += len(code) + 1

    def wait(self, check: Any, what: str) -> None:
        wait_until(check, what=what)

    def see(self, words: str) -> None:
        """Wait until the page says something."""
        self.page.get_by_text(words).first.wait_for()

    def done(self, job: str, request: pytest.FixtureRequest) -> None:
        """Hold the job to its row in the docs, and have it printed at the end of the run."""
        taps, keys = (
            int(self.page.evaluate(f"sessionStorage.getItem('{kind}') ?? 0"))
            for kind in ("pointerdown", "keydown")
        )
        row = read_table()[job]
        keys -= self.scanned_keys
        request.node.user_properties.append((PROPERTY, [job, taps, keys, self.scans, row.target]))
        assert (taps, keys, self.scans) == (row.taps, row.keys, row.scans), job
        assert taps <= row.target, job
