"""The frozen population of an audit in the order of its hash, a thousand members at a time."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.sampling.population import order_of
from scanner_app.models import AuditMember
from scanner_app.queries.audits.sampling.members import Member, load_some

CHUNK = 1000


class Population:
    """The members of an audit, in the order of the population's hash.

    Only tags and ids are held: no database sorts texts as the hash does.
    """

    def __init__(self, session: Session, audit_id: int) -> None:
        self._session = session
        self._audit_id = audit_id
        rows = session.execute(
            select(AuditMember.asset_tag, AuditMember.asset_id).where(
                AuditMember.audit_id == audit_id, AuditMember.is_expected
            )
        )
        tags = sorted((order_of(tag), asset_id) for tag, asset_id in rows)
        self._ids = [asset_id for _tag, asset_id in tags]

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[Member]:
        for start in range(0, len(self._ids), CHUNK):
            wanted = self._ids[start : start + CHUNK]
            found = {one.asset_id: one for one in load_some(self._session, self._audit_id, wanted)}
            yield from (found[asset_id] for asset_id in wanted)
