"""Keep what a device has installed, as monitoring reports it whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from scanner_app.domain.errors import Invalid
from scanner_app.domain.licences.metrics import MAX_CORES, MAX_PRODUCT, product_key
from scanner_app.domain.text import is_storable
from scanner_app.models import DeviceSoftware

MAX_PRODUCTS = 2000


@dataclass(frozen=True, slots=True)
class Installed:
    """One product that a device has."""

    name: str
    publisher: str = ""
    version: str = ""
    cores: int | None = None
    last_used_on: date | None = None


def record_software(
    session: Session, *, asset_id: int, products: Sequence[Installed], source: str, today: date
) -> tuple[int, int]:
    """Keep all that a device has; what it no longer has is gone. Return how many came and went.

    :raises Invalid: a name or a number cannot be used.
    """
    wanted: dict[str, Installed] = {}
    for index, one in enumerate(products[: MAX_PRODUCTS + 1]):
        texts = (one.name, one.publisher, one.version)
        bad = not product_key(one.name) or any(
            len(text) > MAX_PRODUCT or not is_storable(text) for text in texts
        )
        if bad or (one.cores is not None and not 1 <= one.cores <= MAX_CORES):
            problem = f"Use 1 to {MAX_PRODUCT} characters, and up to {MAX_CORES:,} cores."
            raise Invalid(
                "Some products cannot be used. Nothing was kept.",
                errors={f"items.{index}": [problem]},
            )
        wanted[product_key(one.name)] = one
    if len(products) > MAX_PRODUCTS:
        raise Invalid(f"Report at most {MAX_PRODUCTS:,} products of a device.")
    rows = session.scalars(select(DeviceSoftware).where(DeviceSoftware.asset_id == asset_id)).all()
    known = {row.product_key: row for row in rows}
    gone = known.keys() - wanted.keys()
    if gone:
        session.execute(
            delete(DeviceSoftware).where(DeviceSoftware.id.in_(known[k].id for k in gone))
        )
    for key, one in wanted.items():
        row = known.get(key)
        if row is None:
            row = DeviceSoftware(asset_id=asset_id, product_key=key, first_seen_on=today)
            session.add(row)
        row.name, row.publisher, row.version = one.name, one.publisher, one.version
        row.cores, row.source = one.cores, source
        row.last_seen_on = max(today, row.last_seen_on or today)
        used = [day for day in (row.last_used_on, one.last_used_on) if day is not None]
        row.last_used_on = max(used, default=None)
    session.flush()
    return len(wanted.keys() - known.keys()), len(gone)
