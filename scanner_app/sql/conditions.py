"""Conditions on the scan log that several layers ask for, each written once."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import aliased

from scanner_app.domain.scanning.intents import SIGHTED_ANYWHERE, TOOK_EFFECT, Intent, Outcome
from scanner_app.domain.scanning.refusals import STATE_REFUSALS
from scanner_app.models import LateAdmission, Scan

_STATE_REFUSALS = tuple(sorted(refusal.value for refusal in STATE_REFUSALS))


def took_effect(scan: type[Scan] = Scan) -> ColumnElement[bool]:
    """Return the condition that a scan was applied or noted."""
    return scan.outcome.in_(TOOK_EFFECT)


def undoes(undo: type[Scan], target: type[Scan] = Scan) -> ColumnElement[bool]:
    """Return the condition that `undo` undoes `target`.

    A refused undo undoes nothing. One that came before its scan could not be checked when it came:
    it undoes only what its own author scanned.
    """
    return and_(
        undo.voids == target.scan_id,
        took_effect(undo),
        or_(undo.actor == target.actor, undo.id > target.id),
    )


# Made once: making an alias of a table with forty columns takes longer than the query does.
_UNDO, _UNDONE = aliased(Scan), aliased(Scan)


def is_undone() -> ColumnElement[bool]:
    """Return the condition that another scan undid this one, for a select of few scans.

    Each scan is looked up by the index of `voids`.
    """
    return select(_UNDO.id).where(undoes(_UNDO)).exists()


def is_among_undone() -> ColumnElement[bool]:
    """Return the same condition for a select of many scans: it starts from the undos, a few.

    With `is_undone`, SQLite would read the whole log again for every row of a large audit: after
    ANALYZE it takes most scans to share one `voids`, NULL.
    """
    return Scan.id.in_(
        select(_UNDONE.id)
        .select_from(_UNDO)
        .join(_UNDONE, undoes(_UNDO, _UNDONE))
        .where(_UNDO.voids.is_not(None))
    )


def was_seen() -> ColumnElement[bool]:
    """Return the condition that a scan shows that its asset was there.

    An undo does not, a weak read does not, and a check-in that names no location does not. Neither
    does a scan that was refused for another reason than the asset's own state.
    """
    return and_(
        Scan.intent != Intent.VOID,
        was_believed(),
        or_(Scan.intent.in_(SIGHTED_ANYWHERE), Scan.location_id.is_not(None)),
        ~Scan.is_faint,
    )


def was_believed() -> ColumnElement[bool]:
    """Return the condition that a scan says something of its asset, whether it changed it or not.

    A scan that was refused for what it names, or for who made it, does not.
    """
    return or_(Scan.refusal.is_(None), Scan.refusal.in_(_STATE_REFUSALS))


def is_passing_tag() -> ColumnElement[bool]:
    """Return the condition that a reader passed a tag that means nothing here: a stranger's."""
    # `source` may be NULL, and NOT (NULL = 'rfid') would drop the row.
    return and_(Scan.outcome == Outcome.UNREGISTERED, func.coalesce(Scan.source, "") == "rfid")


def counts_as_sighting() -> ColumnElement[bool]:
    """Return the condition that a scan of an audit counts: findings rest on these scans.

    These do not count: lookups, undone scans, weak reads, scans that were refused for another
    reason than the asset's own state, and strangers' tags that a reader passed.
    """
    return and_(may_count(), ~is_among_undone())


def may_count() -> ColumnElement[bool]:
    """Return the condition that a scan of an audit counts unless it was undone."""
    is_strange = Scan.outcome.in_((Outcome.UNREGISTERED, Outcome.AMBIGUOUS))
    return and_(
        Scan.intent.not_in((Intent.VOID, Intent.LOOKUP)),
        or_(Scan.asset_id.is_not(None), and_(is_strange, ~is_passing_tag())),
        is_taken_in(),
        ~Scan.is_faint,
    )


_WAITING = select(LateAdmission.scan_id).where(LateAdmission.act_id.is_(None))
_TAKEN = select(LateAdmission.scan_id).where(LateAdmission.act_id.is_not(None))


def is_taken_in() -> ColumnElement[bool]:
    """Return the condition that an audit takes a scan: it came in time, or an act took it in."""
    is_in_time = and_(was_believed(), Scan.scan_id.not_in(_WAITING))
    return or_(is_in_time, Scan.scan_id.in_(_TAKEN))


def is_waiting() -> ColumnElement[bool]:
    """Return the condition that a scan arrived late and waits until an act takes it in."""
    return Scan.scan_id.in_(_WAITING)
