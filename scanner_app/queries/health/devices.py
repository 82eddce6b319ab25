"""Lists of devices by how they do, and of the vulnerabilities that may touch them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from scanner_app.domain.health.exploited import SYSTEMS, Exploited, Vulnerability
from scanner_app.domain.health.releases import has_ended
from scanner_app.domain.health.states import DeviceState
from scanner_app.domain.policies.gates import CheckState, SubjectKind
from scanner_app.models import (
    Asset,
    AssetModel,
    DeviceHealth,
    DeviceSoftware,
    Policy,
    PolicyResult,
)
from scanner_app.models import Vulnerability as VulnerabilityTable
from scanner_app.queries.health.overview import SILENT_AFTER, SOON
from scanner_app.queries.paging import Cursor, Page, read_cursor, write_cursor

# As many as one maintenance is opened for at once.
MAX_CHOSEN = 1000


@dataclass(frozen=True, slots=True)
class DeviceFilter:
    """Which devices a list shows.

    :param cve: a vulnerability that may touch them.
    :param policy: the code of a policy that does not hold for them, or cannot be told.
    """

    state: DeviceState | None = None
    product: str = ""
    cycle: str | None = None
    system: str = ""
    cve: str = ""
    policy: str = ""


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """One device as lists show it."""

    id: int
    asset_tag: str
    name: str
    model: str | None
    system: str
    version: str
    title: str
    is_sure: bool
    ends_on: date | None
    is_ended: bool
    model_title: str
    model_ends_on: date | None
    model_is_ended: bool
    last_seen_at: datetime | None
    unpatched: int
    possible: int

    def is_unsupported(self, today: date) -> bool:
        """Return whether support of what it runs, or of its model, is over."""
        return has_ended(self.ends_on, is_ended=self.is_ended, today=today) or has_ended(
            self.model_ends_on, is_ended=self.model_is_ended, today=today
        )


@dataclass(frozen=True, slots=True)
class VulnerabilityRow:
    """One entry of the catalogue, and how many devices it may touch."""

    cve: str
    vendor: str
    product: str
    title: str
    added_on: date
    due_on: date | None
    ransomware: bool
    unpatched: int
    possible: int


_SELECT: Select[*tuple[Any, ...]] = (
    select(
        Asset.id, Asset.asset_tag, Asset.name, AssetModel.name, DeviceHealth.system,
        DeviceHealth.version, DeviceHealth.title, DeviceHealth.is_sure, DeviceHealth.ends_on,
        DeviceHealth.is_ended, DeviceHealth.model_title, DeviceHealth.model_ends_on,
        DeviceHealth.model_is_ended, DeviceHealth.last_seen_at, DeviceHealth.unpatched,
        DeviceHealth.possible,
    )
    .select_from(DeviceHealth)
    .join(Asset, Asset.id == DeviceHealth.asset_id)
    .outerjoin(AssetModel, AssetModel.id == Asset.model_id)
)  # fmt: skip


def list_devices(
    session: Session,
    wanted: DeviceFilter,
    *,
    now: datetime,
    today: date,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[DeviceRow]:
    """Return a page of devices in the order in which they were registered.

    :raises Invalid: the cursor is not known.
    """
    after = read_cursor(cursor, sort="device")
    statement = _SELECT.where(*_conditions(session, wanted, now=now, today=today))
    if after is not None:
        statement = statement.where(DeviceHealth.asset_id > after.id)
    found = session.execute(statement.order_by(DeviceHealth.asset_id).limit(limit + 1)).all()
    rows = [DeviceRow(*row) for row in found[:limit]]
    following = None
    if len(found) > limit:
        following = write_cursor(Cursor("device", "", rows[-1].id))
    return Page(rows, following)


def list_ids(session: Session, wanted: DeviceFilter, *, now: datetime, today: date) -> list[int]:
    """Return the ids of the devices of a list, at most `MAX_CHOSEN` and one more."""
    return list(
        session.scalars(
            select(DeviceHealth.asset_id)
            .where(*_conditions(session, wanted, now=now, today=today))
            .order_by(DeviceHealth.asset_id)
            .limit(MAX_CHOSEN + 1)
        )
    )


def get_health(session: Session, asset_id: int) -> DeviceRow | None:
    """Return what is kept of one device; None if nothing is known of it."""
    row = session.execute(_SELECT.where(DeviceHealth.asset_id == asset_id)).one_or_none()
    return None if row is None else DeviceRow(*row)


def list_vulnerabilities(
    session: Session,
    *,
    query: str = "",
    everything: bool = False,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[VulnerabilityRow]:
    """Return a page of the catalogue, the newest first.

    :param everything: those too that touch no device.
    :raises Invalid: the cursor is not known.
    """  # fmt: skip
    table = VulnerabilityTable
    after = read_cursor(cursor, sort="added")
    statement: Select[*tuple[Any, ...]] = select(
        table.cve, table.vendor, table.product, table.title, table.added_on, table.due_on,
        table.ransomware, table.unpatched, table.possible, table.id,
    )  # fmt: skip
    if not everything:
        statement = statement.where(table.unpatched + table.possible > 0)
    for word in query.casefold().split():
        name = func.lower(table.cve + " " + table.vendor + " " + table.product + " " + table.title)
        statement = statement.where(name.contains(word, autoescape=True))
    if after is not None:
        day = date.fromisoformat(str(after.key))
        behind = (table.added_on == day) & (table.id < after.id)
        statement = statement.where(or_(table.added_on < day, behind))
    ordered = statement.order_by(table.added_on.desc(), table.id.desc()).limit(limit + 1)
    found = session.execute(ordered).all()
    rows = [VulnerabilityRow(*row[:-1]) for row in found[:limit]]
    following = None
    if len(found) > limit:
        last = found[limit - 1]
        following = write_cursor(Cursor("added", last.added_on.isoformat(), last.id))
    return Page(rows, following)


def _conditions(
    session: Session, wanted: DeviceFilter, *, now: datetime, today: date
) -> Sequence[ColumnElement[bool]]:
    table = DeviceHealth
    known: Mapping[DeviceState, ColumnElement[bool]] = dict(
        zip(
            DeviceState,
            (
                or_(_is_over(table.ends_on, table.is_ended, today),
                    _is_over(table.model_ends_on, table.model_is_ended, today)),
                or_(table.ends_on.between(today, today + SOON),
                    table.model_ends_on.between(today, today + SOON)),
                table.unpatched > 0,
                table.possible > 0,
                table.last_seen_at < now - SILENT_AFTER,
                (table.product == "") & (table.system > ""),
            ),
            strict=True,
        )
    )  # fmt: skip
    conditions = [known[wanted.state]] if wanted.state else []
    if wanted.product:
        conditions.append(table.product == wanted.product)
        if wanted.cycle is not None:
            conditions.append(table.cycle == wanted.cycle)
    if wanted.system:
        conditions.append(table.system == wanted.system)
    if wanted.cve:
        conditions.append(_may_touch(session, wanted.cve))
    if wanted.policy:
        failing = select(PolicyResult.subject_id).where(
            PolicyResult.policy_id.in_(select(Policy.id).where(Policy.code == wanted.policy)),
            PolicyResult.subject_kind == SubjectKind.ASSET,
            PolicyResult.state.in_((CheckState.FAIL, CheckState.UNKNOWN)),
        )
        conditions.append(table.asset_id.in_(failing))
    return conditions


def _is_over(ends_on: Any, is_ended: Any, today: date) -> ColumnElement[bool]:
    over: ColumnElement[bool] = or_(ends_on < today, ends_on.is_(None) & is_ended)
    return over


def _may_touch(session: Session, cve: str) -> ColumnElement[bool]:
    """Return the condition of what a vulnerability names: its system, or what is installed."""
    row = session.execute(
        select(
            VulnerabilityTable.cve, VulnerabilityTable.vendor, VulnerabilityTable.product,
            VulnerabilityTable.title, VulnerabilityTable.added_on,
        ).where(VulnerabilityTable.cve == cve)
    ).one_or_none()  # fmt: skip
    lookup = Exploited([] if row is None else [Vulnerability(*row)])
    products = [one.product for one in SYSTEMS.values() if lookup.find(one.name, one.vendor)]
    keys = {
        key
        for key, name, publisher in session.execute(
            select(DeviceSoftware.product_key, DeviceSoftware.name, DeviceSoftware.publisher)
            .distinct()
        )
        if lookup.find(name, publisher)
    }  # fmt: skip
    installed = select(DeviceSoftware.asset_id).where(DeviceSoftware.product_key.in_(sorted(keys)))
    return or_(DeviceHealth.product.in_(products), DeviceHealth.asset_id.in_(installed))
