"""What a change of the register does, worked out before anything is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from scanner_app.services.register.codes import CHUNK, Code
from scanner_app.services.register.fields import clean_fields, own_codes

_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class AssetDraft:
    """A new asset.

    :param fields: Asset columns by name, ids resolved; `asset_tag` is required, `status` a Stage.
    :param identifiers: further codes as (scheme, canonical value), beside the tag and the serial.
    """

    fields: Mapping[str, Any]
    identifiers: Sequence[Code] = ()


@dataclass(frozen=True, slots=True)
class AssetChange:
    """The change of one asset: the columns to set, the codes it gets, and the codes it loses."""

    asset_id: int
    fields: Mapping[str, Any]
    add_identifiers: Sequence[Code] = ()
    end_identifiers: Sequence[Code] = ()


@dataclass(slots=True)
class ChangePlan:
    """The change of one asset, worked out and not yet written."""

    asset_id: int
    before: Mapping[str, Any]
    after: dict[str, Any]
    at: datetime
    gains: list[Code] = field(default_factory=list)
    losses: list[Code] = field(default_factory=list)

    @property
    def tag(self) -> str:
        tag: str = self.after.get("asset_tag", self.before["asset_tag"])
        return tag


def to_whole_second(now: datetime) -> datetime:
    """Return the second in which a register change takes effect.

    Many devices report whole seconds. A scan in the very second in which its asset was registered
    must not look older than the asset.
    """
    return now.replace(microsecond=0)


def cut_chunks(changes: Sequence[AssetChange]) -> Iterator[list[AssetChange]]:
    """Cut changes into chunks in which no asset occurs twice.

    The second change of an asset builds on what the first one wrote.
    """
    chunk: list[AssetChange] = []
    seen: set[int] = set()
    for change in changes:
        if len(chunk) == CHUNK or change.asset_id in seen:
            yield chunk
            chunk, seen = [], set()
        chunk.append(change)
        seen.add(change.asset_id)
    if chunk:
        yield chunk


def plan_change(
    change: AssetChange, row: Mapping[str, Any], held: set[Code], now: datetime
) -> ChangePlan:
    """Work out what a change does to an asset, whose row and codes are given as they are now."""
    after = {n: value for n, value in clean_fields(change.fields).items() if row[n] != value}
    if "status" in after and "lost_since" not in change.fields and row["lost_since"] is not None:
        after["lost_since"] = None  # whatever it is now, that loss is over
    # Date the change after the newest known event. Otherwise a scan from a phone whose clock runs
    # a few minutes ahead would override this edit.
    moment = to_whole_second(now)
    at = moment if moment > row["state_at"] else row["state_at"] + _TICK
    plan = ChangePlan(change.asset_id, row, after, at)
    before_codes = set(own_codes(row))
    after_codes = own_codes({**row, **after})
    wanted = [*(c for c in after_codes if c not in before_codes), *change.add_identifiers]
    plan.gains = [code for code in dict.fromkeys(wanted) if code not in held]
    ending = [*(c for c in before_codes if c not in after_codes), *change.end_identifiers]
    plan.losses = [
        code
        for code in dict.fromkeys(ending)
        if code in held and code not in wanted and code not in after_codes
    ]
    return plan
