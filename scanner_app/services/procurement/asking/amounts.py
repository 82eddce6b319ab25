"""What a request comes to, and how many approvals and quotes it has."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.access.second_person import PERSON
from scanner_app.domain.policies.bands import count_needed
from scanner_app.domain.policies.checks import Check
from scanner_app.domain.policies.gates import Scope, SubjectKind
from scanner_app.domain.policies.subjects import BuyingPart, BuyingSubject
from scanner_app.domain.procurement.requests import ApprovalDecision
from scanner_app.models import Approval, AssetModel, Category, Quote, Request
from scanner_app.queries.costs.asset import load_rates
from scanner_app.queries.policies.policies import find_in_use
from scanner_app.services.policies.check_gates import Subject
from scanner_app.services.procurement.asking.locks import list_askers


def count_approvals(session: Session, request: Request) -> int:
    """Return how many people approved a request in this round. Nobody's program counts as one."""
    given = (
        Approval.request_id == request.id,
        Approval.round == request.round,
        Approval.decision == ApprovalDecision.APPROVE,
        Approval.actor.startswith(PERSON),
    )
    return session.scalar(select(func.count(Approval.id)).where(*given)) or 0


def find_amount(session: Session, request: Request, *, base: str, today: date) -> int | None:
    """Return what a request comes to in the organisation's currency; None if nobody knows.

    It is what the chosen quote says, else what was estimated.
    """
    chosen = session.execute(
        select(Quote.price_cents, Quote.currency).where(
            Quote.request_id == request.id, Quote.is_chosen
        )
    ).first()
    if chosen is not None:
        cents, currency = chosen
    elif request.estimate_cents is not None:
        cents, currency = request.estimate_cents, request.currency
    else:
        return None
    return load_rates(session, base).to_base(cents, currency, today)


def count_needed_for(session: Session, amount: int | None) -> int:
    """Return how many approvals an amount needs; one where no policy says so."""
    policy = find_in_use(session, Check.APPROVED_BY)
    return 1 if policy is None else count_needed(policy.params["bands"], amount)


def describe_subject(session: Session, request: Request, amount: int | None) -> Subject:
    """Return a request as the policies of its gate look at it."""
    quotes = session.scalar(select(func.count(Quote.id)).where(Quote.request_id == request.id))
    part = BuyingPart(f"R{request.id}", amount, count_approvals(session, request), quotes or 0)
    return Subject(
        SubjectKind.REQUEST,
        request.id,
        describe_scope(session, [request.model_id], {request.kind.value}),
        BuyingSubject((part,)),
        list_askers(session, request),
    )


def describe_scope(session: Session, model_ids: list[int | None], kinds: set[str]) -> Scope:
    """Return what is bought as the scopes of policies look at it."""
    rows = session.execute(
        select(AssetModel.name, Category.name)
        .outerjoin(Category, Category.id == AssetModel.category_id)
        .where(AssetModel.id.in_([id_ for id_ in model_ids if id_ is not None]))
    ).all()
    return Scope(
        kinds=frozenset(kinds),
        models=frozenset(model for model, _ in rows),
        categories=frozenset(category for _, category in rows if category),
    )
