"""How often things fail, how long that takes, and what can be said where none has failed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

DAYS_A_YEAR = 365
# Without a failure, at most 3 in as many years with 95 % confidence ("rule of three").
RULE_OF_THREE = 3


@dataclass(frozen=True, slots=True)
class Reliability:
    """What is known of the failures of a thing, or of all of a model. Days may be parts.

    :param operating_days: in service, without those in maintenance.
    :param open_days: how long the failures were open, together.
    """

    failures: int
    operating_days: Decimal
    open_days: Decimal

    @property
    def mtbf_days(self) -> Decimal | None:
        """Return the mean time between failures in days; None without one."""
        return self.operating_days / self.failures if self.failures else None

    @property
    def yearly_rate(self) -> Decimal | None:
        """Return failures a year of operation; None without a failure or a day."""
        if not self.failures or not self.operating_days:
            return None
        return self.failures * DAYS_A_YEAR / self.operating_days

    @property
    def mttr_days(self) -> Decimal | None:
        """Return the mean time to repair in days; None without a failure."""
        return self.open_days / self.failures if self.failures else None

    @property
    def availability(self) -> Decimal | None:
        """Return MTBF / (MTBF + MTTR); None without a failure."""
        whole = self.operating_days + self.open_days
        return self.operating_days / whole if self.failures and whole else None

    @property
    def most_a_year(self) -> Decimal | None:
        """Return how many failures a year there are at most, with 95 % confidence, without one."""
        if self.failures or not self.operating_days:
            return None
        return RULE_OF_THREE * DAYS_A_YEAR / self.operating_days

    def say(self) -> str:
        """Return the figures as one sentence."""
        if not self.operating_days:
            return "Nothing is known of its time in service."
        years = round_to(self.operating_days / DAYS_A_YEAR, 1)
        if self.most_a_year is not None and self.most_a_year > 1:
            return f"No failure in {years} device-years, which is too short to tell a rate."
        if self.most_a_year is not None:
            return (
                f"No failure in {years} device-years; with 95 % confidence at most"
                f" {round_to(self.most_a_year * 100, 0)} % a year."
            )
        return (
            f"{self.failures:,} failure{'' if self.failures == 1 else 's'} in {years} device-years:"
            f" {round_to((self.yearly_rate or Decimal(0)) * 100, 1)} % a year."
        )


def round_to(number: Decimal, places: int) -> Decimal:
    """Return a number rounded half up, once, as it is shown."""
    return number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class DriveCount:
    """What daily rows say of one model of drives."""

    drive_days: int
    failures: int

    @property
    def yearly_percent(self) -> Decimal | None:
        """Return failures / (drive days / 365) in percent, as Backblaze publishes it."""
        if not self.drive_days:
            return None
        return Decimal(self.failures) * DAYS_A_YEAR * 100 / self.drive_days


def count_drives(
    rows: Iterable[Mapping[str, str]], counts: dict[str, list[int]] | None = None
) -> dict[str, DriveCount]:
    """Return drive days and failures by model, of rows that are one drive on one day each.

    :param rows: with `model` and `failure` (1 on the last day of a drive that failed), as the drive
        statistics of Backblaze have them.
    :param counts: what is known from other files; it is added to.
    :raises ValueError: a row names no model, or its failure is neither 0 nor 1.
    """
    counts = defaultdict(lambda: [0, 0]) if counts is None else counts
    for row in rows:
        model, failure = row.get("model"), row.get("failure")
        if not model or failure not in {"0", "1"}:
            raise ValueError(f"a row has no model, or a failure that is neither 0 nor 1: {failure}")
        sums = counts.setdefault(model, [0, 0])
        sums[0] += 1
        sums[1] += failure == "1"
    return {model: DriveCount(*sums) for model, sums in counts.items()}
