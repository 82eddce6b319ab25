"""Stock items: added and changed, with the codes that mean them, and locked for their moves."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from scanner_app.decoding.codes.gs1 import read_gtin
from scanner_app.decoding.codes.read import canonical_value, tag_key
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.register.reserved import say_reserved
from scanner_app.domain.stock.items import (
    CODE_PREFIX,
    CODE_SCHEME,
    MAX_CODE,
    MAX_NAME,
    MAX_QUANTITY,
    StockClass,
)
from scanner_app.models import Identifier, StockItem
from scanner_app.queries.scanning.codes import PLAIN
from scanner_app.queries.stock.items import CARD, ItemCard, get_item_id
from scanner_app.services.register.codes import (
    find_code_owners,
    find_problem,
    refuse_secrets,
    say_taken,
)
from scanner_app.services.register.model_names import find_or_make_category
from scanner_app.services.stock.ledger import sum_held

TEXTS = {
    "name": MAX_NAME, "manufacturer": MAX_NAME, "unit": 20, "supplier": MAX_NAME,
    "supplier_code": 100, "currency": 3, "notes": 2000,
}  # fmt: skip
NUMBERS = {"lead_days": 3650, "safety_quantity": MAX_QUANTITY, "pack_quantity": MAX_QUANTITY}
MAX_CODES = 20
MAX_COST = 10**13


class CodeInput(NamedTuple):
    """A code besides the item's own, how many pieces it stands for, and where its bin is."""

    code: str
    quantity: int = 1
    bin_location_id: int | None = None


def lock_items(session: Session, ids: Collection[int]) -> dict[int, ItemCard]:
    """Return items by id, held for the rest of the transaction, locked in the order of their ids.

    Every change of an item's levels and minimums is made under this lock.
    """
    rows = session.execute(
        select(*CARD)
        .where(StockItem.id.in_(ids))
        .order_by(StockItem.id)
        .with_for_update(key_share=True)
    )
    return {row[0]: ItemCard(*row) for row in rows}


def create_item(session: Session, *, values: Mapping[str, Any], now: datetime) -> int:
    """Add an item and return its id.

    :param values: `name`, `stock_class`; any of `code`, `category`, `returns`, `codes`, `custom`,
        `unit_cost_cents`, and of `TEXTS` and `NUMBERS`. Without a code the next free one is taken.
    :raises Invalid: a value cannot be used.
    :raises Conflict: a code means something already.
    """
    refuse_secrets(values)
    cleaned = clean_values(values, is_new=True)
    code = cleaned.pop("code", None) or next_code(session)
    _refuse_taken(session, [(CODE_SCHEME, tag_key(code))], None)
    stock_class = cleaned["stock_class"]
    item = StockItem(
        **{
            "returns": stock_class.facts.returns,
            "manufacturer": "", "unit": "", "supplier": "", "supplier_code": "", "notes": "",
            "safety_quantity": 0, "pack_quantity": 1, "custom": {},
            **{name: value for name, value in cleaned.items() if name not in {"codes", "category"}},
        },
        code=code,
        code_key=tag_key(code),
        category_id=_find_category(session, cleaned.get("category")),
        created_at=now,
        updated_at=now,
    )  # fmt: skip
    session.add(item)
    session.flush()
    session.add(
        Identifier(
            scheme=CODE_SCHEME, value=tag_key(code), stock_item_id=item.id, quantity=1,
            started_at=now,
        )
    )  # fmt: skip
    set_pack_codes(session, item.id, cleaned.get("codes") or (), now=now)
    return item.id


