"""What imports read: runs and rows for pages, and the register as the planner compares with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, and_, func, or_, select
from sqlalchemy.orm import Session

from scanner_app.domain.errors import NotFound
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import (
    Asset,
    AssetModel,
    Category,
    Identifier,
    ImportRow,
    ImportRun,
    Location,
    Person,
    StatusName,
)

PAGE_ROWS = 100
LIST_RUNS = 50
VERDICTS = ("refused", "changed", "created", "left")
# Fewer than the parameters either database takes in one statement.
CHUNK = 500


@dataclass(frozen=True, slots=True)
class RunView:
    """One import for pages and commands."""

    id: int
    kind: str
    filename: str
    file_sha256: str
    state: str
    mapping: Mapping[str, Any]
    headers: Mapping[str, Any]
    rows_total: int
    rows_done: int
    created_count: int
    changed_count: int
    left_count: int
    refused_count: int
    error: str | None
    created_at: datetime
    created_by: str
    applied_at: datetime | None
    lease_until: datetime | None

    @property
    def counts(self) -> dict[str, int]:
        return {
            "created": self.created_count,
            "changed": self.changed_count,
            "left": self.left_count,
            "refused": self.refused_count,
        }

    @property
    def is_busy(self) -> bool:
        return self.state in {"checking", "applying"}

    @property
    def changes_nothing(self) -> bool:
        return not self.created_count and not self.changed_count


@dataclass(frozen=True, slots=True)
class RowView:
    row_number: int
    verdict: str
    label: str
    changes: tuple[tuple[str, str, str], ...]
    reasons: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RowPage:
    rows: tuple[RowView, ...]
    next_after: int | None


_RUN_COLUMNS = [getattr(ImportRun, name) for name in RunView.__dataclass_fields__]


def find_run(session: Session, run_id: int) -> RunView:
    """Give one import.

    :raises NotFound: there is none of that number.
    """
    row = session.execute(select(*_RUN_COLUMNS).where(ImportRun.id == run_id)).first()
    if row is None:
        raise NotFound("There is no such import.")
    return RunView(*row)


def list_runs(session: Session) -> tuple[RunView, ...]:
    rows = session.execute(select(*_RUN_COLUMNS).order_by(ImportRun.id.desc()).limit(LIST_RUNS))
    return tuple(RunView(*row) for row in rows)


def find_applied_twin(session: Session, run: RunView) -> RunView | None:
    """Give the newest applied import of the same file and kind, other than this one."""
    row = session.execute(
        select(*_RUN_COLUMNS)
        .where(
            ImportRun.file_sha256 == run.file_sha256,
            ImportRun.kind == run.kind,
            ImportRun.state == "applied",
            ImportRun.id != run.id,
        )
        .order_by(ImportRun.id.desc())
        .limit(1)
    ).first()
    return None if row is None else RunView(*row)


def is_file_used(session: Session, sha256: str, *, besides: int) -> bool:
    query = select(ImportRun.id).where(
        ImportRun.file_sha256 == sha256, ImportRun.id != besides, ImportRun.state != "cancelled"
    )
    return session.scalar(query.limit(1)) is not None


def list_rows(
    session: Session, run_id: int, *, verdict: str | None, after: int = 0, limit: int = PAGE_ROWS
) -> RowPage:
    """Give a page of a run's rows, in the order of the file."""
    query = (
        select(ImportRow.row_number, ImportRow.verdict, ImportRow.label, ImportRow.detail)
        .where(ImportRow.run_id == run_id, ImportRow.row_number > after)
        .order_by(ImportRow.row_number)
        .limit(limit + 1)
    )
    if verdict:
        query = query.where(ImportRow.verdict == verdict)
    found = session.execute(query).all()
    rows = tuple(
        RowView(
            row.row_number,
            row.verdict,
            row.label,
            tuple((name, old, new) for name, (old, new) in row.detail.get("changes", {}).items()),
            tuple(row.detail.get("reasons", ())),
            tuple(row.detail.get("notes", ())),
        )
        for row in found[:limit]
    )
    return RowPage(rows, rows[-1].row_number if len(found) > limit else None)


def stream_planned(
    session: Session, run_id: int, verdict: str, *, size: int = CHUNK
) -> Iterator[Sequence[Row[Any]]]:
    """Give the planned rows of a verdict in chunks, in the order of the file."""
    after = 0
    while True:
        chunk = session.execute(
            select(ImportRow.row_number, ImportRow.label, ImportRow.detail)
            .where(
                ImportRow.run_id == run_id,
                ImportRow.verdict == verdict,
                ImportRow.row_number > after,
            )
            .order_by(ImportRow.row_number)
            .limit(size)
        ).all()
        if not chunk:
            return
        yield chunk
        after = chunk[-1].row_number


