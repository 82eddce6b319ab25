"""What the steps of a consignment share: its lock, its list, and who took a step."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.disposal.consignments import ConsignmentState, can_step
from scanner_app.domain.errors import Conflict, NotFound
from scanner_app.domain.seals.leaves import show_moment
from scanner_app.domain.text import is_storable
from scanner_app.models import Consignment, ConsignmentItem
from scanner_app.services.access.second_person import require_second_person
from scanner_app.services.disposal.packing import lock_consignment

MAX_WORDS = 200
TOLD = 5


def describe(actor: Actor, now: datetime) -> dict[str, str]:
    """Return who took a step, as a consignment and its certificate keep it."""
    return {
        "person": actor.doer_key,
        "name": actor.name,
        "role": actor.role.value,
        "at": show_moment(now),
    }


def list_items(session: Session, consignment_id: int) -> list[ConsignmentItem]:
    """Return what is packed in a consignment, by tag."""
    return list(
        session.scalars(
            select(ConsignmentItem)
            .where(
                ConsignmentItem.consignment_id == consignment_id,
                ConsignmentItem.removed_at.is_(None),
                ConsignmentItem.asset_id.is_not(None),
            )
            .order_by(ConsignmentItem.code)
        )
    )


def refuse_packer(session: Session, items: list[ConsignmentItem], actor: Actor) -> None:
    """Raise if somebody packed what another person has to sign or close.

    :raises Conflict: this person packed something of it, or nobody is behind the program.
    """
    of_same = "You packed something of it, so another person has to do this."
    require_second_person(session, actor, {one.packed_by for one in items}, of_same=of_same)


def require(session: Session, number: str, wanted: ConsignmentState) -> Consignment:
    """Return a locked consignment that may become this.

    :raises NotFound: there is none.
    :raises Conflict: its state does not allow it.
    """
    row = lock(session, number)
    if not can_step(row.state, wanted):
        raise no_step(row, wanted.facts.label.lower())
    return row


def lock(session: Session, number: str) -> Consignment:
    """Return a consignment, locked.

    :raises NotFound: there is none.
    """
    row = lock_consignment(session, number)
    if row is None:
        raise NotFound("That consignment does not exist. Choose one from the list.")
    return row


def no_step(row: Consignment, wanted: str) -> Conflict:
    """Return the error for a step that the state does not allow."""
    now = row.state.facts.label.lower()
    return Conflict(f"This consignment is {now} and cannot be {wanted}.", code="no_such_step")


def take_step(
    row: Consignment,
    state: ConsignmentState,
    name: str,
    actor: Actor,
    now: datetime,
    said: Mapping[str, str] | None = None,
) -> None:
    """Take a consignment to a state, and keep who did, with what they stated."""
    row.state = state
    row.people = {**row.people, name: {**describe(actor, now), **(said or {})}}


def find_item(session: Session, consignment_id: int, item_id: int) -> ConsignmentItem:
    """Return one thing of a consignment, locked.

    :raises NotFound: it is not on its list.
    """
    item = session.get(ConsignmentItem, item_id, with_for_update=True)
    if item is None or item.consignment_id != consignment_id or item.removed_at is not None:
        raise NotFound("That is not on the list of this consignment.")
    return item


def name_some(names: list[str]) -> str:
    """Return the first of some names, and how many more there are."""
    more = len(names) - TOLD
    return ", ".join(names[:TOLD]) + (f" and {more} more" if more > 0 else "")


def read_words(values: Mapping[str, str], name: str, errors: dict[str, list[str]]) -> str:
    """Return one line of words of a form; what is wrong with it goes into `errors`."""
    text = " ".join(values.get(name, "").split())
    if len(text) > MAX_WORDS or not is_storable(text):
        errors[name] = [f"Use at most {MAX_WORDS} characters."]
    return text