def edit_item(session: Session, *, code: str, values: Mapping[str, Any], now: datetime) -> int:
    """Change an item and return its id.

    :param values: any of those of `create_item`, and `is_active`; `codes` are all of them.
    :raises NotFound: no item has this code.
    :raises Invalid: a value cannot be used.
    :raises Conflict: a code means something else.
    """
    refuse_secrets(values)
    item_id = get_item_id(session, code)
    lock_items(session, [item_id])
    item = session.get_one(StockItem, item_id, populate_existing=True)
    cleaned = clean_values(values, is_new=False)
    if cleaned.get("returns") is False and item.returns:
        _require_none_held(session, item_id)
    wanted = cleaned.pop("code", None)
    if wanted and wanted != item.code:
        _recode(session, item, wanted, now=now)
    if "category" in cleaned:
        item.category_id = _find_category(session, cleaned["category"])
    for name, value in cleaned.items():
        if name not in {"codes", "category"}:
            setattr(item, name, value)
    if session.is_modified(item):
        item.updated_at = now
    session.flush()
    if "codes" in cleaned:
        set_pack_codes(session, item.id, cleaned["codes"], now=now)
    return item.id


def _require_none_held(session: Session, item_id: int) -> None:
    """Raise Invalid if people or assets have pieces, which could not be checked in any more."""
    if held := sum_held(session, item_id):
        problem = f"People or assets have {held:,} of it. Check those in before they are used up."
        raise Invalid(problem, errors={"returns": [problem]})


def _find_category(session: Session, name: str | None) -> int | None:
    return find_or_make_category(session, name) if name else None


def _recode(session: Session, item: StockItem, code: str, *, now: datetime) -> None:
    key = tag_key(code)
    if key != item.code_key:
        _refuse_taken(session, [(CODE_SCHEME, key)], item.id)
        session.execute(
            update(Identifier)
            .where(
                Identifier.stock_item_id == item.id,
                Identifier.scheme == CODE_SCHEME,
                Identifier.ended_at.is_(None),
            )
            .values(ended_at=now)
        )
        session.add(
            Identifier(
                scheme=CODE_SCHEME, value=key, stock_item_id=item.id, quantity=1, started_at=now
            )
        )
    item.code, item.code_key = code, key


def next_code(session: Session) -> str:
    """Return the code after the largest of the pattern: ST-0001, ST-0002, ..."""
    length = func.length(StockItem.code_key)
    found = session.scalars(
        select(StockItem.code_key)
        .where(StockItem.code_key.startswith(CODE_PREFIX, autoescape=True))
        .order_by(length.desc(), StockItem.code_key.desc())
        .limit(50)
    )
    numbers = [int(n) for n in (key[len(CODE_PREFIX) :] for key in found) if n.isdecimal()]
    number = max(numbers, default=0) + 1
    while find_code_owners(session, [f"{CODE_PREFIX}{number:04d}"], schemes=PLAIN):
        number += 1  # an asset or a location has this code
    return f"{CODE_PREFIX}{number:04d}"


def set_pack_codes(
    session: Session, item_id: int, wanted: Sequence[CodeInput], *, now: datetime
) -> None:
    """Make exactly these codes mean the item, besides its own, from now on.

    :raises Invalid: a code cannot be used.
    :raises Conflict: a code means something else.
    """
    rows = {_canonical(one.code): one for one in wanted}
    held = {
        (row.scheme, row.value): row
        for row in session.scalars(
            select(Identifier).where(
                Identifier.stock_item_id == item_id,
                Identifier.ended_at.is_(None),
                Identifier.scheme != CODE_SCHEME,
            )
        )
    }
    for key, row in held.items():
        kept = rows.get(key)
        if kept is None or (kept.quantity, kept.bin_location_id) != (
            row.quantity,
            row.bin_location_id,
        ):
            row.ended_at = now  # another number of pieces is another meaning from now on
        else:
            del rows[key]
    session.flush()
    _refuse_taken(session, list(rows), item_id)
    for (scheme, value), one in rows.items():
        session.add(
            Identifier(
                scheme=scheme,
                value=value,
                stock_item_id=item_id,
                quantity=one.quantity,
                bin_location_id=one.bin_location_id,
                started_at=now,
            )
        )
    session.flush()


def _canonical(code: str) -> tuple[str, str]:
    gtin = read_gtin(code.strip())
    return (gtin.scheme, gtin.value) if gtin is not None else ("alias", tag_key(code))


