"""Who counted which location, on paper: rounds, sign-offs, and two counts compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from scanner_app.domain.audits.rounds.steps import PLACE_STATES, PlaceState
from scanner_app.services.files.pdf import Paper

NOTE = (
    "Likely there is Chapman's estimate. It holds if both counts are independent and all things "
    "are equally easy to find, and it enters no figure."
)


def write_rounds(paper: Paper, rounds: Sequence[Mapping[str, Any]]) -> None:
    """Write the sections of a report about its locations, if it has some."""
    if not rounds:
        return
    paper.head(f"Locations ({len(rounds):,})")
    paper.table(
        ("Location", "State", "Counted by", "Signed off"),
        (22, 16, 34, 28),
        [(one["code"] or "", _state(one), "\n".join(_counters(one)), _sign_off(one))
         for one in rounds],
    )  # fmt: skip
    compared = [(one["code"], one["comparison"]) for one in rounds if one["comparison"]]
    if not compared:
        return
    paper.head(f"Locations that were counted twice ({len(compared):,})")
    paper.table(
        ("Location", "First", "Second", "In both", "Agreement", "Likely there", "In one alone"),
        (18, 9, 9, 9, 12, 13, 30),
        [
            (
                code,
                *(f"{found[name]:,}" for name in ("first", "second", "both")),
                "n/a" if found["agreement"] is None else f"{found['agreement'] * 100:.1f} %",
                f"{found['estimate']:,.1f}",
                ", ".join([*found["only_first"], *found["only_second"]]),
            )
            for code, found in compared
        ],
    )
    paper.write(NOTE)


def _state(place: Mapping[str, Any]) -> str:
    state = PLACE_STATES[PlaceState(place["state"])].label
    return f"{state}, count {place['rounds']}" if place["rounds"] > 1 else state


def _counters(place: Mapping[str, Any]) -> Iterator[str]:
    for one in place["counted_by"]:
        number = f", count {one['round']}" if place["rounds"] > 1 else ""
        yield f"{one['name']}{number}, until {_moment(one['last_at'])}"


def _sign_off(place: Mapping[str, Any]) -> str:
    signed = place["signed_off"]
    if signed is None:
        return ""
    empty = ", empty" if signed["is_empty"] else ""
    said = f": {signed['text']}" if signed["text"] else ""
    return f"{signed['name']}, {_moment(signed['at'])}{empty}{said}"


def _moment(text: str) -> str:
    return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
