"""The plots of audits over time, for a page and for paper."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from scanner_app.domain.audits.findings import FindingState
from scanner_app.domain.audits.plots import plot_accuracy, plot_existence
from scanner_app.domain.audits.sampling.intervals import Conclusion
from scanner_app.domain.audits.sampling.shown import LABELS
from scanner_app.domain.audits.seeing.trends import AuditFigures
from scanner_app.domain.plots.bars import Bar, Bars
from scanner_app.domain.plots.courses import Course, Courses
from scanner_app.domain.plots.lines import LineChart
from scanner_app.domain.plots.ranges import Range, Ranges
from scanner_app.domain.plots.shapes import Tone

# More cannot be told apart.
MAX_COUNTERS, MAX_STEPS = 12, 60
TONES: dict[str | None, Tone] = {
    None: Tone.ACCENT,
    Conclusion.SHOWN: Tone.GOOD,
    Conclusion.REFUTED: Tone.BAD,
    Conclusion.NOT_SHOWN: Tone.WARN,
}


def plot_figures(audits: Iterable[AuditFigures]) -> tuple[LineChart, LineChart]:
    """Return what was found and what was in its place, by audit. `audits` has the newest first."""
    return plot_json(one.to_json() for one in audits)


def plot_courses(first_seen: Iterable[tuple[str, datetime, int]]) -> Courses | None:
    """Return how many things were first seen by when and by whom; None if nothing was.

    :param first_seen: by whom, when, and how many then, in any order.
    """
    everybody: Counter[datetime] = Counter()
    people: dict[str, Counter[datetime]] = defaultdict(Counter)
    for name, at, many in first_seen:
        everybody[at] += many
        people[name][at] += many
    if not everybody:
        return None
    begin, end = min(everybody), max(everybody)
    ranked = sorted(people, key=lambda name: (-people[name].total(), name))
    title = "First seen over time, in all and by counter"
    if len(ranked) > MAX_COUNTERS:
        title += f": the {MAX_COUNTERS} of {len(ranked)} who saw most"
    return Courses(
        title,
        Course("All", _add_up(everybody, begin, end)),
        tuple(Course(name, _add_up(people[name], begin, end)) for name in ranked[:MAX_COUNTERS]),
        head="Counted by",
    )


def _add_up(
    found: Mapping[datetime, int], begin: datetime, end: datetime
) -> tuple[tuple[datetime, int], ...]:
    """Return the sums in at most MAX_STEPS steps, each with the last moment that it holds."""
    width = (end - begin) / MAX_STEPS
    done, steps = 0, {}
    for at in sorted(found):
        done += found[at]
        steps[int((at - begin) / width) if width else 0] = at, done
    return tuple(steps.values())


def plot_estimates(estimates: Iterable[Mapping[str, Any]]) -> Ranges | None:
    """Return what a sample says of shares, of estimates as a report holds them; None if nothing.

    An amount in a currency has another scale than a share, so only its sentence says it.
    """
    ranges = tuple(
        Range(
            LABELS[one["name"]],
            one["estimate"],
            one["low"],
            one["high"],
            one["tolerable"],
            TONES[one["conclusion"]],
        )
        for one in estimates
        if one["currency"] is None and one["estimate"] is not None
    )
    return Ranges("What the sample shows of all", ranges) if ranges else None


# By the days since it was last seen, up to and without the number.
AGES = (
    (30, "Under 30 days"), (90, "30 to 89 days"), (180, "90 to 179 days"),
    (365, "180 to 364 days"), (None, "A year or more"),
)  # fmt: skip
NEVER = "Never seen"


def plot_ages(last_seen: Iterable[datetime | None], *, as_of: datetime) -> Bars | None:
    """Return how long ago what is missing was last seen, in classes; None if nothing is missing.

    :param last_seen: of each missing asset, None if it was never seen.
    :param as_of: the end of the count: so the same report says the same for ever.
    """
    found: Counter[str] = Counter()
    for at in last_seen:
        if at is None:
            found[NEVER] += 1
            continue
        days = max(0, (as_of - at).days)
        found[next(name for end, name in AGES if end is None or days < end)] += 1
    if not found:
        return None
    names = [*(name for _, name in AGES), NEVER]
    return Bars(
        "Missing, by time since it was last seen",
        tuple(Bar(name, found[name], Tone.BAD) for name in names),
        headers=("Last seen", "Missing"),
    )


def plot_last_seen(report: Mapping[str, Any]) -> Bars | None:
    """Return the same plot of what a report says of what is missing, for its page and its paper.

    The register goes on, and a report says the same for ever. One that was sealed before this was
    kept says nothing.
    """
    audit = report["audit"]
    as_of = audit["counting_ended_at"] or audit["counting_started_at"]
    missing = [one for one in report["findings"] if one["state"] == FindingState.MISSING]
    if not as_of or not missing or "last_seen" not in missing[0]:
        return None
    times = [one["last_seen"] and datetime.fromisoformat(one["last_seen"]["at"]) for one in missing]
    return plot_ages(times, as_of=datetime.fromisoformat(as_of))


def plot_json(audits: Iterable[dict[str, Any]]) -> tuple[LineChart, LineChart]:
    """Return the same plots of figures as a report holds them, the newest first."""
    oldest_first = [
        (one["audit"], one["name"], datetime.fromisoformat(one["closed_at"]), one["accuracy"])
        for one in reversed(list(audits))
        if one["closed_at"]
    ]
    found, placed = (
        [(id_, name, closed, figures[key]) for id_, name, closed, figures in oldest_first]
        for key in ("existence", "location_accuracy")
    )
    return plot_existence(found), plot_accuracy(placed)
