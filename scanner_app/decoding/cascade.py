"""The order of passes over one picture: cheap first, more only where too little was found."""

from __future__ import annotations

import time
from collections.abc import Callable

from scanner_app.decoding.engines import Finding, run_zbar, run_zxing
from scanner_app.decoding.picture import Grey, Picture
from scanner_app.decoding.symbols import PassRun, Polygon, Symbol

WORK_SIDE = 2000
MOST_SYMBOLS = 400


class Cascade:
    """One run over one picture."""

    def __init__(self, picture: Picture, *, budget_ms: int, formats: frozenset[str]) -> None:
        self.picture = picture
        self.formats = formats
        self.deadline = time.perf_counter() + budget_ms / 1000
        self.symbols: list[Symbol] = []
        self.runs: list[PassRun] = []

    def run(self) -> None:
        grey, scale = self.picture.work(WORK_SIDE)
        self._pass("zxing", lambda g: run_zxing(g, self.formats), grey, scale)
        if not self.symbols:
            self._pass("zbar", lambda g: run_zbar(g, self.formats), grey, scale)

    def _pass(
        self, name: str, engine: Callable[[Grey], list[Finding]], grey: Grey, scale: float
    ) -> None:
        began = time.perf_counter()
        findings = engine(grey)
        for finding in findings:
            self._take(finding, name, scale)
        self.runs.append(
            PassRun(
                name, (time.perf_counter() - began) * 1000, tuple(found.text for found in findings)
            )
        )

    def _take(self, finding: Finding, name: str, scale: float) -> None:
        polygon: Polygon = tuple((x / scale, y / scale) for x, y in finding.polygon)  # type: ignore[assignment] # four corners
        if len(self.symbols) < MOST_SYMBOLS:
            self.symbols.append(
                Symbol(
                    finding.text,
                    finding.bytes,
                    finding.symbology,
                    polygon,
                    finding.aim,
                    finding.add_on,
                    name,
                )
            )
