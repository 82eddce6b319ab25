"""The pick list of a tray: what the person has reserved, where it is, and what of it is here."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from scanner_app.domain.stockroom.handovers import HandoverKind
from scanner_app.domain.stockroom.reservations import is_for_pick_up
from scanner_app.domain.stockroom.tray import Tray
from scanner_app.queries.circulation.line_facts import find_tags, load_things
from scanner_app.queries.stockroom.named import find_named
from scanner_app.queries.stockroom.reservations import ReservedLine, load_open_of
from scanner_app.services.stockroom.booking.pick_up import match_picks


@dataclass(frozen=True, slots=True)
class PickItem:
    """One line of a pick list.

    :param place: where it is; of a kit and of a model, which unit is free is on the page.
    :param here: how many of those that are wanted are in the tray.
    """

    thing: str
    place: str
    wanted: int
    here: int


@dataclass(frozen=True, slots=True)
class PickList:
    """What is to be picked up for one reservation."""

    number: str
    starts_at: datetime
    ends_at: datetime
    items: tuple[PickItem, ...]


def list_to_pick(session: Session, tray: Tray, *, now: datetime) -> list[PickList]:
    """Return what the person of a tray has reserved and may pick up now."""
    if tray.kind is HandoverKind.RETURN or tray.person is None:
        return []
    person_id, _ = find_named(session, tray.person[0], set(), at=now)
    rows = [
        row
        for row in (load_open_of(session, person_id) if person_id is not None else [])
        if is_for_pick_up(row.state, row.span, now)
    ]
    if not rows:
        return []
    tags = find_tags(session, (line.tag for line in tray.ready if line.thing))
    things = load_things(session, set(tags.values()))
    wanted = (tags[line.tag] for line in tray.ready if line.tag in tags)
    picks = match_picks(rows, {id_: things[id_] for id_ in wanted if id_ in things})
    here = Counter(pick.line_id for pick in picks.values())
    return [
        PickList(
            row.number,
            row.starts_at,
            row.ends_at,
            tuple(
                PickItem(line.thing, line.place_name, line.wanted - len(line.picked), here[line.id])
                for line in sorted(row.lines, key=_order)
                if not line.is_filled
            ),
        )
        for row in rows
    ]


def _order(line: ReservedLine) -> tuple[bool, str, int]:
    """Return the way through the building: by the path of the place; kits and models first."""
    return bool(line.place), line.place, line.id
