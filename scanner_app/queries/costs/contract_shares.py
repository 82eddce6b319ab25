"""What an asset bears of the contracts that cover it.

What is covered on the same days is counted by the database: a contract of many is cheap to split.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from scanner_app.domain.contracts.states import PERIODS, ContractState
from scanner_app.domain.costs.shares import Share, Spent, Split, count_days, list_charges, split
from scanner_app.models import Asset, Contract, ContractAsset
from scanner_app.queries.costs.asset import load_rates

# What is only planned, or never was, costs nothing.
NOT_COUNTED = (ContractState.DRAFT, ContractState.CANCELLED)
# More spans than this are counted by one walk through the contract.
MAX_TIED = 5
# First and last day of what is covered, and how many assets are.
Spans = Sequence[tuple[date, date | None, int]]


def load_contract_shares(
    session: Session, asset_id: int, asset_tag: str, *, base: str, today: date
) -> tuple[list[Share], Counter[str]]:
    """Return what an asset bears of each term, and what was left out for want of a rate."""
    known: dict[int, Spans] = {}
    shares: list[Share] = []
    left_out: Counter[str] = Counter()
    for row, term in _list_terms(session, asset_id, today):
        weight = weigh_covered(term, row.from_on, row.until_on, today)
        if not weight or term.price_cents is None:
            continue
        if row.contract_id not in known:
            known[row.contract_id] = load_spans(session, row.contract_id)
        spent = sum_charges(session, term, base=base, today=today)
        left_out.update(spent.without_rate)
        parts = split_term(term, known[row.contract_id], spent.cents, today)
        rank = 0
        if weight in parts.tied:
            tied = [
                span[:2]
                for span in known[row.contract_id]
                if weigh_covered(term, *span[:2], today) in parts.tied
            ]
            rank = _find_rank(session, row, asset_tag, tied)
        shares.append(
            Share(
                term.number, term.name, term.term, row.from_on, row.until_on,
                weight, parts.whole, spent.cents, parts.find(weight, rank),
            )
        )  # fmt: skip
    return shares, left_out


def _list_terms(
    session: Session, asset_id: int, today: date
) -> Iterable[tuple[ContractAsset, Contract]]:
    """Return each span in which a contract covers an asset, with each term that has begun."""
    first = aliased(Contract)
    rows = session.execute(
        select(ContractAsset, Contract)
        .join(first, first.id == ContractAsset.contract_id)
        .join(Contract, Contract.number == first.number)
        .where(
            ContractAsset.asset_id == asset_id,
            Contract.state.not_in(NOT_COUNTED),
            Contract.starts_on <= today,
        )
        .order_by(Contract.number, Contract.term, ContractAsset.id)
    )
    return [(row[0], row[1]) for row in rows]


def _find_rank(
    session: Session, row: ContractAsset, tag: str, tied: Sequence[tuple[date, date | None]]
) -> int:
    """Return how many assets with a tied share come before one, by tag.

    :param tied: the first and last days with such a share; few of them are asked for by the index.
    """
    before = or_(Asset.asset_tag < tag, and_(Asset.asset_tag == tag, ContractAsset.id < row.id))
    spans = set(tied)
    if len(spans) > MAX_TIED:
        found = load_spans(session, row.contract_id, before)
        return sum(count for from_on, until_on, count in found if (from_on, until_on) in spans)
    return sum(_count_before(session, row.contract_id, span, before) for span in spans)


def _count_before(
    session: Session,
    contract_id: int,
    span: tuple[date, date | None],
    before: ColumnElement[bool],
) -> int:
    wanted = (
        select(func.count())
        .select_from(ContractAsset)
        .join(Asset, Asset.id == ContractAsset.asset_id)
        .where(
            ContractAsset.contract_id == contract_id,
            ContractAsset.from_on == span[0],
            ContractAsset.until_on == span[1],  # of None: IS NULL
            before,
        )
    )
    return session.scalar(wanted) or 0


def weigh_covered(term: Contract, from_on: date, until_on: date | None, today: date) -> int:
    """Return on how many days of a term something is covered."""
    return count_days(term.starts_on, term.ends_on, from_on=from_on, until_on=until_on, today=today)


def count_weights(term: Contract, spans: Spans, today: date) -> Counter[int]:
    """Return how many assets are covered on how many days of a term."""
    counts: Counter[int] = Counter()
    for from_on, until_on, count in spans:
        counts[weigh_covered(term, from_on, until_on, today)] += count
    return counts


def split_term(term: Contract, spans: Spans, spent: int, today: date) -> Split:
    """Return how what was spent on a term is split among all that it covers."""
    return split(spent, count_weights(term, spans, today))


def load_spans(
    session: Session, contract_id: int, before: ColumnElement[bool] | None = None
) -> Spans:
    """Return from when until when a contract covers how many assets.

    :param contract_id: of the first term, which stands for the contract.
    :param before: which assets are counted; None: all.
    """
    days = (ContractAsset.from_on, ContractAsset.until_on)
    wanted = select(*days, func.count()).where(ContractAsset.contract_id == contract_id)
    if before is not None:
        wanted = wanted.join(Asset, Asset.id == ContractAsset.asset_id).where(before)
    return [(row[0], row[1], row[2]) for row in session.execute(wanted.group_by(*days))]


def sum_charges(session: Session, term: Contract, *, base: str, today: date) -> Spent:
    """Return what a term has cost by today."""
    if term.price_cents is None or term.state in NOT_COUNTED:
        return Spent(0, {})
    currency, months = term.currency or base, PERIODS[term.period].months
    days = list(list_charges(term.starts_on, term.ends_on, months, until=today))
    rates = load_rates(session, base, since=term.starts_on, currencies={currency})
    amounts = [rates.to_base(term.price_cents, currency, on) for on in days]
    missing = amounts.count(None)
    known = sum(cents for cents in amounts if cents is not None)
    return Spent(known, {currency: missing} if missing else {})
