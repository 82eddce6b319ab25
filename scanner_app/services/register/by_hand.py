"""An asset created or changed by hand: words resolved to ids, and the steps that a hand may take.

Import and audit state what is so; a person at a form moves the lifecycle by its table. Giving an
asset to somebody, or taking it back, moves its stage as a check-out and a check-in do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import tag_key
from scanner_app.domain.access.roles import Action, Actor, authorize
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.imports.assets import LEFT_OUT, TARGETS
from scanner_app.domain.imports.kind import header_key
from scanner_app.domain.register.change_kinds import ChangeKind
from scanner_app.domain.register.lifecycle import ENDED, LABELS, STEPS, Stage, can_step
from scanner_app.models import Asset, AssetModel, Identifier, Location, Person
from scanner_app.queries.register.assets import find_asset_id
from scanner_app.queries.scanning.codes import CodeIndex, custodian_values, place_values
from scanner_app.services.register.codes import ASSET_SCHEMES, Code, clean_codes, refuse_secrets
from scanner_app.services.register.model_names import find_or_make_category, find_or_make_model
from scanner_app.services.register.plan import AssetChange, AssetDraft
from scanner_app.services.register.write import change_assets, create_assets

PLAIN = (
    "asset_tag", "name", "serial_number", "purchase_date", "purchase_cost_cents", "currency",
    "supplier", "order_number", "warranty_months", "eol_date", "notes",
)  # fmt: skip
MOST_CUSTOM = 100
# Stages in which nobody holds an asset: setting one by hand ends the custody too.
UNHELD = ENDED | {Stage.IN_STOCK}
_TAKEN_NAMES = frozenset(name for target in TARGETS for name in target.names) | LEFT_OUT


@dataclass(frozen=True, slots=True)
class _Current:
    """What an edit needs to know of an asset; of a new one, what it starts with."""

    status: Stage = Stage.IN_STOCK
    custodian_id: int | None = None
    model_id: int | None = None
    category_id: int | None = None
    custom: Mapping[str, Any] | None = None


def create_asset(
    session: Session, *, values: Mapping[str, Any], actor: Actor, now: datetime
) -> int:
    """Create an asset by hand and give its id.

    :param values: fields by the names of the contract, `purchase_cost_cents` in hundredths;
        `identifiers` are (scheme, value); place, home and custodian as a person names them.
    :raises Invalid: a value cannot be taken, or names nothing.
    :raises Conflict: the tag or another code is taken.
    """
    refuse_secrets(values)
    fields = _resolve(session, values, _Current(), actor, now)
    codes = [
        code
        for code in clean_codes(values.get("identifiers") or (), ASSET_SCHEMES)
        if code != ("tag", tag_key(values.get("asset_tag") or ""))
    ]
    [asset_id] = create_assets(
        session,
        drafts=[AssetDraft(fields, codes)],
        kind=ChangeKind.CREATED,
        actor=actor.key,
        now=now,
    )
    return asset_id


def edit_asset(
    session: Session, *, asset_tag: str, values: Mapping[str, Any], actor: Actor, now: datetime
) -> int:
    """Change an asset by hand and give its id; what the values leave out stays.

    :param values: as for `create_asset`; `identifiers` are all its further codes, `custom` is
        merged, where None takes a field away.
    :raises NotFound: no asset has this tag.
    :raises Invalid: a value cannot be taken, or names nothing.
    :raises Conflict: a code is taken, or the lifecycle has no such step.
    :raises NotAllowed: the custodian changes and the actor may not change custody.
    """
    refuse_secrets(values)
    asset_id = find_asset_id(session, asset_tag)
    # Locked now: the step is judged by the state that it starts from.
    row = session.execute(
        select(
            Asset.asset_tag,
            Asset.status,
            Asset.custodian_id,
            Asset.model_id,
            Asset.category_id,
            Asset.custom,
        )
        .where(Asset.id == asset_id)
        .with_for_update()
    ).one()
    current = _Current(
        row.status, row.custodian_id, row.model_id, row.category_id, row.custom or {}
    )
    if "status" in values and not can_step(current.status, values["status"]):
        raise _no_such_step(row.asset_tag, current.status, values["status"])
    fields = _resolve(session, values, current, actor, now)
    gains: list[Code] = []
    losses: list[Code] = []
    if values.get("identifiers") is not None:
        gains = clean_codes(values["identifiers"], ASSET_SCHEMES)
        held = session.execute(
            select(Identifier.scheme, Identifier.value).where(
                Identifier.asset_id == asset_id, Identifier.ended_at.is_(None)
            )
        )
        losses = [(scheme, value) for scheme, value in held if (scheme, value) not in gains]
        # The list may have been read before the tag was changed in this same edit.
        own = ("tag", tag_key(row.asset_tag))
        if "asset_tag" in fields and tag_key(fields["asset_tag"]) != own[1]:
            gains = [code for code in gains if code != own]
    change = AssetChange(asset_id, fields, add_identifiers=gains, end_identifiers=losses)
    change_assets(session, changes=[change], kind=ChangeKind.EDITED, actor=actor.key, now=now)
    return asset_id


def _no_such_step(tag: str, current: Stage, wanted: Stage) -> Conflict:
    steps = ", ".join(LABELS[stage].lower() for stage in Stage if stage in STEPS[current])
    return Conflict(
        f"{tag} is {LABELS[current].lower()} and cannot become {LABELS[wanted].lower()} by hand. "
        + (f"From here it can become: {steps}." if steps else "That is the end of its life."),
        code="no_such_step",
    )


# -- words to ids ------------------------------------------------------------------------------


def _resolve(
    session: Session,
    values: Mapping[str, Any],
    current: _Current,
    actor: Actor,
    now: datetime,
) -> dict[str, Any]:
    fields = {name: values[name] for name in PLAIN if name in values}
    errors: dict[str, list[str]] = {}
    for name in ("location", "home_location"):
        if name in values:
            fields[f"{name}_id"] = _find_place(session, name, values[name], now, errors)
    if "custodian" in values:
        fields["custodian_id"] = _find_person(session, values["custodian"], now, errors)
    if "custom" in values:
        fields["custom"] = _merge_custom(current.custom or {}, values["custom"] or {}, errors)
    if errors:
        raise Invalid("Some fields cannot be taken.", errors=errors)
    _resolve_kind(session, values, current, fields)
    _settle_state(values, current, fields)
    if fields.get("custodian_id", current.custodian_id) != current.custodian_id:
        authorize(actor, Action.CHANGE_CUSTODY)
    return fields


def _find_place(
    session: Session, name: str, text: str | None, now: datetime, errors: dict[str, list[str]]
) -> int | None:
    if not text or not text.strip():
        return None
    meaning = CodeIndex(session.connection(), place_values(text)).find_place(
        place_values(text), now
    )
    if meaning.kind != "location" or meaning.id is None:
        errors[name] = [f"No place has the code {text[:64]!r}."]
        return None
    if not session.scalar(select(Location.is_active).where(Location.id == meaning.id)):
        errors[name] = [f"The place {text[:64]!r} is no longer in use."]
    return meaning.id


def _find_person(
    session: Session, text: str | None, now: datetime, errors: dict[str, list[str]]
) -> int | None:
    if not text or not text.strip():
        return None
    values = custodian_values(text)
    meaning = CodeIndex(session.connection(), values).find_custodian(values, now)
    if meaning.kind == "ambiguous":
        errors["custodian"] = [f"{text[:64]!r} means more than one person. Give the number."]
    elif meaning.kind != "person" or meaning.id is None:
        errors["custodian"] = [f"Nobody has the number, e-mail or badge {text[:64]!r}."]
    elif not session.scalar(select(Person.is_active).where(Person.id == meaning.id)):
        errors["custodian"] = [f"{text[:64]!r} is no longer here."]
    return meaning.id


def _merge_custom(
    current: Mapping[str, Any], values: Mapping[str, Any], errors: dict[str, list[str]]
) -> dict[str, Any]:
    merged = dict(current)
    for name, value in values.items():
        if value is None or value == "":
            merged.pop(name, None)
            continue
        if not name.strip() or header_key(name) in _TAKEN_NAMES:
            errors.setdefault("custom", []).append(
                f"{name[:64]!r} is the name of a field of its own. Choose another."
            )
        merged[name] = value
    if len(merged) > MOST_CUSTOM:
        errors.setdefault("custom", []).append(f"At most {MOST_CUSTOM} custom fields.")
    return merged


def _resolve_kind(
    session: Session, values: Mapping[str, Any], current: _Current, fields: dict[str, Any]
) -> None:
    """Resolve category, model, model number and manufacturer, which belong together."""
    if "category" in values:
        name = " ".join((values["category"] or "").split())
        fields["category_id"] = find_or_make_category(session, name) if name else None
    if not {"model", "model_number", "manufacturer"} & values.keys():
        return
    like = session.get(AssetModel, current.model_id) if current.model_id is not None else None
    given = {
        name: " ".join((values[name] or "").split())
        for name in ("model", "model_number", "manufacturer")
        if name in values
    }
    if given.get("model") == "" and not given.get("manufacturer"):
        fields["model_id"] = None
        return
    name = given.get("model", like.name if like else "")
    maker, number = given.get("manufacturer"), given.get("model_number")
    if "model" not in given and like is not None:
        # Only the maker or the number is said: the rest is that of the model it has.
        maker = like.manufacturer if maker is None else maker
        number = like.model_number if number is None else number
    if not (name or maker or number):
        fields["model_id"] = None
        return
    fields["model_id"] = find_or_make_model(
        session,
        name=name,
        manufacturer=maker,
        model_number=number,
        like=like,
        category_id=fields.get("category_id", current.category_id),
    )


def _settle_state(values: Mapping[str, Any], current: _Current, fields: dict[str, Any]) -> None:
    """Let stage and custodian follow each other where only one of them is said."""
    stage: Stage | None = values.get("status")
    if stage is not None:
        fields["status"] = stage
    holder = fields.get("custodian_id", current.custodian_id)
    if "custodian_id" not in fields:
        if stage in UNHELD and holder is not None and stage is not current.status:
            fields["custodian_id"] = None
        return
    if holder == current.custodian_id:
        return
    if holder is not None and (stage or current.status) in ENDED:
        raise Conflict(
            "A retired asset cannot be given to anybody. Put it back in stock first.",
            code="asset_retired",
        )
    if stage is None and holder is not None:
        fields["status"] = Stage.IN_USE
    elif stage is None and current.status is Stage.IN_USE:
        fields["status"] = Stage.IN_STOCK
