"""When an asset was in maintenance: a read-out of its folded history.

A maintenance begins with the scan that brings the asset there (a repair, or a check-in that says
that it is damaged) and ends with whatever takes it out again. A scan that arrives late makes the
spans again, as it does those of custody: so the order of arrival does not matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from scanner_app.domain.lifecycle.tasks import TaskState
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.scanning.decide import ChangeEvent, Event, State, apply_change, decide
from scanner_app.domain.scanning.intents import Intent

# The keys of maintenances that scans begin and end.
SCANNED = "maintenance:"
# The keys of maintenances that another register recorded: no scan begins or ends them.
IMPORTED = "imported:"


def name_imported(asset_id: int, title: str, started_on: date) -> str:
    """Return the key of a maintenance of another register: by its asset, title and first day."""
    return f"{IMPORTED}{asset_id}:{started_on.isoformat()}:{' '.join(title.split()).casefold()}"


def find_state(
    started_on: date, ended_on: date | None, today: date, *, was: TaskState | None = None
) -> TaskState:
    """Return the state of a maintenance of another register, by its days.

    One whose end is ahead goes on until that day. What somebody began here, or waits for, goes on.

    :param was: its state, where it was imported before and is not over.
    """
    if ended_on is not None and ended_on <= today:
        return TaskState.DONE
    if was not in {None, TaskState.PLANNED}:
        return was or TaskState.OPEN
    return TaskState.PLANNED if started_on > today else TaskState.OPEN


def say_about(data: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return what is known of a maintenance, as labels and words."""
    said = (
        ("Type", data.get("type", "")),
        ("Supplier", data.get("supplier", "")),
        ("Warranty", "Under warranty" if data.get("is_warranty") else ""),
        ("Reference", data.get("external_ref", "")),
    )
    return tuple((label, str(text)) for label, text in said if text)


def is_failure(key: str, data: Mapping[str, Any]) -> bool:
    """Return whether a maintenance was a failure: as it says, else if a scan began it.

    What was planned, or opened for many devices at once, is none.
    """
    return bool(data.get("is_failure", key.startswith(SCANNED)))


class MaintenanceSpan(NamedTuple):
    """One stretch in maintenance, or retired.

    :param ended_by: the intent of the scan that ended it; None if it lasts, or a person did.
    """

    started_at: datetime
    begun_by: Intent
    ended_at: datetime | None = None
    ended_by: Intent | None = None


def find_spans(
    events: Iterable[Event], *, home_id: int | None, stage: Stage = Stage.IN_MAINTENANCE
) -> list[MaintenanceSpan]:
    """Return the stretches in a stage that scans began, from events in the order of their effect.

    A register change to the stage begins none: a person set it and says why.

    :param stage: `retired` for retirements.
    """
    state, spans = State(), list[MaintenanceSpan]()
    running = False
    for event in events:
        if isinstance(event, ChangeEvent):
            after, intent = apply_change(state, event), None
        else:
            after, _refusal = decide(state, event, home_id=home_id)
            intent = event.intent
        was, is_in = (one.status is stage for one in (state, after))
        if is_in and not was and intent is not None:
            spans.append(MaintenanceSpan(event.at, intent))
            running = True
        elif was and not is_in and running:
            spans[-1] = spans[-1]._replace(ended_at=event.at, ended_by=intent)
            running = False
        state = after
    return spans
