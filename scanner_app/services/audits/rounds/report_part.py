"""The part of a report that says who counted which location, and who signed it off."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from scanner_app.domain.audits.report_columns import show_time
from scanner_app.queries.audits.rounds.comparing import ComparedPlace, list_compared
from scanner_app.queries.audits.rounds.progress import PlaceProgress, load_places

DIGITS = 6


def show_rounds(session: Session, audit_id: int) -> list[dict[str, Any]]:
    """Return the locations of an audit in the order of the tree, with who counted them."""
    compared = {one.place.room.location_id: one for one in list_compared(session, audit_id)}
    return [
        _show_place(one, compared.get(one.room.location_id))
        for one in load_places(session, audit_id)
    ]


def _show_place(place: PlaceProgress, compared: ComparedPlace | None) -> dict[str, Any]:
    signed = place.count.signed_off
    return {
        "code": place.room.code,
        "state": place.state.value,
        "rounds": place.count.round,
        "counted_by": [
            {
                "name": one.name,
                "person": one.person,
                "round": one.round,
                "first_at": show_time(one.first_at),
                "last_at": show_time(one.last_at),
            }
            for one in place.counters
        ],
        "assigned": sorted(place.assignment.people),
        "signed_off": None
        if signed is None
        else {
            "name": signed.name,
            "person": signed.person,
            "at": show_time(signed.at),
            "text": signed.text,
            "is_empty": signed.is_empty,
        },
        "comparison": show_comparison(compared) if compared else None,
    }


def show_comparison(compared: ComparedPlace) -> dict[str, Any]:
    """Return what two counts of a location saw. The estimate enters no figure."""
    found = compared.comparison
    agreement = found.agreement
    return {
        "first": found.first,
        "second": found.second,
        "both": len(found.both),
        "only_first": compared.name_all(found.only_first),
        "only_second": compared.name_all(found.only_second),
        "agreement": None if agreement is None else round(agreement, DIGITS),
        "estimate": round(found.estimate, DIGITS),
        "deviation": round(found.deviation, DIGITS),
    }
