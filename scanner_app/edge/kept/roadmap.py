"""The roadmap of a large register, kept for some minutes by each process."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import current_app, g
from sqlalchemy.orm import Session

from scanner_app.domain.settings import Organisation
from scanner_app.queries.costs.roadmap import Roadmap, find_marks, load_roadmap

# Up to this many assets, the roadmap is computed each time: it takes less than 100 ms.
MAX_LIVE = 5000
# Of a year, the most urgent things are kept: a year may have a hundred thousand.
MAX_ROWS = 500
KEPT = "kept_roadmaps"
LASTS = timedelta(minutes=5)
MAX_KEPT = 20


@dataclass(frozen=True, slots=True)
class Kept:
    """A roadmap with the first things of a year, as it was at a moment.

    :param settings: the day, the settings, and the marks of `find_marks`, by which it holds.
    """

    made_at: datetime
    settings: tuple[object, ...]
    roadmap: Roadmap


def load_kept_roadmap(
    session: Session, organisation: Organisation, *, today: date, year: int | None = None
) -> tuple[Roadmap, datetime | None]:
    """Return the roadmap with the things of a year, and when it was computed if it was kept.

    That of a large register is kept for some minutes by each process: it walks through all assets.
    A rule, a price, a rate or a decision that is new makes it again at once.
    """
    newest, marks = find_marks(session)
    if newest <= MAX_LIVE:
        found = load_roadmap(session, organisation, today=today, year=year, limit=MAX_ROWS)
        return found, None
    known: dict[int | None, Kept] = current_app.extensions.setdefault(KEPT, {})
    settings = (today, organisation, marks)
    kept = known.get(year)
    if kept is None or kept.settings != settings or g.now - kept.made_at > LASTS:
        found = load_roadmap(session, organisation, today=today, year=year, limit=MAX_ROWS)
        kept = Kept(g.now, settings, found)
        if len(known) >= MAX_KEPT:
            known.clear()
        known[year] = kept
    return kept.roadmap, kept.made_at
