"""The accounts between which pieces move. One is made when the first pieces come to it."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from scanner_app.domain.stock.items import AccountKind
from scanner_app.models import StockAccount

_OWNERS = {
    AccountKind.PLACE.value: StockAccount.location_id,
    AccountKind.PERSON.value: StockAccount.person_id,
    AccountKind.ASSET.value: StockAccount.asset_id,
}


class Account(NamedTuple):
    id: int
    kind: AccountKind

    @property
    def is_real(self) -> bool:
        return self.kind.facts.is_real


def find_account(session: Session, kind: AccountKind, owner_id: int | None = None) -> Account:
    """Return the account of a location, a person or an asset, or the only one of another kind.

    :param owner_id: the id of the location, the person or the asset.
    """
    owner = _OWNERS.get(kind.value)
    wanted = StockAccount.kind == kind if owner is None else owner == owner_id
    found = session.scalar(select(StockAccount.id).where(wanted))
    if found is None:
        values: dict[str, object] = {"kind": kind}
        if owner is not None:
            values[owner.key] = owner_id
        _insert_unless_there(session, values)
        found = session.scalars(select(StockAccount.id).where(wanted)).one()
    return Account(found, kind)


def load_accounts(session: Session, ids: set[int]) -> dict[int, Account]:
    """Return accounts by their ids."""
    rows = session.execute(
        select(StockAccount.id, StockAccount.kind).where(StockAccount.id.in_(ids))
    )
    return {id_: Account(id_, kind) for id_, kind in rows}


def _insert_unless_there(session: Session, values: dict[str, object]) -> None:
    """Add an account. Another transaction may add the same one at this moment."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(postgresql.insert(StockAccount).values(values).on_conflict_do_nothing())
    else:
        session.execute(sqlite.insert(StockAccount).values(values).on_conflict_do_nothing())
