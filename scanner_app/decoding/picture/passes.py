"""The order of passes over one picture: cheap ones first, more only if too little was found.

The order was measured (docs/benchmarks/decoding.md). `evidence` decides which of the codes are
believed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from scanner_app.decoding.picture import filters
from scanner_app.decoding.picture.bars import strips
from scanner_app.decoding.picture.engines import LINEAR, RawSymbol, run_bars, run_zbar, run_zxing
from scanner_app.decoding.picture.evidence import Candidate, Evidence, box_of
from scanner_app.decoding.picture.filters import Filter, Matrix, View, map_polygon
from scanner_app.decoding.picture.open import Grey, Picture
from scanner_app.decoding.picture.regions import (
    GLANCE_SIDE,
    Region,
    cut_out,
    find_alike,
    find_regions,
    is_covered,
    region_of,
)
from scanner_app.decoding.picture.survey import cut_place, is_filled, survey
from scanner_app.decoding.picture.symbols import PassRun, Polygon, Symbol

WORK_SIDE = 2000
MAX_SYMBOLS = 400
# Above this size, enlarging the picture costs more than it finds.
MAX_PIXELS_TO_ENLARGE = 1_200_000
# A misread that no other pass confirms must not use up the time.
MAX_OPINIONS = 2
REGION_SIDE = 420.0
REGIONS_WHEN_BLIND = 3
LINE_SIDE, MAX_ZOOM = 900.0, 6.0
# Codes that are read by maximum likelihood if blur has melted their bars.
MELTED = frozenset({"ean_13", "upc_a"})
MAX_ARBITRATED = 2
# As a part of the picture: a code as long as this leaves no room for another one like it.
FILLS = 0.45
Engine = Callable[[Grey, frozenset[str]], list[RawSymbol]]


def _quick(grey: Grey, formats: frozenset[str]) -> list[RawSymbol]:
    return run_zxing(grey, formats, thorough=False)


def _turning(grey: Grey, formats: frozenset[str]) -> list[RawSymbol]:
    return run_zxing(grey, formats, thorough=False, turns=True)


def _fixed(grey: Grey, formats: frozenset[str]) -> list[RawSymbol]:
    return run_zxing(grey, formats, thorough=False, binarizer="fixed")


@dataclass(frozen=True, slots=True)
class Pass:
    """One look at the whole picture: a filter, then an engine. `enlarges` makes it bigger first."""

    name: str
    filter: Filter
    engine: Engine
    enlarges: bool = False


PASSES = (
    Pass("zbar, local threshold", filters.thresholded, run_zbar),
    Pass("zxing, 1.5 times", filters.scaled(1.5), _quick, enlarges=True),
    Pass("zxing, turned 45", filters.turned(45), _quick),
    Pass("zbar, smeared", filters.smeared, run_zbar),
    Pass("zxing, local threshold", filters.thresholded, _quick),
    Pass("zxing, equalised", filters.equalised, _quick),
    Pass("zxing, turned -20", filters.turned(-20), _quick),
    Pass("zxing, fixed threshold", filters.same, _fixed),
    Pass("zxing, inverted", filters.inverted, _quick),
    Pass("zxing, darkened", filters.darkened, _quick),
    Pass("zxing, sharpened", filters.sharpened, _quick, enlarges=True),
    Pass("zbar, turned 45", filters.turned(45), run_zbar),
    Pass("zbar, turned -20", filters.turned(-20), run_zbar),
)


@dataclass(frozen=True, slots=True)
class CloseLook:
    """One look at the likeliest places of a large picture: a filter, and an engine for each kind.

    :param is_first: many scan lines that agree are enough, as in the first pass over the whole.
    """

    name: str
    filter: Filter
    bars: Engine | None
    modules: Engine | None
    places: int
    is_first: bool = False


CLOSE_LOOKS = (
    CloseLook("place: zxing", filters.same, _quick, _turning, 60, is_first=True),
    CloseLook("place: zxing, equalised", filters.equalised, _quick, _turning, 45),
    CloseLook("place: zxing, sharpened", filters.sharpened, _quick, None, 30),
)
# Second opinions about the place where a weak code was seen once.
OPINIONS = (
    ("zbar", filters.same, run_zbar),
    ("zxing, 1.5 times", filters.scaled(1.5), _quick),
    ("zbar, smeared", filters.smeared, run_zbar),
    ("zxing, equalised", filters.equalised, _quick),
    ("zxing, sharpened", filters.sharpened, _quick),
    ("zbar, twice", filters.scaled(2), run_zbar),
)


class Cascade:
    """One run over one picture."""

    def __init__(
        self, picture: Picture, *, budget_ms: int, bars_ms: int, formats: frozenset[str]
    ) -> None:
        self.picture = picture
        self.bars_ms = bars_ms
        self.formats = formats
        self.linear = formats & LINEAR
        self.deadline = time.perf_counter() + budget_ms / 1000
        self.evidence = Evidence()
        self.runs: list[PassRun] = []

    def run(self) -> list[Symbol]:
        """Run passes until enough is read, all passes are done, or the time is over."""
        grey, scale = self.picture.work(WORK_SIDE)
        work = filters.scaling(1 / scale)
        self._look("zxing", run_zxing, View(grey), work, is_first=True)
        self._ask_again(grey, scale)
        if scale < 1:
            self._look_around(grey, scale)
            self._ask_again(self.picture.full(), 1.0)
        if not self.evidence.believed():
            self._escalate(grey, scale, work)
        if not self.evidence.believed():
            self._look_at_melted_bars(grey, work)
        if not self.evidence.believed():
            self._look_blindly(grey, scale)
        elif scale == 1:
            self._look_at_rest(grey)
        self._ask_other_engine(scale)
        self._arbitrate(scale)
        return self.symbols()

    def _ask_other_engine(self, scale: float) -> None:
        """Look with libzbar at weak codes that only one engine has seen, for it may disagree."""
        grey = self.picture.full() if scale < 1 else self.picture.work(WORK_SIDE)[0]
        for candidate in self.evidence.unconfirmed():
            crop, to_upright = cut_out(grey, region_of(candidate.polygon))
            wanted = frozenset({candidate.raw.symbology})
            self._look("place: zbar", run_zbar, View(crop), to_upright, wanted)

    def symbols(self) -> list[Symbol]:
        return self.evidence.symbols()[:MAX_SYMBOLS]

    def _is_late(self) -> bool:
        return time.perf_counter() >= self.deadline or len(self.evidence.candidates) >= MAX_SYMBOLS

    def _escalate(self, grey: Grey, scale: float, work: Matrix) -> None:
        for step in PASSES:
            if self._is_late() or self.evidence.believed():
                return
            if step.enlarges and grey.size > MAX_PIXELS_TO_ENLARGE:
                continue
            self._look(step.name, step.engine, step.filter(grey), work)
            self._ask_again(grey, scale)

    def _look(
        self,
        name: str,
        engine: Engine,
        view: View,
        to_upright: Matrix,
        formats: frozenset[str] | None = None,
        *,
        is_first: bool = False,
    ) -> list[RawSymbol]:
        began = time.perf_counter()
        raws = engine(view.grey, self.formats if formats is None else formats)
        for raw in raws:
            polygon = map_polygon(to_upright, view.to_original(raw.polygon))
            self.evidence.add(raw, polygon, name, is_first=is_first)
        self._note(name, began, raws)
        return raws

    def _note(self, name: str, began: float, raws: list[RawSymbol]) -> None:
        elapsed = (time.perf_counter() - began) * 1000
        self.runs.append(PassRun(name, elapsed, tuple(f"{f.symbology} {f.text}" for f in raws)))

    def _look_around(self, grey: Grey, scale: float) -> None:
        """Look at every place of a large picture that may hold a code, in all its detail."""
        read = self._places(scale)
        if len(read) == 1 and _longest(read[0]) >= FILLS * max(grey.shape):
            return
        began = time.perf_counter()
        places = survey(grey, scale)
        self.runs.append(PassRun("survey", (time.perf_counter() - began) * 1000, ()))
        full = self.picture.full()
        crops: dict[int, tuple[Grey, Matrix]] = {}
        for look in CLOSE_LOOKS:
            read = self._places(scale)
            for number, place in enumerate(places[: look.places]):
                formats = self.formats & LINEAR if place.is_bars else self.formats - LINEAR
                engine = look.bars if place.is_bars else look.modules
                if not formats or engine is None or is_filled(place.region, read):
                    continue
                if self._is_late():
                    return
                if number not in crops:
                    crops[number] = cut_place(full, place, scale)
                crop, back = crops[number]
                view = look.filter(crop)
                if self._look(look.name, engine, view, back, formats, is_first=look.is_first):
                    read = self._places(scale)

    def _ask_again(self, grey: Grey, scale: float) -> None:
        """Look again with other passes at the small place of each candidate still in doubt."""
        for candidate in self.evidence.doubtful()[:6]:
            candidate.opinions += 1
            if candidate.opinions > MAX_OPINIONS:
                continue
            place: Polygon = tuple((x * scale, y * scale) for x, y in candidate.polygon)  # type: ignore[assignment] # four corners
            region = region_of(place)
            crop, to_work = cut_out(grey, region)
            self._ask_about(candidate, crop, filters.scaling(1 / scale) @ to_work)

    def _ask_about(self, candidate: Candidate, crop: Grey, to_upright: Matrix) -> None:
        symbology = candidate.raw.symbology
        wanted = frozenset({symbology, "ean_13", "upc_a"} if symbology == "upc_a" else {symbology})
        for name, change, engine in OPINIONS:
            if self._is_late() or candidate not in self.evidence.doubtful():
                return
            view = change(crop)
            began = time.perf_counter()
            raws = engine(view.grey, wanted & self.formats)
            for raw in raws:
                polygon = map_polygon(to_upright, view.to_original(raw.polygon))
                self.evidence.add(raw, polygon, f"place: {name}")
            self._note(f"place: {name}", began, raws)

    def _look_at_melted_bars(self, grey: Grey, work: Matrix) -> None:
        """Ask which retail code explains the bars best, within the processor time for that."""
        if self.bars_ms <= 0 or not self.formats & MELTED or self._is_late():
            return
        engine = partial(run_bars, budget_ms=self.bars_ms, deadline=self.deadline)
        self._look("bars", engine, View(grey), work)

    def _arbitrate(self, scale: float) -> None:
        """Compare the bars of faint retail codes with all codes, and overrule what was misread.

        Nothing is overruled unless the bars show another code surely.
        """
        faint = self.evidence.faint_retail()[:MAX_ARBITRATED]
        if not faint or self.bars_ms <= 0 or not self.formats & MELTED:
            return
        grey = self.picture.full() if scale < 1 else self.picture.work(WORK_SIDE)[0]
        for candidate in faint:
            if self._is_late():
                return
            crop, to_upright = cut_out(grey, region_of(candidate.polygon))
            budget_ms = self.bars_ms / len(faint)
            engine = partial(run_bars, budget_ms=budget_ms, deadline=self.deadline)
            self._look("place: bars", engine, View(crop), to_upright)

    def _look_at_rest(self, grey: Grey) -> None:
        """Look closely at regions that resemble the codes already read: the rest of a shelf.

        The common case, one code held to the camera, ends after a glance at a small copy.
        """
        read = self._places(1.0)
        if len(read) == 1 and _longest(read[0]) >= FILLS * max(grey.shape):
            return
        began = time.perf_counter()
        alike = find_alike(grey, read, GLANCE_SIDE)
        if alike or len(read) > 1:
            alike = find_alike(grey, read)
        self.runs.append(PassRun("glance", (time.perf_counter() - began) * 1000, ()))
        for region in alike:
            if self._is_late():
                return
            # A code that was just read may reach into the next region.
            if not is_covered(region, self._places(1.0)):
                self._look_closely(region, 1.0)

    def _look_blindly(self, grey: Grey, scale: float) -> None:
        """Look closely at the regions that stand out most, after all passes found nothing."""
        for candidate in self.evidence.doubtful()[:2]:
            if candidate.raw.symbology in LINEAR and not self._is_late():
                place: Polygon = tuple((x * scale, y * scale) for x, y in candidate.polygon)  # type: ignore[assignment] # four corners
                self._look_along(region_of(place), grey, scale)
        for region in find_regions(grey)[:REGIONS_WHEN_BLIND]:
            if self._is_late() or self.evidence.believed():
                return
            if scale < 1:
                # The passes so far saw the picture in less detail than it has.
                self._look_closely(region, scale)
            if self.linear and not self.evidence.believed():
                self._look_along(region, grey, scale)

    def _look_along(self, region: Region, grey: Grey, scale: float) -> None:
        """Average the rows of a region and undo blur: the last attempt at a linear code."""
        zoom = min(MAX_ZOOM, LINE_SIDE / max(region.size))
        crop, to_work = cut_out(grey, region, zoom=zoom)
        to_upright = filters.scaling(1 / scale) @ to_work
        for name, strip in strips(crop):
            if self._is_late() or self.evidence.believed():
                return
            for engine_name, engine in (("zxing", _quick), ("zbar", run_zbar)):
                self._look(f"line: {engine_name}, {name}", engine, strip, to_upright, self.linear)

    def _places(self, scale: float) -> list[Polygon]:
        """Return the places of the believed candidates, in pixels of the work picture."""
        return [
            tuple((x * scale, y * scale) for x, y in candidate.polygon)  # type: ignore[misc] # four corners
            for candidate in self.evidence.believed()
        ]

    def _look_closely(self, found: Region, scale: float) -> None:
        full = self.picture.full()
        region = Region(
            (found.centre[0] / scale, found.centre[1] / scale),
            (found.size[0] / scale, found.size[1] / scale),
            found.angle,
        )
        side = max(region.size)
        zoom = min(3.0, max(REGION_SIDE / side, 1.0)) if side < 2 * REGION_SIDE else 1.0
        if side > WORK_SIDE:
            zoom = WORK_SIDE / side
        crop, to_upright = cut_out(full, region, zoom=zoom)
        before = len(self.evidence.believed())
        for name, engine in (("zxing", run_zxing), ("zbar", run_zbar)):
            self._look(f"region: {name}", engine, View(crop), to_upright)
            if len(self.evidence.believed()) > before or self._is_late():
                return
        doubtful = self.evidence.doubtful()
        if doubtful:
            self._look("region: zbar, smeared", run_zbar, filters.smeared(crop), to_upright)
            self._look("region: zxing, equalised", _quick, filters.equalised(crop), to_upright)


def _longest(polygon: Polygon) -> float:
    left, top, right, bottom = box_of(polygon)
    return max(right - left, bottom - top)