def find_due_run(session: Session, *, now: datetime) -> tuple[int, datetime | None] | None:
    """Give the oldest run that waits for work, locked where the database locks rows."""
    row = session.execute(
        select(ImportRun.id, ImportRun.lease_until)
        .where(
            ImportRun.state.in_(("checking", "applying")),
            or_(ImportRun.lease_until.is_(None), ImportRun.lease_until < now),
        )
        .order_by(ImportRun.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    return None if row is None else (row.id, row.lease_until)


def is_run_due(session: Session, *, now: datetime) -> bool:
    query = select(ImportRun.id).where(
        ImportRun.state.in_(("checking", "applying")),
        or_(ImportRun.lease_until.is_(None), ImportRun.lease_until < now),
    )
    return session.scalar(query.limit(1)) is not None


# -- Status names ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StatusNameView:
    id: int
    name_key: str
    stage: Stage


def list_status_names(session: Session) -> tuple[StatusNameView, ...]:
    rows = session.execute(
        select(StatusName.id, StatusName.name_key, StatusName.stage).order_by(StatusName.name_key)
    )
    return tuple(StatusNameView(*row) for row in rows)


# -- The register as it is ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AssetNow:
    id: int
    asset_tag: str
    tag_key: str
    name: str
    serial_number: str | None
    model_id: int | None
    category_id: int | None
    status: Stage
    location_id: int | None
    home_location_id: int | None
    custodian_id: int | None
    purchase_date: date | None
    purchase_cost_cents: int | None
    currency: str | None
    supplier: str | None
    order_number: str | None
    warranty_months: int | None
    eol_date: date | None
    notes: str | None
    custom: Mapping[str, Any]


_ASSET_COLUMNS = [getattr(Asset, name) for name in AssetNow.__dataclass_fields__]


def chunks(values: Iterable[Any]) -> Iterator[list[Any]]:
    """Give values in portions that one statement takes as parameters."""
    items = list(values)
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]


def assets_by_tag_key(session: Session, keys: Iterable[str]) -> dict[str, AssetNow]:
    found: dict[str, AssetNow] = {}
    for chunk in chunks(keys):
        for row in session.execute(select(*_ASSET_COLUMNS).where(Asset.tag_key.in_(chunk))):
            found[row.tag_key] = AssetNow(*row)
    return found


def assets_by_id(session: Session, ids: Iterable[int]) -> dict[int, AssetNow]:
    found: dict[int, AssetNow] = {}
    for chunk in chunks(ids):
        for row in session.execute(select(*_ASSET_COLUMNS).where(Asset.id.in_(chunk))):
            found[row.id] = AssetNow(*row)
    return found


@dataclass(frozen=True, slots=True)
class Holder:
    """What an open identifier means."""

    asset_id: int | None
    location_id: int | None
    person_id: int | None


def find_holders(
    session: Session, codes: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], Holder]:
    """Give what each (scheme, value) means now; serials are left out, since they may be shared."""
    by_scheme: dict[str, set[str]] = {}
    for scheme, value in codes:
        by_scheme.setdefault(scheme, set()).add(value)
    found: dict[tuple[str, str], Holder] = {}
    for scheme, values in by_scheme.items():
        for chunk in chunks(values):
            for row in session.execute(
                select(
                    Identifier.value,
                    Identifier.asset_id,
                    Identifier.location_id,
                    Identifier.person_id,
                ).where(
                    Identifier.scheme == scheme,
                    Identifier.value.in_(chunk),
                    Identifier.ended_at.is_(None),
                )
            ):
                found[scheme, row.value] = Holder(row.asset_id, row.location_id, row.person_id)
    return found


def open_identifiers(
    session: Session, *, asset_ids: Iterable[int] = (), person_ids: Iterable[int] = ()
) -> dict[int, set[tuple[str, str]]]:
    """Give the open identifiers of assets or of people, by id."""
    column, ids = (
        (Identifier.asset_id, list(asset_ids))
        if asset_ids
        else (Identifier.person_id, list(person_ids))
    )
    found: dict[int, set[tuple[str, str]]] = {}
    for chunk in chunks(ids):
        query = select(column, Identifier.scheme, Identifier.value).where(
            and_(column.in_(chunk), Identifier.ended_at.is_(None))
        )
        for holder, scheme, value in session.execute(query):
            found.setdefault(int(holder or 0), set()).add((scheme, value))
    return found


def all_places(session: Session) -> Sequence[Any]:
    return session.execute(
        select(
            Location.id,
            Location.code,
            Location.code_key,
            Location.name,
            Location.full_name,
            Location.kind,
            Location.parent_id,
        )
    ).all()


def all_people(session: Session) -> Sequence[Any]:
    return session.execute(
        select(
            Person.id,
            Person.number,
            Person.name,
            Person.email,
            Person.username,
            Person.department,
        )
    ).all()


def all_models(session: Session) -> Sequence[Any]:
    return session.execute(
        select(
            AssetModel.id,
            AssetModel.name,
            AssetModel.model_number,
            AssetModel.manufacturer,
            AssetModel.category_id,
        )
    ).all()


def all_categories(session: Session) -> Sequence[Any]:
    return session.execute(select(Category.id, Category.name)).all()


def count_assets(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Asset)) or 0
