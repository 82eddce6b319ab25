"""Which findings are believed: what every pass read is gathered here, by text and place.

Symbols with error correction are believed at once. The weak ones, which noise or a piece of
another code can look like, want two passes that agree, or a tall slice of the bars in the first.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from scanner_app.decoding.picture.engines import LINEAR, Finding
from scanner_app.decoding.picture.symbols import STRONG, WEAK, Polygon, Symbol

RETAIL = frozenset({"ean_13", "ean_8", "upc_a"})
# A piece of a longer code can look like one of these.
STUMPS = frozenset({"ean_8", "itf", "upc_e"})
# Too little in them to trust one look, however clear.
ALWAYS_TWICE = frozenset({"codabar", "dx_film_edge", "itf", "telepen", "upc_e"})
TALL = 0.04
SHORTEST_ITF = 6
SHORTEST_CODABAR = 3
ITF_14, SAFE_39 = 14, 4


@dataclass(slots=True)
class Claim:
    """One code as the passes saw it: who read it, how often, and where first."""

    finding: Finding
    polygon: Polygon
    first: str
    passes: set[str] = field(default_factory=set)
    engines: set[str] = field(default_factory=set)
    is_tall: bool = False

    @property
    def votes(self) -> int:
        return len(self.passes)

    @property
    def weight(self) -> int:
        """Votes, where two engines that agree count for more than one that agrees with itself."""
        return self.votes + (2 if len(self.engines) > 1 else 0)


Box = tuple[float, float, float, float]


class Evidence:
    """The claims about one picture."""

    def __init__(self) -> None:
        self.claims: list[Claim] = []

    def add(
        self, finding: Finding, polygon: Polygon, name: str, *, is_first: bool = False
    ) -> Claim:
        """Count a finding, in upright coordinates, for the claim it agrees with, or a new one."""
        claim = self._claim_of(finding, polygon)
        if claim is None:
            claim = Claim(finding, polygon, name)
            self.claims.append(claim)
        elif finding.engine == "zxing" and claim.finding.engine != "zxing":
            # The same text: zxing-cpp's bytes are exact, and it tells the AIM identifier.
            claim.finding, claim.polygon = finding, polygon
        elif area_of(polygon) > area_of(claim.polygon) and finding.engine == claim.finding.engine:
            claim.polygon = polygon
        if finding.add_on and not claim.finding.add_on and finding.text == claim.finding.text:
            claim.finding = finding
        claim.passes.add(name)
        claim.engines.add(finding.engine)
        claim.is_tall = claim.is_tall or (is_first and _is_tall(polygon))
        return claim

    def _claim_of(self, finding: Finding, polygon: Polygon) -> Claim | None:
        for claim in self.claims:
            other = claim.finding
            is_same = other.text == finding.text or (
                # Two engines may write the text of the same bytes in two encodings.
                finding.symbology == "qr_code" and other.engine != finding.engine
            )
            if other.symbology != finding.symbology or not is_same:
                continue
            if _near(claim.polygon, polygon) or (
                # What is not believed yet is one guess, wherever each pass thinks that it stands.
                finding.symbology in WEAK and _near(claim.polygon, polygon, reach=1.0)
            ):
                return claim
        return None

    def doubtful(self) -> list[Claim]:
        """Give the claims that want another opinion, the most seen first."""
        believed = {id(claim) for claim in self.believed()}
        return sorted(
            (c for c in self.claims if id(c) not in believed and not self._is_settled(c)),
            key=lambda claim: -claim.votes,
        )

    def _is_settled(self, claim: Claim) -> bool:
        return not may_be_believed(claim) or any(
            _beats(other, claim) for other in self.claims if is_believed(other)
        )

    def believed(self) -> list[Claim]:
        """Give the claims that are believed and not beaten by another at the same place."""
        kept = [claim for claim in self.claims if is_believed(claim) and not self._is_torn(claim)]
        return [c for c in kept if not any(_beats(other, c) for other in kept if other is not c)]

    def _is_torn(self, claim: Claim) -> bool:
        """Tell whether a weak code has nearly as many votes against it as for it.

        Passes that misread blurred bars misread them each in another way, and now and then two
        agree; what is right gathers votes much faster.
        """
        if claim.is_tall or claim.finding.symbology not in WEAK:
            return False
        against = max(
            (
                other.weight
                for other in self.claims
                if other is not claim
                and other.finding.symbology in WEAK
                and other.finding.symbology not in {"itf", "codabar"}
                and _contradicts(other, claim)
            ),
            default=0,
        )
        return claim.weight < 2 * against

    def symbols(self) -> list[Symbol]:
        """Give what is believed, from the top of the picture to its bottom."""
        claims = sorted(self.believed(), key=lambda c: (c.polygon[0][1], c.polygon[0][0]))
        return [
            Symbol(
                c.finding.text,
                c.finding.bytes,
                c.finding.symbology,
                c.polygon,
                c.finding.aim,
                c.finding.add_on,
                c.first,
            )
            for c in claims
        ]


def may_be_believed(claim: Claim) -> bool:
    """Tell whether more votes could help: ghosts too short to be told from noise never count."""
    text, symbology = claim.finding.text, claim.finding.symbology
    if symbology == "itf":
        return len(text) >= SHORTEST_ITF
    if symbology == "codabar":
        return len(text.strip("ABCDabcd")) >= SHORTEST_CODABAR
    return bool(claim.finding.bytes)


def is_believed(claim: Claim) -> bool:
    """Tell whether what was seen of a code is enough for its symbology."""
    if not may_be_believed(claim):
        return False
    symbology = claim.finding.symbology
    if symbology in STRONG:
        return _is_strong(claim)
    if symbology == "itf" and "zxing" not in claim.engines:
        # libzbar reads an ITF whose end is cut off as another one, each time the same.
        text = claim.finding.text
        return len(text) == ITF_14 and claim.votes > 1 and has_check_digit(text)
    if _is_plain_to_see(claim):
        return True
    if symbology in RETAIL or symbology == "upc_e":
        return claim.votes > 2 or len(claim.engines) > 1  # noqa: PLR2004 - three passes of one engine
    return claim.votes > 1


def _is_strong(claim: Claim) -> bool:
    # libzbar finds Code 128 of one character in stripes.
    is_short = claim.finding.symbology == "code_128" and len(claim.finding.text) <= 2  # noqa: PLR2004 - one or two characters
    return not is_short or "zxing" in claim.engines or claim.votes > 1


def _is_plain_to_see(claim: Claim) -> bool:
    """Tell whether the first pass saw a tall slice of bars, of a code that is no stump."""
    if not claim.is_tall or claim.finding.symbology in ALWAYS_TWICE:
        return False
    return claim.finding.symbology != "code_39" or len(claim.finding.text) >= SAFE_39


def has_check_digit(text: str) -> bool:
    """Tell whether a number ends with its GS1 check digit."""
    total = sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(reversed(text)))
    return total % 10 == 0


def _contradicts(one: Claim, other: Claim) -> bool:
    """Tell whether two linear codes claim the same bars."""
    is_long = not {one.finding.symbology, other.finding.symbology} & STUMPS
    if is_long and one.is_tall and other.is_tall and not _overlap(one.polygon, other.polygon):
        # Both plain to see, one below the other, as on Japanese books.
        return False
    return (
        one.finding.symbology in LINEAR
        and other.finding.symbology in LINEAR
        and _near(one.polygon, other.polygon, reach=0.6)
        and _spans(one.polygon, other.polygon)
    )


def _beats(winner: Claim, loser: Claim) -> bool:
    """Tell whether the first of two claims to the same bars is the better one."""
    return _contradicts(winner, loser) and _rank(winner) > _rank(loser)


def _rank(claim: Claim) -> tuple[bool, bool, bool, int, int]:
    return (
        claim.finding.symbology in STRONG,
        # A short code inside a long one is a piece of it.
        claim.finding.symbology not in STUMPS,
        # The base 32 reading of an Italian pharmacy code is the meant one where it is asked for.
        claim.finding.symbology == "code_32",
        len(claim.finding.text) if claim.finding.symbology == "itf" else 0,
        claim.votes,
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
    """Tell whether two places are one symbol's: engines outline it tightly or as a mere line."""
    a, b = box_of(one), box_of(other)
    slack = reach * max(a[2] - a[0], a[3] - a[1], b[2] - b[0], b[3] - b[1])
    gap_x = max(a[0], b[0]) - min(a[2], b[2])
    gap_y = max(a[1], b[1]) - min(a[3], b[3])
    is_beside = reach < 1 and gap_x > 0 and gap_y > 0
    return gap_x <= slack and gap_y <= slack and not is_beside


def _overlap(one: Polygon, other: Polygon) -> bool:
    a, b = box_of(one), box_of(other)
    return min(a[2], b[2]) > max(a[0], b[0]) and min(a[3], b[3]) > max(a[1], b[1])


def _spans(one: Polygon, other: Polygon) -> bool:
    """Tell whether two linear codes share their bars: they overlap along the longer side."""
    a, b = box_of(one), box_of(other)
    axis = 0 if a[2] - a[0] >= a[3] - a[1] else 1
    overlap = min(a[axis + 2], b[axis + 2]) - max(a[axis], b[axis])
    return overlap > 0.5 * min(a[axis + 2] - a[axis], b[axis + 2] - b[axis])  # half of the shorter


def _is_tall(polygon: Polygon) -> bool:
    """Tell whether many scan lines agreed: a linear code's outline is as high as they reach."""
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = polygon
    along = max(((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5, 1.0)
    across = min(((x3 - x0) ** 2 + (y3 - y0) ** 2) ** 0.5, ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5)
    return bool(across >= max(3.0, TALL * along))
