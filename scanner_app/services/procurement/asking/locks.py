"""Lock a request, and say who asked for it: nobody decides about what they asked for."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Action, Actor
from scanner_app.domain.errors import Conflict, NotAllowed, NotFound
from scanner_app.domain.procurement.events import BuyingKind, BuyingStep
from scanner_app.domain.procurement.requests import REQUEST_STEPS, RequestState
from scanner_app.models import BuyingEvent, Person, Request, User
from scanner_app.queries.access import list_persons


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


def list_askers(session: Session, request: Request) -> set[str]:
    """Return the keys of those who decide nothing about a request.

    They are who asked, who gets it, and who changed what is asked for, or made it cost more than
    was approved, by whatever token.
    """
    keys = list_persons(session, {request.asked_by_key, *_list_changers(session, request)})
    if request.requested_for_id is not None:
        ids = session.scalars(
            select(User.id)
            .join(Person, func.lower(Person.email) == func.lower(User.email))
            .where(Person.id == request.requested_for_id)
        )
        keys |= {f"user:{id_}" for id_ in ids}
    return keys


def _list_changers(session: Session, request: Request) -> set[str]:
    return set(
        session.scalars(
            select(BuyingEvent.actor).where(
                BuyingEvent.kind == BuyingKind.REQUEST,
                BuyingEvent.subject_id == request.id,
                BuyingEvent.step.in_([BuyingStep.CHANGED, BuyingStep.ASKED_AGAIN]),
            )
        )
    )
