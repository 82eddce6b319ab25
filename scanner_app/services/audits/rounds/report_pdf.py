"""Who counted which location, on paper: rounds, sign-offs, and two counts compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from scanner_app.domain.audits.rounds.second import WHY, Why, read_second_count
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


def write_second_counts(paper: Paper, part: Mapping[str, Any] | None) -> None:
    """Write which locations the policy has counted twice and why, and how far people agree."""
    if not part:
        return
    if part["asked"]:
        paper.head(f"Counted twice by the policy ({len(part['asked']):,})")
        paper.write(f"The policy: {read_second_count(part['policy']).sentence}.")
        paper.table(
            ("Location", "Why", "Counts"),
            (24, 64, 12),
            [(one["code"], WHY[Why(one["why"])], f"{one['rounds']:,}") for one in part["asked"]],
        )
    if part["pairs"]:
        paper.head("Who counted after whom")
        names = ("places", "both", "only_first", "only_second")
        paper.table(
            ("First", "Second", "Locations", "In both", "Only first", "Only second", "Agreement"),
            (22, 22, 11, 11, 11, 12, 11),
            [
                (
                    one["first"], one["second"], *(f"{one[name]:,}" for name in names),
                    "n/a" if one["agreement"] is None else f"{one['agreement'] * 100:.1f} %",
                )
                for one in part["pairs"]
            ],
        )  # fmt: skip


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
