"""Decides which codes are believed, from what all passes read at each place.

Symbols with error correction are believed at once. Weak ones can be imitated by noise or a part of
another code, so they need two passes that agree, or many scan lines in the first pass.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from scanner_app.decoding.picture.engines import LINEAR, RawSymbol
from scanner_app.decoding.picture.symbols import STRONG, WEAK, Polygon, Symbol

RETAIL = frozenset({"ean_13", "ean_8", "upc_a"})
# A part of a longer code can look like one of these.
STUMPS = frozenset({"ean_8", "itf", "upc_e"})
# These hold too little to trust one look, however clear.
ALWAYS_TWICE = frozenset({"codabar", "dx_film_edge", "itf", "telepen", "upc_e"})
# Of these, two engines that disagree are no answer.
DISPUTABLE = ALWAYS_TWICE | {"code_39"}
TALL = 0.04
MIN_ITF = 6
MIN_CODABAR = 3
ITF_14, SAFE_39 = 14, 4


@dataclass(slots=True, eq=False)
class Candidate:
    """A code as the passes saw it: which passes and engines read it, and which pass was first.

    `is_tall` is True if many scan lines agreed in the first pass. `opinions` counts how often its
    place was looked at again.
    """

    raw: RawSymbol
    polygon: Polygon
    first: str
    passes: set[str] = field(default_factory=set)
    engines: set[str] = field(default_factory=set)
    is_tall: bool = False
    opinions: int = 0

    @property
    def votes(self) -> int:
        return len(self.passes)

    @property
    def weight(self) -> int:
        """Votes. Two engines that agree count for more than one engine that agrees twice."""
        return self.votes + (2 if len(self.engines) > 1 else 0)


Box = tuple[float, float, float, float]


class Evidence:
    """The candidates of one picture."""

    def __init__(self) -> None:
        self.candidates: list[Candidate] = []

    def add(
        self, raw: RawSymbol, polygon: Polygon, name: str, *, is_first: bool = False
    ) -> Candidate:
        """Count a raw symbol for the candidate that it agrees with, or for a new one.

        :param polygon: its place in upright pixels.
        :param name: the pass that read it.
        """
        candidate = self._candidate_of(raw, polygon)
        if candidate is None:
            candidate = Candidate(raw, polygon, name)
            self.candidates.append(candidate)
        elif raw.engine == "zxing" and candidate.raw.engine != "zxing":
            # The text is the same, but zxing-cpp's bytes are exact and it returns the AIM
            # identifier.
            candidate.raw, candidate.polygon = raw, polygon
        elif area_of(polygon) > area_of(candidate.polygon) and raw.engine == candidate.raw.engine:
            candidate.polygon = polygon
        if raw.add_on and not candidate.raw.add_on and raw.text == candidate.raw.text:
            candidate.raw = raw
        candidate.passes.add(name)
        candidate.engines.add(raw.engine)
        candidate.is_tall = candidate.is_tall or (is_first and _is_tall(polygon))
        return candidate

    def _candidate_of(self, raw: RawSymbol, polygon: Polygon) -> Candidate | None:
        for candidate in self.candidates:
            other = candidate.raw
            is_same = other.text == raw.text or (
                # Two engines may decode the same bytes with two encodings.
                raw.symbology == "qr_code" and other.engine != raw.engine
            )
            if other.symbology != raw.symbology or not is_same:
                continue
            if _near(candidate.polygon, polygon) or (
                # A weak code not yet believed is one guess, even if each pass puts it at another
                # place.
                raw.symbology in WEAK and _near(candidate.polygon, polygon, reach=1.0)
            ):
                return candidate
        return None

    def doubtful(self) -> list[Candidate]:
        """Return the candidates that need another opinion, those with the most votes first."""
        believed = set(self.believed())
        return sorted(
            (c for c in self.candidates if c not in believed and not self._is_settled(c)),
            key=lambda candidate: -candidate.votes,
        )

    def _is_settled(self, candidate: Candidate) -> bool:
        return not may_be_believed(candidate) or any(
            _beats(other, candidate) for other in self.candidates if is_believed(other)
        )

    def believed(self) -> list[Candidate]:
        """Return the believed candidates that no other one at the same place beats."""
        kept = [
            candidate
            for candidate in self.candidates
            if is_believed(candidate)
            and not self._is_torn(candidate)
            and not self._is_disputed(candidate)
        ]
        return [c for c in kept if not any(_beats(other, c) for other in kept if other is not c)]

    def _is_torn(self, candidate: Candidate) -> bool:
        """Return whether a weak code has more than half as many votes against it as for it.

        Passes misread blurred bars each in a different way, and sometimes two agree. The right
        reading gains votes much faster.
        """
        if candidate.is_tall or is_by_bars(candidate) or candidate.raw.symbology not in WEAK:
            return False
        against = max(
            (
                other.weight
                for other in self.candidates
                if other is not candidate
                and other.raw.symbology in WEAK
                and other.raw.symbology not in {"itf", "codabar"}
                and _contradicts(other, candidate)
            ),
            default=0,
        )
        return candidate.weight < 2 * against

    def _is_disputed(self, candidate: Candidate) -> bool:
        """Return whether another engine reads the same bars of a weak code in another way.

        Then neither is right for sure, however often one of them was read. A part of the text is
        not another reading: libzbar drops the end of a code that leans.
        """
        return candidate.raw.symbology in DISPUTABLE and any(
            other.raw.symbology == candidate.raw.symbology
            and other.engines - candidate.engines
            and other.raw.text not in candidate.raw.text
            and _contradicts(other, candidate)
            for other in self.candidates
        )

    def unconfirmed(self) -> list[Candidate]:
        """Return the believed weak codes that one engine has seen, and not plainly."""
        return [
            c
            for c in self.believed()
            if c.raw.symbology in DISPUTABLE
            and len(c.engines) == 1
            and not (c.is_tall and c.raw.symbology == "code_39")
        ]

    def faint_retail(self) -> list[Candidate]:
        """Return the believed retail codes that many lines of the first pass did not show.

        Two engines that agree on them are not independent: spread or blurred bars mislead both.
        """
        return [
            c
            for c in self.believed()
            if c.raw.symbology in RETAIL and not c.is_tall and not is_by_bars(c)
        ]

    def symbols(self) -> list[Symbol]:
        """Return the believed symbols, from the top of the picture to its bottom."""
        candidates = sorted(self.believed(), key=lambda c: (c.polygon[0][1], c.polygon[0][0]))
        return [
            Symbol(
                c.raw.text,
                c.raw.bytes,
                c.raw.symbology,
                c.polygon,
                c.raw.aim,
                c.raw.add_on,
                c.first,
            )
            for c in candidates
        ]


def may_be_believed(candidate: Candidate) -> bool:
    """Return whether more votes could help. Codes too short to differ from noise never count."""
    text, symbology = candidate.raw.text, candidate.raw.symbology
    if symbology == "itf":
        return len(text) >= MIN_ITF
    if symbology == "codabar":
        return len(text.strip("ABCDabcd")) >= MIN_CODABAR
    return bool(candidate.raw.bytes)


def is_believed(candidate: Candidate) -> bool:
    """Return whether the evidence for a code is enough for its symbology."""
    if not may_be_believed(candidate):
        return False
    symbology = candidate.raw.symbology
    if symbology in STRONG:
        return _is_strong(candidate)
    if symbology == "itf" and "zxing" not in candidate.engines:
        # libzbar reads an ITF whose end is cut off as a shorter one, and the same one each time.
        text = candidate.raw.text
        return len(text) == ITF_14 and candidate.votes > 1 and has_check_digit(text)
    if _is_plain_to_see(candidate) or is_by_bars(candidate):
        return True
    if symbology in RETAIL or symbology == "upc_e":
        return candidate.votes > 2 or len(candidate.engines) > 1  # noqa: PLR2004 - three passes of one engine
    return candidate.votes > 1


def is_by_bars(candidate: Candidate) -> bool:
    """Return whether the reader of melted bars is sure of a code: it compared all other codes."""
    return "bars" in candidate.engines


def _is_strong(candidate: Candidate) -> bool:
    # libzbar finds Code 128 of one character in stripes.
    is_short = candidate.raw.symbology == "code_128" and len(candidate.raw.text) <= 2  # noqa: PLR2004 - one or two characters
    return not is_short or "zxing" in candidate.engines or candidate.votes > 1


def _is_plain_to_see(candidate: Candidate) -> bool:
    """Return whether many lines agreed in the first pass on a code that can be trusted so."""
    if not candidate.is_tall or candidate.raw.symbology in ALWAYS_TWICE:
        return False
    return candidate.raw.symbology != "code_39" or len(candidate.raw.text) >= SAFE_39


def has_check_digit(text: str) -> bool:
    """Return whether a number ends with its GS1 check digit."""
    total = sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(reversed(text)))
    return total % 10 == 0


def _contradicts(one: Candidate, other: Candidate) -> bool:
    """Return whether two linear codes claim the same bars."""
    if not {one.raw.symbology, other.raw.symbology} <= LINEAR:
        return False
    longer, shorter = sorted(map(_lying, (one, other)), key=_length, reverse=True)
    overlap, gap = _compare(longer, shorter)
    if overlap <= 0.5 * _length(shorter):  # half of the shorter
        return False
    kinds = {one.raw.symbology, other.raw.symbology}
    is_stump = bool(kinds & {"upc_e", "ean_8"}) and bool(kinds & {"ean_13", "upc_a"})
    # Blurred lines of a retail code look like a short one, in another row than its clear lines.
    heights = [_height(c.polygon) for c in (one, other) if _is_outlined(c) and not is_stump]
    # Bars reach a little further than the lines that agreed. Of a code seen as a line alone, nobody
    # knows how far they reach.
    reach = 0.5 * min(heights) if heights else 0.6 * _length(longer)
    return gap <= reach


def _is_outlined(candidate: Candidate) -> bool:
    """Return whether the outline shows how high the bars are. libzbar's is a box without a turn."""
    return candidate.raw.engine == "zxing" and _is_tall(candidate.polygon)


