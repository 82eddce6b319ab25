"""The part of a report that says who counted which location, and who signed it off."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from scanner_app.domain.audits.report_columns import show_time
from scanner_app.domain.audits.rounds.second import Why
from scanner_app.queries.audits.rounds.comparing import ComparedPlace, list_compared
from scanner_app.queries.audits.rounds.progress import PlaceProgress, load_places
from scanner_app.queries.audits.rounds.second import load_second_counts

DIGITS = 6


def show_rounds(session: Session, audit_id: int) -> list[dict[str, Any]]:
    """Return the locations of an audit in the order of the tree, with who counted them."""
    compared = {one.place.room.location_id: one for one in list_compared(session, audit_id)}
    return [
        _show_place(one, compared.get(one.room.location_id))
        for one in load_places(session, audit_id)
    ]


def show_second_counts(session: Session, audit_id: int) -> dict[str, Any]:
    """Return the part `second_counts` of a report; nothing if no location was counted twice.

    It says which locations the policy has counted twice and why, and how far two persons agree.
    """
    second = load_second_counts(session, audit_id)
    compared = list_compared(session, audit_id)
    if second.rule.is_none and not compared:
        return {}
    places = load_places(session, audit_id)
    asked = [
        {
            "code": one.room.code,
            "why": (second.why_chosen(one.room.location_id) or Why.MISSING_VALUE).value,
            "rounds": one.count.round,
        }
        for one in places
        if one.is_asked_by_policy or second.why_chosen(one.room.location_id)
    ]
    return {
        "second_counts": {
            "policy": second.rule.to_json(),
            "asked": asked,
            "pairs": _show_pairs(compared),
        }
    }


def _show_pairs(compared: Sequence[ComparedPlace]) -> list[dict[str, Any]]:
    """Return each pair of who counted first and second, with what both and one alone saw."""
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for one in compared:
        names = [
            ", ".join(sorted({c.name for c in one.place.counters if c.round == number}))
            for number in (1, 2)
        ]
        found = one.comparison
        parts = (1, len(found.both), len(found.only_first), len(found.only_second))
        pair = sums[names[0], names[1]]
        pair[:] = [whole + part for whole, part in zip(pair, parts, strict=True)]
    return [
        {
            "first": first,
            "second": second,
            "places": places,
            "both": both,
            "only_first": one,
            "only_second": other,
            "agreement": round(both / seen, DIGITS) if (seen := both + one + other) else None,
        }
        for (first, second), (places, both, one, other) in sorted(sums.items())
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
