"""The score of a quote: price, quality, warranty and service, each in proportion to the best.

It orders quotes and decides nothing: a choice that is not the first needs a reason. The weights are
data and add up to 100.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from scanner_app.domain.money import round_cents

MIN_QUALITY, MAX_QUALITY = 1, 5


@dataclass(frozen=True, slots=True)
class Weights:
    """What each part counts at most, in points."""

    price: int = 40
    quality: int = 30
    warranty: int = 15
    service: int = 15


@dataclass(frozen=True, slots=True)
class Offer:
    """What a quote offers.

    :param price: for the whole quantity, all in, in hundredths of one currency; None if it cannot
        be compared.
    :param quality: 1 to 5; `warranty` in months; `hours` within which the supplier answers.
    """

    price: int | None
    quality: int | None = None
    warranty: int | None = None
    hours: int | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """The points of a quote in hundredths, by part. A value that is missing has none."""

    price: int
    quality: int
    warranty: int
    service: int
    total: int


def score_offers(offers: Sequence[Offer], weights: Weights | None = None) -> list[Score]:
    """Return the score of each offer, in their order.

    Parts are summed before they are rounded, half up, to hundredths of a point.
    """
    weights = weights or Weights()
    lowest = min((one.price for one in offers if one.price), default=0)
    longest = max((one.warranty for one in offers if one.warranty), default=0)
    shortest = min((one.hours for one in offers if one.hours), default=0)
    scores = []
    for one in offers:
        parts = (
            weights.price * _share(lowest, one.price),
            weights.quality * _share(one.quality, MAX_QUALITY),
            weights.warranty * _share(one.warranty, longest),
            weights.service * _share(shortest, one.hours),
        )
        price, quality, warranty, service = map(_round, parts)
        total = _round(sum(parts, Fraction(0)))
        scores.append(Score(price, quality, warranty, service, total))
    return scores


def rank(scores: Sequence[Score]) -> list[int]:
    """Return the places of offers by their scores, the best first; ties stay in their order."""
    return sorted(range(len(scores)), key=lambda index: (-scores[index].total, index))


def say_score(points: int) -> str:
    """Return points as people read them: 8317 is ``83.17``."""
    return f"{points // 100}.{points % 100:02d}"


def _share(part: int | None, of: int | None) -> Fraction:
    return Fraction(part, of) if part and of else Fraction(0)


def _round(points: Fraction) -> int:
    return round_cents(Decimal(points.numerator * 100) / Decimal(points.denominator))