def _lying(candidate: Candidate) -> Polygon:
    """Return the outline with its first side along the code. libzbar's begins at the top left."""
    a, b, c, d = candidate.polygon
    is_upright = math.dist(a, d) > math.dist(a, b)
    return (b, c, d, a) if candidate.raw.engine == "zbar" and is_upright else (a, b, c, d)


def _length(polygon: Polygon) -> float:
    (x0, y0), (x1, y1), *_ = polygon
    return max(math.hypot(x1 - x0, y1 - y0), 1.0)


def _height(polygon: Polygon) -> float:
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = polygon
    return min(math.hypot(x3 - x0, y3 - y0), math.hypot(x2 - x1, y2 - y1))


def _compare(one: Polygon, other: Polygon) -> tuple[float, float]:
    """Return how far two codes overlap along the bars of the first, and the gap between them."""
    (x0, y0), (x1, y1) = one[0], one[1]
    length = _length(one)
    cos, sin = (x1 - x0) / length, (y1 - y0) / length
    along = [[x * cos + y * sin for x, y in polygon] for polygon in (one, other)]
    across = [[y * cos - x * sin for x, y in polygon] for polygon in (one, other)]
    overlap = min(map(max, along)) - max(map(min, along))
    return overlap, max(map(min, across)) - min(map(max, across))


