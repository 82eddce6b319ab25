"""The states of a location in an audit, as a fold over its scans and acts.

Only acts are stored: who signed a location off, or asked for a second count. A scan writes nothing
of this, so no scan waits for a location.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class PlaceState(StrEnum):
    NEW = "new"
    COUNTING = "counting"
    COUNTED = "counted"
    SIGNED_OFF = "signed_off"
    RECOUNT = "recount"


class PlaceAct(StrEnum):
    SCAN = "scan"
    SCAN_BY_ANOTHER = "scan_by_another"
    DONE = "done"
    SIGNED_OFF = "signed_off"
    SIGNED_OFF_BY_ANOTHER = "signed_off_by_another"
    RECOUNT_ASKED = "recount_asked"


@dataclass(frozen=True, slots=True)
class PlaceStateRow:
    """One state of a location.

    :param letter: its sign where it is drawn, for readers who see no colours.
    :param following: the state after each act that changes it.
    """

    state: PlaceState
    label: str
    tone: str
    icon: str
    letter: str
    following: dict[PlaceAct, PlaceState]


_S, _A = PlaceState, PlaceAct
PLACE_STATES: dict[PlaceState, PlaceStateRow] = {
    row.state: row
    for row in (
        PlaceStateRow(
            _S.NEW,
            "Not started",
            "",
            "place",
            "·",
            {
                _A.SCAN: _S.COUNTING,
                _A.SCAN_BY_ANOTHER: _S.COUNTING,
                _A.DONE: _S.COUNTED,
                _A.SIGNED_OFF: _S.SIGNED_OFF,
                _A.SIGNED_OFF_BY_ANOTHER: _S.SIGNED_OFF,
            },
        ),
        PlaceStateRow(
            _S.COUNTING,
            "Counting",
            "accent",
            "scan",
            "~",
            {
                _A.DONE: _S.COUNTED,
                _A.SIGNED_OFF: _S.SIGNED_OFF,
                _A.SIGNED_OFF_BY_ANOTHER: _S.SIGNED_OFF,
            },
        ),
        PlaceStateRow(
            _S.COUNTED,
            "Counted",
            "note",
            "check",
            "c",
            {
                # A scan made later withdraws what was said of the location.
                _A.SCAN: _S.COUNTING,
                _A.SCAN_BY_ANOTHER: _S.COUNTING,
                _A.SIGNED_OFF: _S.SIGNED_OFF,
                _A.SIGNED_OFF_BY_ANOTHER: _S.SIGNED_OFF,
                _A.RECOUNT_ASKED: _S.RECOUNT,
            },
        ),
        PlaceStateRow(
            _S.SIGNED_OFF,
            "Signed off",
            "good",
            "check",
            "✓",
            {
                _A.SCAN: _S.COUNTING,
                _A.SCAN_BY_ANOTHER: _S.COUNTING,
                _A.RECOUNT_ASKED: _S.RECOUNT,
            },
        ),
        PlaceStateRow(
            _S.RECOUNT,
            "Second count",
            "warn",
            "repeat",
            "2",
            {
                # The next round: only a person who counted nothing here begins it. One who finds
                # the location empty has nothing to scan.
                _A.SCAN_BY_ANOTHER: _S.COUNTING,
                _A.SIGNED_OFF_BY_ANOTHER: _S.SIGNED_OFF,
            },
        ),
    )
}
PLACE_STEPS: dict[tuple[PlaceState, PlaceAct], PlaceState] = {
    (state, act): then for state, row in PLACE_STATES.items() for act, then in row.following.items()
}
# Said to be counted, by a person who counted it.
COUNTED = frozenset({PlaceState.COUNTED, PlaceState.SIGNED_OFF})
# Two counts and more; the first of them is the one that all see.
FIRST_ROUND = 1
# What the page proposes as the statement of a sign-off.
SIGN_OFF_TEXT = "I counted everything in this location."


@dataclass(frozen=True, slots=True)
class PlaceEvent:
    """Something that happened at a location: a scan or an act of one person.

    :param person: the person key, or the key of a token that nobody owns.
    """

    at: datetime
    act: PlaceAct
    person: str
    name: str = ""
    text: str | None = None
    is_empty: bool = False


@dataclass(frozen=True, slots=True)
class PlaceCount:
    """How far a location is.

    :param rounds: the persons who counted in each round, oldest round first.
    :param signed_off: the sign-off that holds; None once a scan withdrew it.
    """

    state: PlaceState
    rounds: tuple[frozenset[str], ...]
    signed_off: PlaceEvent | None

    @property
    def round(self) -> int:
        return len(self.rounds)

    @property
    def counters(self) -> frozenset[str]:
        """Everybody who counted here, in any round."""
        return frozenset().union(*self.rounds)

    def round_of(self, person: str) -> int | None:
        """Return the first round in which a person counted here."""
        return next((n for n, who in enumerate(self.rounds, FIRST_ROUND) if person in who), None)


def fold_place(events: Iterable[PlaceEvent], *, is_all_seen: bool = False) -> PlaceCount:
    """Return the state of a location after its scans and acts, in the order of their times.

    :param is_all_seen: all that was expected was seen. That ends the first round; a second count
        knows nothing of what was expected.
    """
    state, signed = PlaceState.NEW, None
    rounds: list[set[str]] = [set()]
    for event in sorted(events, key=lambda one: one.at):
        act = _by_whom(event, rounds)
        begins = state is PlaceState.RECOUNT and (state, act) in PLACE_STEPS
        if begins:
            rounds.append(set())
        after = PLACE_STEPS.get((state, act), state)
        if act is PlaceAct.RECOUNT_ASKED:
            state = after
            continue
        if state is PlaceState.RECOUNT and not begins:
            continue  # of somebody who counted here before: it belongs to their own round
        _join(rounds, event.person)
        signed = event if after is PlaceState.SIGNED_OFF else None
        state = after
    if is_all_seen and len(rounds) == FIRST_ROUND and state in {_S.NEW, _S.COUNTING}:
        state = PlaceState.COUNTED
    return PlaceCount(state, tuple(map(frozenset, rounds)), signed)


def _by_whom(event: PlaceEvent, rounds: list[set[str]]) -> PlaceAct:
    """Return the act, told apart by whether its person counted here in an earlier round."""
    is_other = not any(event.person in who for who in rounds)
    if event.act is PlaceAct.SCAN and is_other:
        return PlaceAct.SCAN_BY_ANOTHER
    if event.act is PlaceAct.SIGNED_OFF and is_other:
        return PlaceAct.SIGNED_OFF_BY_ANOTHER
    return event.act


def _join(rounds: list[set[str]], person: str) -> None:
    """Put a person into the round that goes on, unless they counted in an earlier one."""
    if not any(person in who for who in rounds[:-1]):
        rounds[-1].add(person)


def show_place_steps() -> str:
    """Return the table of steps as docs/audits.md prints it."""
    lines = ["| from | act | to |", "|---|---|---|"]
    for (state, act), then in PLACE_STEPS.items():
        lines.append(f"| `{state.value}` | `{act.value}` | `{then.value}` |")
    return "\n".join(lines)
