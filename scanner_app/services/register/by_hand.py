"""An asset created or changed by hand: words resolved to ids, and the steps a person may take.

An import or an audit states what is true. A person at a form moves the lifecycle along its table of
steps. Assigning an asset to someone, or taking it back, changes its status as a check-out and a
check-in do.
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
from scanner_app.domain.register.kinds import ONLY_PHYSICAL, AssetKind
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
MAX_CUSTOM = 100
# Statuses in which nobody has the asset: setting one by hand also ends the assignment.
UNHELD = ENDED | {Stage.IN_STOCK}
_TAKEN_NAMES = frozenset(name for target in TARGETS for name in target.names) | LEFT_OUT


@dataclass(frozen=True, slots=True)
class Current:
    """What an edit needs to know about an asset; for a new asset, what it starts with."""

    status: Stage = Stage.IN_STOCK
    custodian_id: int | None = None
    model_id: int | None = None
    category_id: int | None = None
    custom: Mapping[str, Any] | None = None
    kind: AssetKind = AssetKind.HARDWARE


def create_asset(
    session: Session, *, values: Mapping[str, Any], actor: Actor, now: datetime
) -> int:
    """Create an asset by hand and return its id.

    :param values: fields by the names of the API, `purchase_cost_cents` in hundredths;
        `identifiers` are (scheme, value); locations and the person as a person names them; `kind`,
        without which it is hardware.
    :raises Invalid: a value cannot be used, or names nothing.
    :raises Conflict: the tag or another code is already in use.
    """
    refuse_secrets(values)
    kind = AssetKind(values.get("kind", AssetKind.HARDWARE))
    fields = _resolve(session, values, Current(kind=kind), actor, now)
    fields["kind"] = kind
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
    """Change an asset by hand and return its id. Fields that the values leave out stay as they are.

    :param values: as for `create_asset`; `identifiers` are all its further codes, `custom` is
        merged, where None removes a field.
    :raises NotFound: no asset has this tag.
    :raises Invalid: a value cannot be used, or names nothing.
    :raises Conflict: a code is in use, or the lifecycle has no such step.
    :raises NotAllowed: the assigned person changes, and the actor may not change custody.
    """
    refuse_secrets(values)
    asset_id = find_asset_id(session, asset_tag)
    # Lock the asset before the step is judged, so that a scan cannot change the state in between.
    row = session.execute(
        select(
            Asset.asset_tag,
            Asset.status,
            Asset.custodian_id,
            Asset.model_id,
            Asset.category_id,
            Asset.custom,
            Asset.kind,
        )
        .where(Asset.id == asset_id)
        .with_for_update()
    ).one()
    current = Current(*row[1:])
    if "status" in values and not can_step(current.status, values["status"]):
        raise no_such_step(row.asset_tag, current.status, values["status"])
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
        # The list of codes may have been loaded before this same edit changed the tag.
        own = ("tag", tag_key(row.asset_tag))
        if "asset_tag" in fields and tag_key(fields["asset_tag"]) != own[1]:
            gains = [code for code in gains if code != own]
    change = AssetChange(asset_id, fields, add_identifiers=gains, end_identifiers=losses)
    change_assets(session, changes=[change], kind=ChangeKind.EDITED, actor=actor.key, now=now)
    return asset_id


def no_such_step(tag: str, current: Stage, wanted: Stage) -> Conflict:
    """Return the refusal of a step that the lifecycle does not have."""
    steps = ", ".join(LABELS[stage].lower() for stage in Stage if stage in STEPS[current])
    return Conflict(
        f"{tag} is {LABELS[current].lower()} and cannot become {LABELS[wanted].lower()} by hand. "
        + (f"From here it can become: {steps}." if steps else "It is the last status."),
        code="no_such_step",
    )


# -- words to ids ------------------------------------------------------------------------------


def _resolve(
    session: Session,
    values: Mapping[str, Any],
    current: Current,
    actor: Actor,
    now: datetime,
) -> dict[str, Any]:
    fields = {name: values[name] for name in PLAIN if name in values}
    errors: dict[str, list[str]] = {}
    if not current.kind.facts.is_physical:
        for name in ONLY_PHYSICAL:
            if values.get(name):
                errors[name] = ["Nobody can touch it: leave this empty."]
    for name in ("location", "home_location"):
        if name in values and name not in errors:
            fields[f"{name}_id"] = find_place(session, name, values[name], now, errors)
    if "custodian" in values:
        fields["custodian_id"] = _find_person(session, values["custodian"], now, errors)
    if "custom" in values:
        fields["custom"] = _merge_custom(current.custom or {}, values["custom"] or {}, errors)
    if errors:
        raise Invalid("Some fields cannot be used.", errors=errors)
    _resolve_kind(session, values, current, fields)
    settle_state(values, current, fields)
    if fields.get("custodian_id", current.custodian_id) != current.custodian_id:
        authorize(actor, Action.CHANGE_CUSTODY)
    return fields


def find_place(
    session: Session, name: str, text: str | None, now: datetime, errors: dict[str, list[str]]
) -> int | None:
    """Return the id of the location with a code; note in `errors` why there is none."""
    if not text or not text.strip():
        return None
    meaning = CodeIndex(session.connection(), place_values(text)).find_place(
        place_values(text), now
    )
    if meaning.kind != "location" or meaning.id is None:
        errors[name] = [f"No location has the code {text[:64]!r}."]
        return None
    if not session.scalar(select(Location.is_active).where(Location.id == meaning.id)):
        errors[name] = [f"The location {text[:64]!r} is no longer in use."]
    return meaning.id


def _find_person(
    session: Session, text: str | None, now: datetime, errors: dict[str, list[str]]
) -> int | None:
    if not text or not text.strip():
        return None
    values = custodian_values(text)
    meaning = CodeIndex(session.connection(), values).find_custodian(values, now)
    if meaning.kind == "ambiguous":
        errors["custodian"] = [f"{text[:64]!r} means more than one person. Use the number."]
    elif meaning.kind != "person" or meaning.id is None:
        errors["custodian"] = [f"Nobody has the number, e-mail or badge {text[:64]!r}."]
    elif not session.scalar(select(Person.is_active).where(Person.id == meaning.id)):
        errors["custodian"] = [f"{text[:64]!r} no longer works here."]
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
                f"{name[:64]!r} is the name of a built-in field. Choose another name."
            )
        merged[name] = value
    if len(merged) > MAX_CUSTOM:
        errors.setdefault("custom", []).append(f"Use at most {MAX_CUSTOM} custom fields.")
    return merged


def _resolve_kind(
    session: Session, values: Mapping[str, Any], current: Current, fields: dict[str, Any]
) -> None:
    """Return the ids of category and model. Model number and manufacturer select the model."""
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
        # Only the manufacturer or the model number is given: the rest is that of the current model.
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


def settle_state(values: Mapping[str, Any], current: Current, fields: dict[str, Any]) -> None:
    """Complete status or assigned person from the other, if only one of them is given."""
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
            "A retired asset cannot be assigned to anyone. Put it back in stock first.",
            code="asset_retired",
        )
    if stage is None and holder is not None:
        fields["status"] = Stage.IN_USE
    elif stage is None and current.status is Stage.IN_USE:
        fields["status"] = Stage.IN_STOCK