def _beats(winner: Candidate, loser: Candidate) -> bool:
    """Return whether the first of two candidates for the same bars is the better one."""
    return _contradicts(winner, loser) and _rank(winner) > _rank(loser)


def _rank(candidate: Candidate) -> tuple[bool, bool, bool, bool, int, int]:
    return (
        candidate.raw.symbology in STRONG,
        is_by_bars(candidate),
        # A short code inside a long one is a part of it.
        candidate.raw.symbology not in STUMPS,
        # If Code 32 was asked for, the base 32 reading of an Italian pharmacy code is the right
        # one.
        candidate.raw.symbology == "code_32",
        len(candidate.raw.text) if candidate.raw.symbology == "itf" else 0,
        candidate.votes,
    )


def box_of(polygon: Polygon) -> Box:
    xs, ys = [x for x, _ in polygon], [y for _, y in polygon]
    return min(xs), min(ys), max(xs), max(ys)


def area_of(polygon: Polygon) -> float:
    total = 0.0
    for (x1, y1), (x2, y2) in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        total += x1 * y2 - x2 * y1
    return abs(total) / 2


def _near(one: Polygon, other: Polygon, reach: float = 0.35) -> bool:
    """Return whether two places are one symbol's. Engines outline it tightly or as a line."""
    a, b = box_of(one), box_of(other)
    slack = reach * max(a[2] - a[0], a[3] - a[1], b[2] - b[0], b[3] - b[1])
    gap_x = max(a[0], b[0]) - min(a[2], b[2])
    gap_y = max(a[1], b[1]) - min(a[3], b[3])
    is_beside = reach < 1 and gap_x > 0 and gap_y > 0
    return gap_x <= slack and gap_y <= slack and not is_beside


def _is_tall(polygon: Polygon) -> bool:
    """Return whether many scan lines agreed: the outline is as high as those lines."""
    return _height(polygon) >= max(3.0, TALL * _length(polygon))
