"""What a licence is counted by: one row each, and its limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

MAX_SEATS = 1_000_000
MAX_CORES = 10_000
MAX_PRODUCT = 200
HINT_LENGTH = 5
# How long nobody uses what they were given before it is offered to others.
UNUSED_DAYS = 90


class Metric(StrEnum):
    USER = "user"
    DEVICE = "device"
    CORE = "core"
    SITE = "site"
    CONCURRENT = "concurrent"

    @property
    def facts(self) -> MetricRow:
        """Return the row of this metric."""
        return METRICS[self]


@dataclass(frozen=True, slots=True)
class MetricRow:
    """What is said about a metric.

    :param need: what counts as needed.
    """

    label: str
    need: str


METRICS: Mapping[Metric, MetricRow] = {
    Metric.USER: MetricRow("Each person", "people who have a seat or have it installed"),
    Metric.DEVICE: MetricRow("Each device", "devices that have a seat or have it installed"),
    Metric.CORE: MetricRow("Each core", "cores of what has it installed, by the least that counts"),
    Metric.SITE: MetricRow("Whole site", "nothing: it is for all"),
    Metric.CONCURRENT: MetricRow("At the same time", "seats that are given"),
}


def product_key(name: str) -> str:
    """Return the form in which names of products are compared."""
    return " ".join(name.split()).casefold()


def hint_of(key: str) -> str:
    """Return what is kept of a product key: its last characters. The key itself is not kept."""
    return "".join(key.split())[-HINT_LENGTH:]
