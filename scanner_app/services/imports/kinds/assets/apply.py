"""Writes planned assets: first the records that they need, then new assets, then changed ones.

What the dry run planned is what is written. If the register moved since then (a value differs from
what the plan saw, a tag was taken), nothing is written, and the file has to be checked again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, insert, select
from sqlalchemy.orm import Session

from scanner_app.domain.imports.kind import CATEGORIES, MODELS, PEOPLE, PLACES
from scanner_app.domain.imports.runs import RunNotes, Verdict
from scanner_app.domain.register.change_kinds import ChangeKind
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import Asset, AssetModel, Category, ImportRun
from scanner_app.queries.imports import register_snapshot as queries
from scanner_app.queries.imports.runs import stream_planned
from scanner_app.services.imports.kinds.assets.plan import as_json
from scanner_app.services.imports.kinds.locations.apply import add_locations
from scanner_app.services.imports.kinds.people.apply import add_people
from scanner_app.services.imports.life import register_moved_error
from scanner_app.services.imports.row import Progress
from scanner_app.services.register import write
from scanner_app.services.register.plan import AssetChange, AssetDraft
from scanner_app.services.register.search_index import merge_search_index

# From this many assets on, an unmerged search index makes searches noticeably slower.
WORTH_MERGING = 1000
_DATES = ("purchase_date", "eol_date")


def apply_assets(session: Session, run: ImportRun, *, now: datetime, progress: Progress) -> None:
    """Write a run's planned assets.

    :raises Conflict: an asset was changed since the check, or a code was taken.
    """
    to_make = RunNotes.from_json(run.headers).to_make
    ids: dict[str, dict[str, int]] = {
        # Categories first: new models may belong to one of them.
        "category_id": add_categories(session, to_make.get(CATEGORIES.name, {})),
        "model_id": _add_models(session, to_make.get(MODELS.name, {})),
        "location_id": add_locations(session, to_make.get(PLACES.name, {}), now=now),
        "custodian_id": add_people(session, to_make.get(PEOPLE.name, {}), now=now),
    }
    ids["home_location_id"] = ids["location_id"]
    done = 0
    for chunk in stream_planned(session, run.id, Verdict.CREATED):
        write.create_assets(
            session,
            drafts=[
                AssetDraft(fields=_fields(row, ids), identifiers=_identifiers(row)) for row in chunk
            ],
            kind=ChangeKind.IMPORTED,
            actor=run.actor,
            now=now,
        )
        done += len(chunk)
        progress(done)
    for chunk in stream_planned(session, run.id, Verdict.CHANGED):
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
            actor=run.actor,
            now=now,
        )
        done += len(chunk)
        progress(done)
    if done >= WORTH_MERGING:
        merge_search_index(session)


def _fields(row: Row[Any], ids: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    """Return a planned row's values as the columns hold them."""
    fields = dict(row.detail.get("values", {}))
    for name, key in row.detail.get("refs", {}).items():
        fields[name] = ids[name][key]
    for name in _DATES:
        if fields.get(name) is not None:
            fields[name] = date.fromisoformat(fields[name])
    if fields.get("due_at") is not None:
        fields["due_at"] = datetime.fromisoformat(fields["due_at"])
    if "status" in fields:
        fields["status"] = Stage(fields["status"])
    return fields


def _identifiers(row: Row[Any]) -> list[tuple[str, str]]:
    return [(scheme, value) for scheme, value in row.detail.get("identifiers", ())]


def _refuse_moved(session: Session, chunk: Sequence[Row[Any]]) -> None:
    ids = [row.detail["id"] for row in chunk]
    # Lock before comparing, in the order in which every other writer locks: otherwise a value could
    # change after the comparison, or two writers wait for each other.
    session.execute(select(Asset.id).where(Asset.id.in_(ids)).order_by(Asset.id).with_for_update())
    current = queries.assets_by_id(session, ids)
    for row in chunk:
        now = current.get(row.detail["id"])
        was = row.detail["was"]
        if now is None or any(as_json(now, name) != value for name, value in was.items()):
            raise register_moved_error(f"{row.label} was changed")


def add_categories(session: Session, specs: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Add the categories that are missing, and return the id of each key."""
    wanted = {key: spec[0] for key, spec in specs.items()}
    known = _known_categories(session)
    missing = [name for name in wanted.values() if name not in known]
    if missing:
        session.execute(insert(Category), [{"name": name} for name in missing])
        known = _known_categories(session)
    return {key: known[name] for key, name in wanted.items()}


def _add_models(session: Session, wanted: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Add the models that are missing, and return the id of each key."""
    if not wanted:
        return {}
    known = _known_models(session)
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
