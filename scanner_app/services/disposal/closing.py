"""Close a consignment: all or nothing, by somebody who packed nothing of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.costs.expenses import Expense as Amount
from scanner_app.domain.costs.expenses import ExpenseKind, ExpenseSource
from scanner_app.domain.disposal.consignments import (
    NEEDS_PAPER,
    ConsignmentState,
    share_cents,
)
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.money import read_money
from scanner_app.domain.register.change_kinds import ChangeKind
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import Consignment, ConsignmentDocument, ConsignmentItem
from scanner_app.services.contracts.coverage import end_coverage
from scanner_app.services.costs.expenses import add_expense
from scanner_app.services.disposal.certificates import is_gone, seal_consignment
from scanner_app.services.disposal.shared import (
    list_items,
    name_some,
    no_step,
    refuse_packer,
    require,
    take_step,
)
from scanner_app.services.disposal.writing_off import close_write_off, is_write_off
from scanner_app.services.licences.seats import take_all_of
from scanner_app.services.register.plan import AssetChange
from scanner_app.services.register.write import change_assets
from scanner_app.services.seals.chain import Sealing

# An expense of a consignment is named by what it is of, so that it is written once.
EXPENSES = UUID("3a0c3f4e-6f55-4c0e-9a52-8b0f4d6c1e02")


def close_consignment(
    session: Session,
    number: str,
    values: Mapping[str, str],
    *,
    organization: str,
    currency: str,
    today: date,
    sealing: Sealing,
) -> str:
    """Close a confirmed consignment, and return the number of its certificate.

    What is gone becomes disposed, leaves its contracts and returns its seats, its cost and proceeds
    become expenses, and the certificate is sealed.

    :param values: `cost`, what all of it cost to dispose of; empty for nothing. Of a write-off,
        `statement` too.
    :raises NotFound, Invalid: the cost cannot be used, or a write-off is closed without a word.
    :raises Conflict: this person packed, a difference is undecided, or the papers are missing.
    """
    row = require(session, number, ConsignmentState.CLOSED)
    _require_gone(row)
    items, actor = list_items(session, row.id), sealing.actor
    refuse_packer(session, items, actor)
    is_loss = is_write_off(row)
    said = close_write_off(session, items, values, sealing=sealing) if is_loss else None
    every = [*items, *_list_extra(session, row.id)]
    _check_decided(every)
    _check_papers(session, row)
    cost = _read_cost(values)
    gone = [item for item in items if is_gone(item)]
    _require_bearer(cost, gone)
    _book(session, row, gone, cost=cost, currency=currency, today=today, sealing=sealing)
    change_assets(
        session,
        changes=[AssetChange(item.asset_id or 0, {"status": Stage.DISPOSED}) for item in gone],
        kind=ChangeKind.DISPOSED,
        actor=actor.key,
        now=sealing.now,
    )
    gone_ids = [item.asset_id or 0 for item in gone]
    end_coverage(session, asset_ids=gone_ids, today=today)
    take_all_of(session, asset_ids=gone_ids, by=actor.name, now=sealing.now)
    row.closed_at = sealing.now
    take_step(row, ConsignmentState.CLOSED, "closed", actor, sealing.now, said)
    session.flush()
    return seal_consignment(
        session, row, every, organization=organization, today=today, sealing=sealing
    )


def _require_gone(row: Consignment) -> None:
    """Raise unless it left and was confirmed; a write-off never leaves."""
    if row.state is ConsignmentState.READY and not is_write_off(row):
        raise no_step(row, "closed")


def _require_bearer(cost: int, gone: Sequence[ConsignmentItem]) -> None:
    """Raise if something was paid and nothing is gone that could bear it."""
    if cost and not gone:
        text = "Nothing of it is gone, so nothing can bear a cost. Leave it empty."
        raise Invalid(text, errors={"cost": [text]})


def _read_cost(values: Mapping[str, str]) -> int:
    """Return what disposing cost, 0 if nothing is said.

    :raises Invalid: it is not an amount.
    """
    try:
        return read_money(values["cost"]) if values.get("cost", "").strip() else 0
    except ValueError as error:
        raise Invalid(str(error), errors={"cost": [str(error)]}) from None


def _list_extra(session: Session, consignment_id: int) -> list[ConsignmentItem]:
    return list(
        session.scalars(
            select(ConsignmentItem)
            .where(
                ConsignmentItem.consignment_id == consignment_id,
                ConsignmentItem.asset_id.is_(None),
            )
            .order_by(ConsignmentItem.code)
        )
    )


def _check_decided(items: Sequence[ConsignmentItem]) -> None:
    left = [
        item.code
        for item in items
        if item.confirmed is not None
        and item.confirmed.facts.is_decided
        and (item.decision is None or not item.decision.facts.is_final)
    ]
    if left:
        raise Conflict(f"Not decided yet: {name_some(left)}.", code="undecided_items")


def _check_papers(session: Session, row: Consignment) -> None:
    if row.method not in NEEDS_PAPER:
        return
    statement = select(ConsignmentDocument.id).where(ConsignmentDocument.consignment_id == row.id)
    if session.scalars(statement).first() is None:
        raise Conflict(
            f"Add the recipient's paper of the {row.method.facts.label.lower()} first.",
            code="documents_missing",
        )


def _book(
    session: Session,
    row: Consignment,
    gone: Sequence[ConsignmentItem],
    *,
    cost: int,
    currency: str,
    today: date,
    sealing: Sealing,
) -> None:
    """Write what disposing cost and brought as expenses of what is gone, in equal shares."""
    shares = share_cents(cost, [item.code for item in gone])
    for item in gone:
        for kind, cents in (
            (ExpenseKind.DISPOSAL, shares[item.code]),
            (ExpenseKind.PROCEEDS, item.proceeds_cents or 0),
        ):
            if cents:
                add_expense(
                    session,
                    asset_tag=item.code,
                    uuid=uuid5(EXPENSES, f"{row.id}:{item.id}:{kind.value}"),
                    expense=Amount(kind, today, cents, currency),
                    note=f"Consignment C{row.id}",
                    actor=sealing.actor,
                    now=sealing.now,
                    source=ExpenseSource.DERIVED,
                )
