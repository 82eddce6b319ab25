"""What the page of a request must know beside its row: approvals needed, and who may decide."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import NotFound
from scanner_app.domain.procurement.approved import Amount
from scanner_app.domain.procurement.requests import Coverage
from scanner_app.models import Request
from scanner_app.queries.procurement.askers import list_askers
from scanner_app.services.procurement.asking.amounts import (
    count_approvals,
    count_needed_for,
    find_amount,
    has_approved,
)
from scanner_app.services.procurement.asking.ask_again import is_short
from scanner_app.services.procurement.asking.cover import load_coverage
from scanner_app.services.procurement.order_requests import propose_order


class Look(NamedTuple):
    """How far a request is.

    :param amount: what it comes to.
    :param given: how many people approved that much, and how many are `needed`.
    :param is_short: it was approved, and comes to more since.
    :param is_asker: the actor asked for it; one who asked, changed or gets it does not decide.
    """

    amount: Amount
    given: int
    needed: int
    is_short: bool
    coverage: Coverage
    is_asker: bool
    may_decide: bool
    proposal: dict[str, Any]


def look_at_request(
    session: Session, request_id: int, *, base: str, today: date, actor: Actor
) -> Look:
    """Return how far a request is, for one who looks at it.

    :raises NotFound: no request has this id.
    """
    request = session.get(Request, request_id)
    if request is None:
        raise NotFound(f"There is no request R{request_id}. Choose one from the list.")
    amount = find_amount(session, request, base=base, today=today)
    key = actor.doer_key
    may_decide = (
        actor.person_key is not None
        and key not in list_askers(session, request)
        and not has_approved(session, request, key, amount)
    )
    return Look(
        amount,
        count_approvals(session, request, amount),
        count_needed_for(session, request, amount),
        is_short(session, request, amount),
        load_coverage(session, request),
        key == request.asked_by_key,
        may_decide,
        propose_order(session, request),
    )
