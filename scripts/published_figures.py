"""Recompute figures that others publish, with our own rules, and say which differ.

`python -m scripts.published_figures` exits with 1 if one does. The tables: failure rates of drives
by Backblaze (drive days, failures and the rate in percent), and the half-year tables of IRS
Publication 946, appendix A.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from scanner_app.domain.costs.depreciation import MACRS
from scanner_app.domain.health.reliability import DriveCount, round_to

# Drive Stats for the first quarter of 2017 and the third of 2020: model, days, failures, rate.
DRIVES: tuple[tuple[str, int, int, str], ...] = (
    ("DT01ACA300", 3_956, 0, "0.00"),
    ("HDS5C3030ALA630", 383_788, 10, "0.95"),
    ("WD30EFRX", 94_973, 3, "1.15"),
    ("HDS723030ALA640", 83_918, 4, "1.74"),
    ("WD40EFRX", 3_956, 0, "0.00"),
    ("HDS5C4040ALE630", 232_760, 1, "0.16"),
    ("HDS5C4040ALE640", 644_282, 6, "0.34"),
    ("HDS5C4040BLE640", 959_967, 37, "1.41"),
    ("MD04ABA400V", 12_551, 1, "2.91"),
    ("ST4000DM000", 2_981_251, 267, "3.27"),
    ("ST4000DX000", 15_261, 15, "35.88"),
    ("MD04ABA500V", 3_870, 0, "0.00"),
    ("ST6000DX000", 162_506, 3, "0.67"),
    ("WD60EFRX", 38_271, 3, "2.86"),
    ("ST8000DM002", 815_494, 23, "1.03"),
    ("ST8000NM0055", 37_559, 2, "1.94"),
    ("HMS5C4040BLE640, 2020", 1_171_895, 7, "0.22"),
    ("ST4000DM000, 2020", 1_753_271, 69, "1.44"),
    ("ST6000DX000, 2020", 81_512, 1, "0.45"),
    ("HUH728080ALE600, 2020", 92_702, 2, "0.79"),
    ("ST8000DM002, 2020", 901_933, 28, "1.13"),
    ("ST8000NM0055, 2020", 1_328_845, 51, "1.40"),
    ("ST10000NM0086, 2020", 110_396, 3, "0.99"),
    ("HUH721212ALE600, 2020", 238_966, 2, "0.31"),
    ("HUH721212ALN604, 2020", 997_546, 10, "0.37"),
)  # fmt: skip
# Twice an even share each year, until an even share of what is left is more.
DOUBLE = 2


def list_drives() -> Iterator[tuple[str, str, str]]:
    """Yield the name, our rate and the published rate of each model of drives, in percent."""
    for model, days, failures, published in DRIVES:
        rate = DriveCount(days, failures).yearly_percent or Decimal(0)
        yield model, str(round_to(rate, 2)), published


def make_macrs(years: int) -> list[Decimal]:
    """Return the percents of the half-year convention, each rounded to two places.

    The value declines by 2/years, the first year counts half, and what is left is shared evenly
    once that is more; one more year takes the other half.
    """
    left, percents = Decimal(100), list[Decimal]()
    for year in range(years):
        share = Decimal(1) / 2 if year == 0 else Decimal(1)
        declining = left * DOUBLE / years * share
        even = left / (years - year + Decimal(1) / 2) if year else Decimal(0)
        taken = max(declining, even)
        percents.append(taken.quantize(Decimal("0.01"), ROUND_HALF_UP))
        left -= taken
    return [*percents, left.quantize(Decimal("0.01"), ROUND_HALF_UP)]


def list_macrs() -> Iterator[tuple[str, str, str]]:
    """Yield the name, our percent and the published percent of each year of each table."""
    for years, published in MACRS.items():
        for year, (ours, theirs) in enumerate(zip(make_macrs(years), published, strict=True), 1):
            yield f"{years} years, year {year}", str(ours), f"{Decimal(theirs):.2f}"


def main() -> int:
    """Print each figure that differs and how many agree; return 1 if one differs."""
    rows = [*list_drives(), *list_macrs()]
    # The published tables round some years so that they add up to 100.
    allowed = Decimal("0.01")
    wrong = [row for row in rows if abs(Decimal(row[1]) - Decimal(row[2])) > allowed]
    for name, ours, theirs in wrong:
        print(f"{name}: we say {ours}, published is {theirs}")
    exact = sum(Decimal(ours) == Decimal(theirs) for _, ours, theirs in rows)
    print(f"{len(rows)} figures: {exact} the same, {len(rows) - exact - len(wrong)} within 0.01,"
          f" {len(wrong)} differ.")  # fmt: skip
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
