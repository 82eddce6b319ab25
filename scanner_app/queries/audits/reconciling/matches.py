"""Unknown labels of an audit that somebody has matched with an asset.

A scan of such a label holds no asset and never will: the log is not changed. Anyone who reads the
sightings of an audit joins the matches here.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVarTuple

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from scanner_app.models import Act, Asset, AuditMatch, AuditMember, Scan

Rows = TypeVarTuple("Rows")
# The asset that a scan of an audit is a sighting of, in a select with `join_matches`.
seen_asset_id = func.coalesce(Scan.asset_id, AuditMatch.asset_id)


def join_matches(statement: Select[*Rows]) -> Select[*Rows]:
    """Return a select over scans with the matches of their audits joined."""
    return statement.outerjoin(
        AuditMatch,
        and_(
            Scan.asset_id.is_(None),
            AuditMatch.audit_id == Scan.audit_id,
            AuditMatch.code_key == Scan.code_key,
        ),
    )


def has_matches(session: Session, audit_id: int) -> bool:
    """Return whether any label of an audit is matched."""
    wanted = select(AuditMatch.id).where(AuditMatch.audit_id == audit_id).limit(1)
    return session.scalar(wanted) is not None


def find_matched(session: Session, audit_id: int, keys: Collection[str]) -> dict[str, int]:
    """Return the assets that labels are matched with, by the keys of their codes."""
    rows = session.execute(
        select(AuditMatch.code_key, AuditMatch.asset_id).where(
            AuditMatch.audit_id == audit_id, AuditMatch.code_key.in_(sorted(set(keys)))
        )
    )
    return {key: asset_id for key, asset_id in rows}  # noqa: C416 - rows are no pairs


def list_matched_keys(session: Session, audit_id: int, asset_ids: Collection[int]) -> list[str]:
    """Return the keys of the labels that are matched with assets."""
    return list(
        session.scalars(
            select(AuditMatch.code_key).where(
                AuditMatch.audit_id == audit_id, AuditMatch.asset_id.in_(sorted(set(asset_ids)))
            )
        )
    )


@dataclass(frozen=True, slots=True)
class MatchRow:
    """One match in words. The tag is that of the freeze; `asset_tag_now` leads to its page.

    :param becomes_code: closing makes the label a code of the asset.
    """

    id: int
    code: str
    code_key: str
    becomes_code: bool
    asset_id: int
    asset_tag: str
    asset_tag_now: str
    asset_name: str
    by: str
    at: datetime
    note: str | None


def list_matches(
    session: Session, audit_id: int, *, after_id: int | None = None, limit: int | None = None
) -> list[MatchRow]:
    """Return the matches of an audit, in the order in which they were made."""
    is_member = and_(
        AuditMember.audit_id == AuditMatch.audit_id, AuditMember.asset_id == AuditMatch.asset_id
    )
    statement = (
        select(
            AuditMatch.id,
            AuditMatch.code,
            AuditMatch.code_key,
            AuditMatch.becomes_code,
            AuditMatch.asset_id,
            func.coalesce(AuditMember.asset_tag, Asset.asset_tag),
            Asset.asset_tag,
            func.coalesce(AuditMember.name, Asset.name),
            Act.actor_name,
            Act.at,
            Act.text,
        )
        .join(Asset, Asset.id == AuditMatch.asset_id)
        .join(Act, Act.id == AuditMatch.act_id)
        .outerjoin(AuditMember, is_member)
        .where(AuditMatch.audit_id == audit_id)
        .order_by(AuditMatch.id)
    )
    if after_id is not None:
        statement = statement.where(AuditMatch.id > after_id)
    if limit is not None:
        statement = statement.limit(limit)
    return [MatchRow(*row) for row in session.execute(statement)]
