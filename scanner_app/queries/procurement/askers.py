"""Who asked for something: nobody decides about that, nor lets it pass a policy."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.policies.gates import SubjectKind
from scanner_app.domain.procurement.events import BuyingKind, BuyingStep
from scanner_app.models import BuyingEvent, OrderLine, Person, Request, Task, User
from scanner_app.queries.access import list_persons


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


def list_wanting(session: Session, kind: SubjectKind, subject_id: int) -> set[str]:
    """Return the keys of those whose waivers for a thing do not count, as far as it is known now.

    Of an order they are who asked for what it brings, and who placed it.
    """
    if kind is SubjectKind.TASK:
        task = session.get(Task, subject_id)
        return {f"user:{task.assignee_id}"} if task is not None else set()
    wanted = select(Request).where(Request.id == subject_id)
    keys: set[str] = set()
    if kind is SubjectKind.ORDER:
        lines = select(OrderLine.request_id).where(OrderLine.order_id == subject_id)
        wanted = select(Request).where(Request.id.in_(lines))
        placed = select(BuyingEvent.actor).where(
            BuyingEvent.kind == BuyingKind.ORDER,
            BuyingEvent.subject_id == subject_id,
            BuyingEvent.step.in_([BuyingStep.PLACED, BuyingStep.REOPENED]),
        )
        keys = list_persons(session, set(session.scalars(placed)))
    elif kind is not SubjectKind.REQUEST:
        return set()
    return keys.union(*(list_askers(session, one) for one in session.scalars(wanted).all()))


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
