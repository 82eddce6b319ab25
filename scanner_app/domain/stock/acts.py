"""What can happen to pieces of stock: one row for each act, with the words of every layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Act(StrEnum):
    RECEIVE = "receive"
    ISSUE = "issue"
    TAKE_BACK = "take_back"
    MOVE = "move"
    COUNT = "count"
    ADJUST = "adjust"

    @property
    def facts(self) -> ActFacts:
        """Return the row of this act."""
        return ACTS[self]


@dataclass(frozen=True, slots=True)
class ActFacts:
    """What is said about an act.

    :param label: as a button names it.
    :param past: as a history names it.
    :param done: the sentence after it. `{where}` is the location with its preposition, or empty.
    :param is_form: pages have a form for it, in this order.
    :param needs_holder: it is refused without a person, an asset or a location that it goes to.
    """

    label: str
    past: str
    icon: str
    done: str
    is_form: bool = True
    needs_holder: bool = False


ACTS: Mapping[Act, ActFacts] = {
    Act.ISSUE: ActFacts("Issue", "issued", "out", "{pieces} of {item} issued{to}{where}."),
    Act.RECEIVE: ActFacts("Receive", "received", "in", "{pieces} of {item} received{where}."),
    Act.COUNT: ActFacts("Count", "counted", "eye", "{item}{where}: {pieces} counted."),
    Act.TAKE_BACK: ActFacts(
        "Check in", "checked in", "repeat", "{pieces} of {item} checked in{from_}{where}."
    ),
    Act.MOVE: ActFacts("Move", "moved", "move", "{pieces} of {item} moved{where}{to}."),
    Act.ADJUST: ActFacts(
        "Adjust", "adjusted", "edit", "{item}{where} adjusted by {pieces}.", is_form=False
    ),
}
FORM_ACTS = tuple(act for act, facts in ACTS.items() if facts.is_form)


def say_pieces(quantity: int, unit: str) -> str:
    """Return a number of pieces with their unit, such as "3 boxes"; the unit may be empty."""
    return f"{quantity} {name_unit(quantity, unit)}".rstrip()


def name_unit(quantity: int, unit: str) -> str:
    """Return a unit for a number of pieces, such as "boxes" for 3; the unit may be empty."""
    if not unit or quantity == 1 or unit.endswith("s"):
        return unit
    return unit + ("es" if unit.endswith(("x", "ch", "sh")) else "s")


def say_done(
    act: Act,
    *,
    item: str,
    quantity: int,
    unit: str = "",
    place: str | None = None,
    to: str | None = None,
    from_: str | None = None,
) -> str:
    """Return what an act did.

    :param place: the location whose stock it changed.
    :param to: the person, asset or location that has the pieces now, and `from_` the one before.
    """
    at = {Act.COUNT, Act.TAKE_BACK}
    preposition = "from" if act in {Act.ISSUE, Act.MOVE} else "at" if act in at else "in"
    return ACTS[act].done.format(
        item=item,
        pieces=say_pieces(quantity, unit),
        where=f" {preposition} {place}" if place else "",
        to=f" to {to}" if to else "",
        from_=f" from {from_}" if from_ else "",
    )
