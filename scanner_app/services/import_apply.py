"""Writes a checked import in the one transaction it is given: all of it, or none.

What the dry run planned is what is written. Where the register moved since (another value than
the plan saw, a tag taken meanwhile), nothing is: the plan is checked again instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, insert, select
from sqlalchemy.orm import Session

from scanner_app.domain.import_columns import ImportKind
from scanner_app.domain.lifecycle import Stage
from scanner_app.domain.register.change_kinds import ChangeKind
from scanner_app.models import Asset, AssetModel, Category, ImportRun
from scanner_app.queries import imports as queries
from scanner_app.services.import_assets import raw
from scanner_app.services.import_people_apply import apply_people, make_people
from scanner_app.services.import_places_apply import apply_places, make_places
from scanner_app.services.imports import Claim, moved, renew_lease
from scanner_app.services.register import write
from scanner_app.services.register.plan import AssetChange, AssetDraft
from scanner_app.services.register.search_index import merge_search_index

Progress = Callable[[int], None]
# So many assets leave enough beside the search index to be felt.
WORTH_MERGING = 1000
_DATES = ("purchase_date", "eol_date")


def apply_run(session: Session, claim: Claim, *, now: datetime, progress: Progress) -> None:
    """Write everything a checked run planned, and mark it applied.

    :raises LeaseLost: another worker has the run.
    :raises Conflict: the register moved since the check.
    """
    renew_lease(session, claim, now=now)
    run = session.get_one(ImportRun, claim.run_id, populate_existing=True)
    if run.kind == ImportKind.ASSETS:
        _apply_assets(session, run, actor=run.actor, now=now, progress=progress)
    elif run.kind == ImportKind.LOCATIONS:
        apply_places(session, run, now=now, progress=progress)
    else:
        apply_people(session, run, now=now, progress=progress)
    run.state = "applied"
    run.applied_at = now
    run.rows_done = run.created_count + run.changed_count
    run.lease_until = None


def _apply_assets(
    session: Session, run: ImportRun, *, actor: str, now: datetime, progress: Progress
) -> None:
    to_make: Mapping[str, Mapping[str, Sequence[str]]] = run.headers.get("to_make", {})
    ids: dict[str, dict[str, int]] = {
        "category_id": _make_categories(session, to_make),
        "model_id": _make_models(session, to_make.get("models", {})),
        "location_id": make_places(session, to_make.get("places", {}), now=now),
        "custodian_id": make_people(session, to_make.get("people", {}), now=now),
    }
    ids["home_location_id"] = ids["location_id"]
    done = 0
    for chunk in queries.stream_planned(session, run.id, "created"):
        write.create_assets(
            session,
            drafts=[
                AssetDraft(fields=_fields(row, ids), identifiers=_identifiers(row)) for row in chunk
            ],
            kind=ChangeKind.IMPORTED,
            actor=actor,
            now=now,
        )
        done += len(chunk)
        progress(done)
    for chunk in queries.stream_planned(session, run.id, "changed"):
        _refuse_moved(session, chunk)
        write.change_assets(
            session,
            changes=[
                AssetChange(
                    asset_id=row.detail["id"],
                    fields=_fields(row, ids),
                    add_identifiers=_identifiers(row),
                )
                for row in chunk
            ],
            kind=ChangeKind.IMPORTED,
            actor=actor,
            now=now,
        )
        done += len(chunk)
        progress(done)
    if done >= WORTH_MERGING:
        merge_search_index(session)


def _fields(row: Row[Any], ids: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    """Give a planned row's values as the columns hold them."""
    fields = dict(row.detail.get("values", {}))
    for name, key in row.detail.get("refs", {}).items():
        fields[name] = ids[name][key]
    for name in _DATES:
        if fields.get(name) is not None:
            fields[name] = date.fromisoformat(fields[name])
    if "status" in fields:
        fields["status"] = Stage(fields["status"])
    return fields


def _identifiers(row: Row[Any]) -> list[tuple[str, str]]:
    return [(scheme, value) for scheme, value in row.detail.get("identifiers", ())]


def _refuse_moved(session: Session, chunk: Sequence[Row[Any]]) -> None:
    ids = [row.detail["id"] for row in chunk]
    # Locked before they are compared, in the order in which every other writer locks them.
    session.execute(select(Asset.id).where(Asset.id.in_(ids)).order_by(Asset.id).with_for_update())
    current = queries.assets_by_id(session, ids)
    for row in chunk:
        now = current.get(row.detail["id"])
        was = row.detail["was"]
        if now is None or any(raw(now, name) != value for name, value in was.items()):
            raise moved(f"{row.label} is not as it was")


def _make_categories(
    session: Session, to_make: Mapping[str, Mapping[str, Sequence[str]]]
) -> dict[str, int]:
    """Make the categories that are missing, and give the id of each key."""
    wanted = {key: spec[0] for key, spec in to_make.get("categories", {}).items()}
    known = _known_categories(session)
    missing = [name for name in wanted.values() if name not in known]
    if missing:
        session.execute(insert(Category), [{"name": name} for name in missing])
        known = _known_categories(session)
    return {key: known[name] for key, name in wanted.items()}


def _make_models(session: Session, wanted: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Make the models that are missing, and give the id of each key."""
    if not wanted:
        return {}
    known = {
        (row.name, row.model_number, row.manufacturer): row.id
        for row in queries.all_models(session)
    }
    categories = {row.name.casefold(): row.id for row in queries.all_categories(session)}
    missing = [spec for spec in wanted.values() if tuple(spec[:3]) not in known]
    if missing:
        session.execute(
            insert(AssetModel),
            [
                {
                    "name": name,
                    "model_number": number,
                    "manufacturer": maker,
                    "category_id": categories.get(category.casefold()),
                }
                for name, number, maker, category in missing
            ],
        )
        known = _known_models(session)
    return {key: known[spec[0], spec[1], spec[2]] for key, spec in wanted.items()}


def _known_categories(session: Session) -> dict[str, int]:
    return {row.name: row.id for row in queries.all_categories(session)}


def _known_models(session: Session) -> dict[tuple[str, str, str], int]:
    return {
        (row.name, row.model_number, row.manufacturer): row.id
        for row in queries.all_models(session)
    }
