"""Kits: made up, changed and ended. Pieces begin and end; none is deleted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import TagRules, is_secret, read_code, tag_key
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.stock.items import MAX_QUANTITY
from scanner_app.domain.stockroom.kits import (
    CODE_PREFIX,
    CODE_SCHEME,
    MAX_NAME,
    MAX_PIECES,
    MAX_TAG,
    PieceKind,
)
from scanner_app.domain.text import is_storable
from scanner_app.models import Asset, AssetModel, Identifier, Kit, KitPiece
from scanner_app.queries.register.locations import find_location_id
from scanner_app.queries.scanning.codes import PLAIN, CodeIndex, values_of
from scanner_app.queries.stockroom.kits import find_fixed, get_kit, load_kits
from scanner_app.services.register.codes import (
    find_code_owners,
    refuse_secrets,
    refuse_used_codes,
)


def create_kit(session: Session, values: Mapping[str, Any], *, now: datetime) -> int:
    """Add a kit and return its id.

    :param values: `name`; any of `tag`, `is_fixed`, `home_location`. Without a tag the next free
        one is taken.
    :raises Invalid: a value cannot be used.
    :raises Conflict: the tag means something already.
    """
    cleaned = _clean(session, values, is_new=True)
    tag = cleaned["tag"] or next_tag(session)
    if session.scalar(select(Kit.id).where(Kit.tag_key == tag_key(tag))) is not None:
        raise Conflict(f"A kit had the code {tag} before. Choose another.", code="code_taken")
    refuse_used_codes(session, [(CODE_SCHEME, tag_key(tag))], kind="kit", own_id=None)
    kit = Kit(
        tag=tag,
        tag_key=tag_key(tag),
        name=cleaned["name"],
        is_fixed=cleaned["is_fixed"],
        home_location_id=cleaned["home_location_id"],
        created_at=now,
    )
    session.add(kit)
    session.flush()
    session.add(Identifier(scheme=CODE_SCHEME, value=tag_key(tag), kit_id=kit.id, started_at=now))
    session.flush()
    return kit.id


def edit_kit(session: Session, tag: str, values: Mapping[str, Any]) -> int:
    """Change the name, the home location, or whether a kit is fixed, and return its id.

    :raises NotFound: no kit has this tag.
    :raises Invalid: a value cannot be used.
    :raises Conflict: it was ended, or a piece belongs to another fixed kit.
    """
    kit = _lock(session, tag)
    _require_live(kit)
    cleaned = _clean(session, values, is_new=False)
    kit.name = cleaned.get("name", kit.name)
    if "home_location_id" in cleaned:
        kit.home_location_id = cleaned["home_location_id"]
    if cleaned.get("is_fixed", kit.is_fixed) != kit.is_fixed:
        kit.is_fixed = cleaned["is_fixed"]
        live = (KitPiece.kit_id == kit.id, KitPiece.ended_at.is_(None))
        if kit.is_fixed:
            ids = session.scalars(select(KitPiece.asset_id).where(*live)).all()
            _require_free(session, [id_ for id_ in ids if id_ is not None])
        session.execute(update(KitPiece).where(*live).values(is_fixed=kit.is_fixed))
    session.flush()
    return kit.id


def end_kit(session: Session, tag: str, *, now: datetime) -> str:
    """End a kit, and return its name: its code means nothing from now on, its pieces go alone.

    :raises NotFound: no kit has this tag.
    """
    kit = _lock(session, tag)
    if kit.ended_at is None:
        kit.ended_at = now
        live = (KitPiece.kit_id == kit.id, KitPiece.ended_at.is_(None))
        session.execute(update(KitPiece).where(*live).values(ended_at=now))
        session.execute(
            update(Identifier)
            .where(Identifier.kit_id == kit.id, Identifier.ended_at.is_(None))
            .values(ended_at=now)
        )
        session.flush()
    return kit.name


def add_piece(
    session: Session,
    tag: str,
    *,
    code: str = "",
    model: str = "",
    quantity: int = 1,
    is_required: bool = True,
    rules: TagRules | None = None,
    now: datetime,
) -> str:
    """Add a piece to a kit, and return it as a sentence names it.

    :param code: any code of an asset or a stock item, as it is scanned.
    :param model: in place of a code, the name of a model: any unit of it.
    :raises NotFound: no kit has this tag.
    :raises Invalid: the code means nothing that a kit can hold.
    :raises Conflict: it belongs to the kit already, or to another fixed kit.
    """
    kit = _lock(session, tag)
    _require_live(kit)
    if not 1 <= quantity <= MAX_QUANTITY:
        raise _invalid("quantity", f"Give a number from 1 to {MAX_QUANTITY:,}.")
    known = load_kits(session, [kit.id])[kit.id]
    if len(known.pieces) >= MAX_PIECES:
        raise _invalid("code", f"A kit has at most {MAX_PIECES} pieces.")
    if model.strip() and code.strip():
        raise _invalid("model", "Give a code or a model, not both.")
    kind, id_ = _find_model(session, model) if model.strip() else _find(session, code, rules, now)
    column = kind.facts.column
    if any(getattr(piece, column) == id_ for piece in known.pieces):
        raise Conflict("It belongs to this kit already.", code="piece_taken")
    if kind is PieceKind.ASSET:
        session.execute(select(Asset.id).where(Asset.id == id_).with_for_update())
        if kit.is_fixed:
            _require_free(session, [id_])
        if quantity != 1:
            raise _invalid("quantity", "An asset is one piece. Leave this empty.")
    session.add(
        KitPiece(
            kit_id=kit.id,
            **{column: id_},
            quantity=quantity,
            is_required=is_required,
            is_fixed=kit.is_fixed,
            started_at=now,
        )
    )
    session.flush()
    return load_kits(session, [kit.id])[kit.id].pieces[-1].thing


def end_piece(session: Session, tag: str, piece_id: int, *, now: datetime) -> None:
    """Take a piece out of a kit.

    :raises NotFound: no kit has this tag.
    """
    kit = _lock(session, tag)
    piece = session.scalars(
        select(KitPiece).where(
            KitPiece.kit_id == kit.id, KitPiece.id == piece_id, KitPiece.ended_at.is_(None)
        )
    ).one_or_none()
    if piece is not None:  # else it was taken out already
        piece.ended_at = now
        session.flush()


def next_tag(session: Session) -> str:
    """Return the tag after the largest of the pattern: KIT-0001, KIT-0002, ..."""
    length = func.length(Kit.tag_key)
    found = session.scalars(
        select(Kit.tag_key)
        .where(Kit.tag_key.startswith(CODE_PREFIX, autoescape=True))
        .order_by(length.desc(), Kit.tag_key.desc())
        .limit(50)
    )
    numbers = [int(n) for n in (key[len(CODE_PREFIX) :] for key in found) if n.isdecimal()]
    number = max(numbers, default=0) + 1
    while find_code_owners(session, [f"{CODE_PREFIX}{number:04d}"], schemes=PLAIN):
        number += 1
    return f"{CODE_PREFIX}{number:04d}"


def _lock(session: Session, tag: str) -> Kit:
    id_ = get_kit(session, tag).id
    return session.get_one(Kit, id_, with_for_update=True, populate_existing=True)


def _require_live(kit: Kit) -> None:
    if kit.ended_at is not None:
        raise Conflict("This kit was ended. Make a new one.", code="kit_ended")


def _require_free(session: Session, asset_ids: list[int]) -> None:
    """Raise Conflict if an asset is a piece of another fixed kit."""
    taken = find_fixed(session, asset_ids)
    if taken:
        kit = load_kits(session, [next(iter(taken.values()))])
        name = next(iter(kit.values())).thing
        raise Conflict(f"It belongs to the kit {name}. Take it out there first.", code="in_a_kit")


def _find(
    session: Session, code: str, rules: TagRules | None, now: datetime
) -> tuple[PieceKind, int]:
    """Return the asset or stock item that a code means."""
    if not code.strip() or is_secret(code) or not is_storable(code):
        raise _invalid("code", "Scan or type the code of an asset or a stock item.")
    reading = read_code(code.strip(), rules=rules or TagRules())
    found = CodeIndex(session.connection(), values_of(reading)).find(reading, at=now)
    if found.id is None or found.kind not in {"asset", "stock_item"}:
        raise _invalid(
            "code", f"“{code.strip()[:64]}” is not an asset or a stock item. Scan its label."
        )
    return PieceKind.ASSET if found.kind == "asset" else PieceKind.STOCK, found.id


def _find_model(session: Session, name: str) -> tuple[PieceKind, int]:
    wanted = " ".join(name.split())
    id_ = None
    if is_storable(wanted):
        rows = session.scalars(select(AssetModel.id).where(AssetModel.name == wanted).limit(2))
        ids = list(rows)
        id_ = ids[0] if len(ids) == 1 else None
    if id_ is None:
        raise _invalid("model", f"“{wanted[:64]}” is not a model. Choose one from the list.")
    return PieceKind.MODEL, id_


def _clean(session: Session, values: Mapping[str, Any], *, is_new: bool) -> dict[str, Any]:
    refuse_secrets(values)
    errors: dict[str, list[str]] = {}
    cleaned: dict[str, Any] = {}
    if is_new or "name" in values:
        name = " ".join(str(values.get("name") or "").split())
        if not name or len(name) > MAX_NAME or not is_storable(name):
            errors["name"] = [f"Use 1 to {MAX_NAME} characters."]
        cleaned["name"] = name
    if is_new:
        tag = str(values.get("tag") or "").strip()
        if len(tag) > MAX_TAG or not tag.isprintable():
            errors["tag"] = [f"Use at most {MAX_TAG} visible characters."]
        cleaned["tag"] = tag
    if is_new or "is_fixed" in values:
        cleaned["is_fixed"] = bool(values.get("is_fixed", True))
    if is_new or "home_location" in values:
        code = str(values.get("home_location") or "").strip()
        place_id = find_location_id(session, code) if code else None
        if code and place_id is None:
            errors["home_location"] = [f"No location has the code “{code[:64]}”."]
        cleaned["home_location_id"] = place_id
    if errors:
        raise Invalid("Some fields cannot be used.", errors=errors)
    return cleaned


def _invalid(field: str, problem: str) -> Invalid:
    return Invalid(problem, errors={field: [problem]})
