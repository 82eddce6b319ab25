"""Lock a request, and refuse a step that its state, or who takes it, does not allow."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Action, Actor
from scanner_app.domain.errors import Conflict, NotAllowed, NotFound
from scanner_app.domain.procurement.requests import REQUEST_STEPS, RequestState
from scanner_app.models import Request


def lock_request(session: Session, request_id: int) -> Request:
    """Return a request, locked for the rest of the transaction.

    :raises NotFound: no request has this id.
    """
    request = session.scalar(select(Request).where(Request.id == request_id).with_for_update())
    if request is None:
        raise NotFound(f"There is no request R{request_id}. Choose one from the list.")
    return request


def refuse_step(request: Request, wanted: RequestState) -> None:
    """Raise unless the state of a request allows a step.

    :raises Conflict: it does not (`no_such_step`).
    """
    if wanted not in REQUEST_STEPS[request.state]:
        raise Conflict(
            f"This request is “{request.state.facts.label.lower()}” and cannot become"
            f" “{wanted.facts.label.lower()}”.",
            code="no_such_step",
        )


def refuse_stranger(request: Request, actor: Actor) -> None:
    """Raise unless somebody asked for a request, or buys.

    :raises NotAllowed: neither is so.
    """
    if actor.doer_key != request.asked_by_key and not actor.can(Action.PURCHASE):
        raise NotAllowed("Only who asked for it, or who buys, changes a request.")