def _refuse_taken(session: Session, codes: Sequence[tuple[str, str]], item_id: int | None) -> None:
    """Raise Conflict if a code is a command or means something else, as a scan would find it."""
    for scheme, value in codes:
        if problem := find_problem({}, (scheme, value), kind="stock item", own_id=item_id):
            raise Conflict(problem, code="code_taken")
        if problem := say_reserved(value):
            raise Conflict(problem, code="code_taken")
        schemes = PLAIN if scheme in PLAIN else {scheme}
        for owner in find_code_owners(session, [value], schemes=schemes).get(value, ()):
            if (owner.kind, owner.id) != ("stock item", item_id):
                raise Conflict(say_taken(value, owner), code="code_taken")


def clean_values(values: Mapping[str, Any], *, is_new: bool) -> dict[str, Any]:
    """Return the values in the form in which they are kept.

    :raises Invalid: a value cannot be used.
    """
    cleaned: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for name, limit in {"code": MAX_CODE, "category": MAX_NAME, **TEXTS}.items():
        if name in values:
            cleaned[name] = _clean_text(name, values[name], limit, errors)
    for name, limit in NUMBERS.items():
        if name in values:
            cleaned[name] = _clean_number(name, values[name], limit, errors)
    if (is_new or "name" in cleaned) and not cleaned.get("name"):
        errors.setdefault("name", ["Give the item a name."])
    cost = values.get("unit_cost_cents")
    if cost is not None and not 0 <= cost <= MAX_COST:
        errors["unit_cost_cents"] = ["That amount cannot be a price."]
    as_given = ("unit_cost_cents", "returns", "is_active", "custom")
    cleaned.update((name, values[name]) for name in as_given if name in values)
    if "currency" in cleaned:
        cleaned["currency"] = cleaned["currency"].upper() or None
    _clean_class(values, cleaned, errors, is_new=is_new)
    if "codes" in values:
        cleaned["codes"] = _clean_codes(values["codes"], errors)
    if errors:
        raise Invalid("Some fields cannot be used.", errors=errors)
    return cleaned


def _clean_class(
    values: Mapping[str, Any],
    cleaned: dict[str, Any],
    errors: dict[str, list[str]],
    *,
    is_new: bool,
) -> None:
    given = values.get("stock_class")
    if given is None and not is_new:
        return
    if given not in {one.value for one in StockClass}:
        errors["stock_class"] = [f"One of {', '.join(one.value for one in StockClass)}."]
        return
    cleaned["stock_class"] = StockClass(given)


def _clean_text(name: str, value: Any, limit: int, errors: dict[str, list[str]]) -> str:
    given = str(value or "")
    text = given.strip() if name == "notes" else " ".join(given.split())
    if len(text) > limit:
        errors[name] = [f"Use at most {limit} characters."]
    elif not text.replace("\n", "").replace("\r", "").isprintable():
        errors[name] = ["Leave out control and invisible characters."]
    return text


def _clean_number(name: str, value: Any, limit: int, errors: dict[str, list[str]]) -> int | None:
    least = 1 if name == "pack_quantity" else 0
    if value is None:
        return None if name == "lead_days" else least
    if not least <= value <= limit:
        errors[name] = [f"Give a number from {least} to {limit}."]
    number: int = value
    return number


def _clean_codes(codes: Sequence[CodeInput], errors: dict[str, list[str]]) -> tuple[CodeInput, ...]:
    problem = ""
    if len(codes) > MAX_CODES:
        problem = f"Use at most {MAX_CODES} codes."
    for one in codes:
        value = canonical_value("alias", one.code)
        if not value or len(value) > MAX_CODE or not value.isprintable():
            problem = f"A code has 1 to {MAX_CODE} visible characters."
        elif not 1 <= one.quantity <= MAX_QUANTITY:
            problem = f"A code stands for 1 to {MAX_QUANTITY} pieces."
    if problem:
        errors["codes"] = [problem]
    return tuple(codes)
