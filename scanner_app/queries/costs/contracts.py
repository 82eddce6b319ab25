"""What a contract has cost, and what each asset that it covers bears of that."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.costs.shares import Share, Split
from scanner_app.domain.errors import NotFound
from scanner_app.models import Asset, Contract, ContractAsset
from scanner_app.queries.costs.contract_shares import (
    NOT_COUNTED,
    load_spans,
    split_term,
    sum_charges,
    weigh_covered,
)

MAX_SHOWN = 500


@dataclass(frozen=True, slots=True)
class TermCost:
    """What a term has cost by a day. What it costs while it covers nothing, no asset bears.

    :param shares: of the first assets by tag, as (tag, share); `count` is how many there are.
    """

    number: str
    name: str
    term: int
    starts_on: date
    ends_on: date | None
    spent: int
    without_rate: dict[str, int]
    count: int
    shares: tuple[tuple[str, Share], ...]

    @property
    def unallocated(self) -> int:
        """Return what no asset bears."""
        return 0 if self.count else self.spent

    @property
    def hidden(self) -> int:
        """Return how many assets bear a share that is not among the first."""
        return self.count - len(self.shares)


def load_contract_costs(session: Session, number: str, *, base: str, today: date) -> list[TermCost]:
    """Return what the terms that have begun have cost by today, the newest first.

    :raises NotFound: no contract has the number.
    """
    terms = session.scalars(
        select(Contract).where(Contract.number == number).order_by(Contract.term.desc())
    ).all()
    if not terms:
        raise NotFound(f"There is no contract {number[:40]!r}. Choose one from the list.")
    first_id = terms[-1].id
    spans = load_spans(session, first_id)
    covered = session.execute(
        select(Asset.asset_tag, ContractAsset.from_on, ContractAsset.until_on)
        .join(Asset, Asset.id == ContractAsset.asset_id)
        .where(ContractAsset.contract_id == first_id)
        .order_by(Asset.asset_tag, ContractAsset.id)
        .limit(MAX_SHOWN)
    ).all()
    found = []
    for term in terms:
        if term.state in NOT_COUNTED or term.starts_on > today:
            continue
        spent = sum_charges(session, term, base=base, today=today)
        parts = split_term(term, spans, spent.cents, today)
        weighed = [
            (tag, from_on, until_on, weigh_covered(term, from_on, until_on, today))
            for tag, from_on, until_on in covered
        ]
        shares = _share_out(term, parts, [row for row in weighed if row[3]])
        count = sum(
            many
            for from_on, until_on, many in spans
            if weigh_covered(term, from_on, until_on, today)
        )
        found.append(
            TermCost(
                term.number, term.name, term.term, term.starts_on, term.ends_on,
                spent.cents, spent.without_rate, count, shares,
            )
        )  # fmt: skip
    return found


def _share_out(
    term: Contract, parts: Split, rows: list[tuple[str, date, date | None, int]]
) -> tuple[tuple[str, Share], ...]:
    """Return the shares of the assets with the lowest tags."""
    seen: Counter[bool] = Counter()
    found = []
    for tag, from_on, until_on, weight in rows:
        is_tied = weight in parts.tied
        cents = parts.find(weight, seen[is_tied])
        seen[is_tied] += 1
        share = Share(
            term.number, term.name, term.term, from_on, until_on,
            weight, parts.whole, parts.total, cents,
        )  # fmt: skip
        found.append((tag, share))
    return tuple(found)
