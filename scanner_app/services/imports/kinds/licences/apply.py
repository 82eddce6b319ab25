"""Writes planned licences: as the form of a licence does, with the seats that rows name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from scanner_app.domain.errors import Conflict
from scanner_app.domain.imports.kind import CATEGORIES, PEOPLE
from scanner_app.domain.imports.runs import RunNotes, Verdict
from scanner_app.domain.licences.metrics import Metric
from scanner_app.domain.register.change_kinds import ChangeKind
from scanner_app.models import Asset, ImportRun
from scanner_app.queries.imports.licences_snapshot import LicenceNow, list_licences_now
from scanner_app.queries.imports.runs import stream_planned
from scanner_app.services.imports.kinds.assets.apply import add_categories
from scanner_app.services.imports.kinds.author import ImportAuthor, author_of
from scanner_app.services.imports.kinds.people.apply import add_people
from scanner_app.services.imports.life import register_moved_error
from scanner_app.services.imports.row import Progress
from scanner_app.services.licences.fields import LicenceFields
from scanner_app.services.licences.seats import give_seat
from scanner_app.services.licences.write import add_licence, change_licence
from scanner_app.services.register.plan import AssetChange
from scanner_app.services.register.write import change_assets

_DAYS = ("starts_on", "ends_on", "maintained_until", "termination_on", "purchase_date")
# What the asset of a licence has, beside what the licence itself has.
_OF_ASSET = (
    "supplier", "order_number", "purchase_date", "purchase_cost_cents", "notes", "custom",
    "category_id",
)  # fmt: skip


def apply_licences(session: Session, run: ImportRun, *, now: datetime, progress: Progress) -> None:
    """Write a run's planned licences and seats.

    :raises Conflict: a licence was changed since the check, or has no free seat any more.
    """
    to_make = RunNotes.from_json(run.headers).to_make
    people = add_people(session, to_make.get(PEOPLE.name, {}), now=now)
    categories = add_categories(session, to_make.get(CATEGORIES.name, {}))
    author = author_of(run)
    added: dict[tuple[str, ...], int] = {}
    for done, row in enumerate(_stream(session, run.id), 1):
        asset_id = _write_licence(session, row, added, categories, author=author, now=now)
        if seat := row.detail.get("seat"):
            _give(session, row, asset_id, seat, people, author=author, now=now)
        progress(done)


def _stream(session: Session, run_id: int) -> Iterator[Row[Any]]:
    """Yield the planned rows, those that add licences first, in the order of the file."""
    for verdict in (Verdict.CREATED, Verdict.CHANGED):
        for chunk in stream_planned(session, run_id, verdict):
            yield from chunk


def _write_licence(
    session: Session,
    row: Row[Any],
    added: dict[tuple[str, ...], int],
    categories: Mapping[str, int],
    *,
    author: ImportAuthor,
    now: datetime,
) -> int:
    """Add or change the licence of a row, and return its id."""
    licence = row.detail["licence"]
    values = _values(row, categories)
    if not isinstance(licence, int):
        key = tuple(licence)
        if key not in added:
            record = {name: values[name] for name in _OF_ASSET if name in values}
            added[key] = add_licence(
                session, fields=_fields(None, values), record=record, actor=author, now=now,
                kind=ChangeKind.IMPORTED,
            )  # fmt: skip
        return added[key]
    if values:
        now_is = _refuse_moved(session, row, licence)
        change_licence(
            session, asset_tag=now_is.asset_tag, fields=_fields(now_is, values),
            accept_overuse=False, actor=author, now=now, kind=ChangeKind.IMPORTED,
        )  # fmt: skip
        of_asset = {name: values[name] for name in _OF_ASSET if name in values}
        if of_asset:
            change_assets(
                session,
                changes=[AssetChange(licence, of_asset)],
                kind=ChangeKind.IMPORTED,
                actor=author.key,
                now=now,
            )
    return licence


def _values(row: Row[Any], categories: Mapping[str, int]) -> dict[str, Any]:
    """Return a planned row's values as the columns hold them."""
    values = dict(row.detail.get("values", {}))
    for name in _DAYS:
        if values.get(name) is not None:
            values[name] = date.fromisoformat(values[name])
    if key := row.detail.get("refs", {}).get("category_id"):
        values["category_id"] = categories[key]
    return values


def _fields(before: LicenceNow | None, values: Mapping[str, Any]) -> LicenceFields:
    """Return all that the form of a licence sends: what the row does not name stays."""

    def pick(name: str, default: Any) -> Any:
        kept = getattr(before, name) if before is not None else default
        return values.get(name, kept)

    return LicenceFields(
        product=pick("product", ""),
        key_hint=values.get("key_hint"),
        metric=Metric(pick("metric", Metric.USER)),
        seats=pick("seats", 0),
        min_free=pick("min_free", 0),
        min_cores=pick("min_cores", 0),
        starts_on=pick("starts_on", None),
        ends_on=pick("ends_on", None),
        maintained_until=pick("maintained_until", None),
        termination_on=pick("termination_on", None),
        reassignable=pick("reassignable", True),
        allows_overuse=pick("allows_overuse", False),
        unit_price_cents=pick("unit_price_cents", None),
        currency=pick("currency", None),
    )


def _refuse_moved(session: Session, row: Row[Any], licence_id: int) -> LicenceNow:
    found = list_licences_now(session, [licence_id])
    was: Mapping[str, Any] = row.detail.get("was", {})
    if not found or any(_json(getattr(found[0], n)) != value for n, value in was.items()):
        raise register_moved_error(f"{row.label} was changed")
    return found[0]


def _json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _give(
    session: Session,
    row: Row[Any],
    asset_id: int,
    seat: Mapping[str, Any],
    people: Mapping[str, int],
    *,
    author: ImportAuthor,
    now: datetime,
) -> None:
    [(column, found)] = seat.items()
    holder = ("person_id", people[found]) if column == "new_person" else (column, int(found))
    tag = session.get_one(Asset, asset_id).asset_tag
    try:
        give_seat(session, asset_tag=tag, holder=holder, actor=author, now=now)
    except Conflict as error:
        raise register_moved_error(f"{row.label}: {error.message}") from error
