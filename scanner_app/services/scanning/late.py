"""A scan that is older than what is known of its asset: the history is folded with it at its time.

It is an exit of the judge. What came before it in the batch is in the log already: it belongs to
the history that is folded.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from scanner_app.domain.register.lifecycle import LABELS
from scanner_app.domain.scanning import sentences
from scanner_app.domain.scanning.intents import AnswerKind, Outcome
from scanner_app.services.custody.history import (
    fold_named,
    insert_event,
    load_events,
    replace_history,
)
from scanner_app.services.scanning.contest import contest_overturned
from scanner_app.services.scanning.judge import event_of, note_seen
from scanner_app.services.scanning.judgement import JudgedScan, conclude, see
from scanner_app.services.scanning.resolve import ResolvedScan, World


def fold_in(session: Session, item: ResolvedScan, world: World) -> JudgedScan:
    """Fold a late scan into its asset's history and return the judgement."""
    assert item.meaning.id is not None  # noqa: S101 - the judge sends only scans of assets here
    asset = world.assets[item.meaning.id]
    before = load_events(session, asset_id=asset.id)
    _, held = fold_named(before, home_id=asset.home_id)
    events = insert_event(before, event_of(item), item.scan.scan_id)
    history, holds = fold_named(events, home_id=asset.home_id)
    contest_overturned(session, held, holds, asset_id=asset.id, cause=item.scan, world=world)
    # Even if today's state is unchanged, the history before it may differ, so replace it.
    replace_history(session, asset_id=asset.id, history=history)
    after = asset._replace(state=history.state, state_at=history.state_at or asset.state_at)
    after = note_seen(after, item, world)
    seen = see(item, world, asset) if item.scan.audit else None
    names = world.names
    names.load_places([after.state.location_id])
    names.load_people([after.state.custodian_id])
    answer = AnswerKind.FINE
    if history.state == asset.state:
        outcome, text = Outcome.NOTED, sentences.late(thing=asset.thing)
        answer = AnswerKind.UNCHANGED
    else:
        # Scans after it were judged again, so the result may not be what this one asked for.
        place = names.place(after.state.location_id)
        person = names.person(after.state.custodian_id)
        outcome = Outcome.APPLIED
        text = sentences.late_changed(
            thing=asset.thing,
            place=place.name if place else None,
            custodian=person.name if person else None,
            stage=LABELS[after.state.status],
        )
    judged = conclude(item, world, outcome, text, asset=after, answer=answer, sighting=seen)
    return judged._replace(is_refolded=True)
