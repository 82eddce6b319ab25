"""Lists of expenses and of exchange rates, for programs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from scanner_app.domain.costs.expenses import ExpenseKind
from scanner_app.domain.errors import Invalid, NotFound
from scanner_app.models import Asset, ExchangeRate, Expense
from scanner_app.queries.costs.asset import ExpenseRow, read_expense_row, select_expenses
from scanner_app.queries.paging import Cursor, Page, read_cursor, write_cursor

RATES = 1  # rates are not numbered, and a cursor has a number


@dataclass(frozen=True, slots=True)
class ExpenseFilter:
    """Which expenses a list shows.

    :param asset_id: None: of all assets, and of stock.
    """

    asset_id: int | None = None
    kind: ExpenseKind | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class ListedExpense:
    """An expense, and the tag of its asset; None for pieces of stock."""

    asset_tag: str | None
    row: ExpenseRow


def list_all_expenses(
    session: Session, wanted: ExpenseFilter, *, cursor: str | None = None, limit: int = 100
) -> Page[ListedExpense]:
    """Return a page of expenses as they were entered, the newest first.

    :raises Invalid: the cursor is not known.
    """
    after = read_cursor(cursor, sort="expense")
    statement = (
        select_expenses()
        .add_columns(Asset.asset_tag)
        .outerjoin(Asset, Asset.id == Expense.asset_id)
        .where(*_conditions(wanted))
    )
    if after is not None:
        statement = statement.where(Expense.id < after.id)
    found = session.execute(statement.order_by(Expense.id.desc()).limit(limit + 1)).all()
    rows = [
        ListedExpense(row[3], read_expense_row(row[0], row[1], row[2])) for row in found[:limit]
    ]
    following = None
    if len(found) > limit:
        following = write_cursor(Cursor("expense", "", found[limit - 1][0].id))
    return Page(rows, following)


def _conditions(wanted: ExpenseFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.asset_id is not None:
        found.append(Expense.asset_id == wanted.asset_id)
    if wanted.kind is not None:
        found.append(Expense.kind == wanted.kind)
    if wanted.since is not None:
        found.append(Expense.on_day >= wanted.since)
    if wanted.until is not None:
        found.append(Expense.on_day <= wanted.until)
    return found


def get_expense(session: Session, uuid: UUID) -> ListedExpense:
    """Return one expense.

    :raises NotFound: there is none with this id.
    """
    row = session.execute(
        select_expenses()
        .add_columns(Asset.asset_tag)
        .outerjoin(Asset, Asset.id == Expense.asset_id)
        .where(Expense.uuid == uuid)
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such expense. Choose one from the list.")
    return ListedExpense(row[3], read_expense_row(row[0], row[1], row[2]))


def find_asset_of_expense(session: Session, uuid: UUID) -> str:
    """Return the tag of the asset that an expense is of.

    :raises NotFound: there is no such expense of an asset.
    """
    tag = session.scalar(
        select(Asset.asset_tag)
        .join(Expense, Expense.asset_id == Asset.id)
        .where(Expense.uuid == uuid)
    )
    if tag is None:
        raise NotFound("No asset has this expense. Choose one from the list.")
    return tag


@dataclass(frozen=True, slots=True)
class RateRow:
    """How many units of a currency one unit of the base bought on a day, as a decimal text."""

    currency: str
    on: date
    per_base: str


def list_rates(
    session: Session,
    base: str,
    *,
    currency: str | None = None,
    since: date | None = None,
    until: date | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> Page[RateRow]:
    """Return a page of the rates against a base, by currency and day.

    :raises Invalid: the cursor is not known.
    """
    after = read_cursor(cursor, sort="rate")
    statement = select(ExchangeRate).where(ExchangeRate.base == base)
    if currency is not None:
        statement = statement.where(ExchangeRate.currency == currency)
    if since is not None:
        statement = statement.where(ExchangeRate.on_day >= since)
    if until is not None:
        statement = statement.where(ExchangeRate.on_day <= until)
    if after is not None:
        unit, day = _read_key(after.key)
        behind = and_(ExchangeRate.currency == unit, ExchangeRate.on_day > day)
        statement = statement.where(or_(ExchangeRate.currency > unit, behind))
    ordered = statement.order_by(ExchangeRate.currency, ExchangeRate.on_day)
    found = session.scalars(ordered.limit(limit + 1)).all()
    rows = [RateRow(row.currency, row.on_day, row.per_base) for row in found[:limit]]
    following = None
    if len(found) > limit:
        last = rows[-1]
        following = write_cursor(Cursor("rate", f"{last.currency} {last.on.isoformat()}", RATES))
    return Page(rows, following)


def _read_key(key: str) -> tuple[str, date]:
    unit, _, day = key.partition(" ")
    try:
        return unit, date.fromisoformat(day)
    except ValueError:
        raise Invalid("This cursor is not one of ours. Begin with the first page.") from None


def stream_expenses(session: Session) -> Iterator[ListedExpense]:
    """Return the expenses of assets that count, by day, one by one."""
    rows = session.execute(
        select_expenses()
        .add_columns(Asset.asset_tag)
        .join(Asset, Asset.id == Expense.asset_id)
        .where(Expense.withdrawn_at.is_(None))
        .order_by(Expense.on_day, Expense.id)
        .execution_options(yield_per=1000)
    )
    for row in rows:
        yield ListedExpense(row[3], read_expense_row(row[0], row[1], row[2]))
