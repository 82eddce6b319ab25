"""Which assets a contract covers, from which day to which."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.contracts.events import ContractStep
from scanner_app.domain.contracts.states import CONTRACT_KINDS, RUNNING_STATES
from scanner_app.domain.contracts.terms import Span
from scanner_app.domain.errors import Invalid, NotFound
from scanner_app.models import Asset, Contract, ContractAsset
from scanner_app.queries.register.assets import find_asset_id
from scanner_app.services.contracts.write import find_first_id, find_newest, note

MAX_AT_ONCE = 1000


def cover(
    session: Session,
    *,
    number: str,
    asset_tags: Sequence[str],
    from_on: date | None,
    until_on: date | None,
    actor: Actor,
    now: datetime,
) -> list[str]:
    """Cover assets, and return what else covers them at the same time: a sentence for each.

    :param from_on: None: from the first day of the newest term.
    :raises NotFound: an asset or the contract does not exist; nothing is covered.
    :raises Invalid: there are no assets, too many, or the days do not follow each other.
    """
    tags = list(dict.fromkeys(tag.strip() for tag in asset_tags if tag.strip()))
    if not 1 <= len(tags) <= MAX_AT_ONCE:
        problem = f"Name 1 to {MAX_AT_ONCE:,} assets."
        raise Invalid(problem, errors={"assets": [problem]})
    row = find_newest(session, number)
    first_id = find_first_id(session, number)
    start = from_on or row.starts_on
    if until_on is not None and until_on < start:
        problem = "This is before the first day."
        raise Invalid(problem, errors={"until_on": [problem]})
    span = Span(start, until_on)
    ids = {tag: find_asset_id(session, tag) for tag in tags}
    covered = _find_covered(session, first_id, list(ids.values()), span)
    fresh = {tag: id_ for tag, id_ in ids.items() if id_ not in covered}
    session.add_all(
        ContractAsset(
            contract_id=first_id,
            asset_id=id_,
            from_on=start,
            until_on=until_on,
            added_at=now,
            actor_name=actor.name,
        )
        for id_ in fresh.values()
    )
    session.flush()
    if fresh:
        said = {"assets": ["", ", ".join(fresh)[:MAX_AT_ONCE]]}
        note(session, row.id, ContractStep.COVERED, actor=actor, now=now, changes=said)
    return [] if not fresh else _list_overlaps(session, row, list(fresh.values()), span)


def uncover(
    session: Session, *, number: str, asset_tag: str, actor: Actor, now: datetime, today: date
) -> None:
    """End the coverage of an asset yesterday; what was to begin today or later never was.

    :raises NotFound: the contract does not cover it.
    """
    row = find_newest(session, number)
    of = (
        ContractAsset.contract_id == find_first_id(session, number),
        ContractAsset.asset_id == find_asset_id(session, asset_tag),
        or_(ContractAsset.until_on.is_(None), ContractAsset.until_on >= today),
    )
    found = session.scalars(select(ContractAsset).where(*of).with_for_update()).all()
    if not found:
        raise NotFound(f"{number} does not cover {asset_tag[:64]!r}.")
    session.execute(delete(ContractAsset).where(*of, ContractAsset.from_on >= today))
    for one in found:
        if one.from_on < today:
            one.until_on = today - timedelta(days=1)
    session.flush()
    said = {"assets": [asset_tag, ""]}
    note(session, row.id, ContractStep.UNCOVERED, actor=actor, now=now, changes=said)


def end_coverage(session: Session, *, asset_ids: Sequence[int], today: date) -> int:
    """End what covers assets that are gone, and return how many spans ended."""
    standing = or_(ContractAsset.until_on.is_(None), ContractAsset.until_on > today)
    rows = session.scalars(
        select(ContractAsset).where(ContractAsset.asset_id.in_(asset_ids), standing)
    ).all()
    for one in rows:
        one.until_on = max(today, one.from_on)
    session.flush()
    return len(rows)


def _find_covered(
    session: Session, first_id: int, asset_ids: Sequence[int], span: Span
) -> set[int]:
    rows = session.execute(
        select(ContractAsset.asset_id, ContractAsset.from_on, ContractAsset.until_on).where(
            ContractAsset.contract_id == first_id, ContractAsset.asset_id.in_(asset_ids)
        )
    )
    return {id_ for id_, start, end in rows if Span(start, end).meets(span)}


def _list_overlaps(
    session: Session, row: Contract, asset_ids: Sequence[int], span: Span
) -> list[str]:
    """Return a sentence for each other contract of the kind that covers one of the assets too."""
    rows = session.execute(
        select(
            Asset.asset_tag,
            Contract.number,
            ContractAsset.from_on,
            ContractAsset.until_on,
        )
        .join(Contract, Contract.id == ContractAsset.contract_id)
        .join(Asset, Asset.id == ContractAsset.asset_id)
        .where(
            ContractAsset.asset_id.in_(asset_ids),
            Contract.kind == row.kind,
            Contract.number != row.number,
            Contract.number.in_(select(Contract.number).where(Contract.state.in_(RUNNING_STATES))),
        )
        .order_by(Contract.number, Asset.asset_tag)
    ).all()
    until = row.ends_on if span.ends_on is None else span.ends_on
    said = []
    for tag, number, start, end in rows:
        days = Span(start, end).meets(Span(span.starts_on, until))
        if days:
            kind = CONTRACT_KINDS[row.kind].lower()
            said.append(f"{tag} is covered by {number} too ({kind}), on {days:,} of these days.")
    return said
