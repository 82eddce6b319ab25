"""Keep suppliers, with the schemes by which they are certified."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.procurement.events import BuyingKind, BuyingStep
from scanner_app.domain.procurement.suppliers import SupplierRole
from scanner_app.domain.text import is_storable
from scanner_app.models import Supplier, SupplierScheme
from scanner_app.services.procurement.events import note_step

MAX_NAME = 200
MAX_CONTACT = 500
MAX_NOTES = 2000
MAX_SCHEMES = 20


class NewScheme(NamedTuple):
    """A certificate as it was typed."""

    scheme: str
    number: str = ""
    ends_on: date | None = None


def save_supplier(
    session: Session,
    *,
    values: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    supplier_id: int | None = None,
) -> int:
    """Add a supplier, or change one, and return its id.

    :param values: `name`, `roles` as words, `contact`, `notes`, and `schemes`, which take the place
        of those that it had.
    :raises Invalid: a value cannot be used.
    :raises NotFound: no supplier has this id.
    :raises Conflict: another supplier has this name.
    """
    name, contact, notes = (" ".join(str(values.get("name", "")).split()), *_texts(values))
    roles, schemes = list(values.get("roles", ())), list(values.get("schemes", ()))
    _refuse(name, contact, notes, roles, schemes)
    known = session.scalar(select(Supplier).where(Supplier.name_key == name.casefold()))
    if known is not None and known.id != supplier_id:
        raise Conflict(f"The supplier {known.name} is there already.", code="name_taken")
    supplier = session.get(Supplier, supplier_id, with_for_update=True) if supplier_id else None
    if supplier is None:
        _refuse_unknown(supplier_id)
        supplier = Supplier(created_at=now, created_by=actor.name)
        session.add(supplier)
    before = say_supplier(session, supplier) if supplier.id else None
    supplier.name, supplier.name_key = name, name.casefold()
    supplier.roles = [role.value for role in SupplierRole if role.value in roles]
    supplier.contact, supplier.notes = contact, notes
    session.flush()
    session.execute(delete(SupplierScheme).where(SupplierScheme.supplier_id == supplier.id))
    session.add_all(
        SupplierScheme(
            supplier_id=supplier.id, scheme=one.scheme, number=one.number, ends_on=one.ends_on
        )
        for one in schemes
    )
    session.flush()
    note_step(
        session,
        (BuyingKind.SUPPLIER, supplier.id),
        BuyingStep.ADDED if before is None else BuyingStep.CHANGED,
        actor=actor,
        now=now,
        before=before,
        after=say_supplier(session, supplier) if before is not None else None,
    )
    return supplier.id


def _refuse_unknown(supplier_id: int | None) -> None:
    if supplier_id is not None:
        raise NotFound("That supplier does not exist. Choose one from the list.")


def say_supplier(session: Session, supplier: Supplier) -> dict[str, Any]:
    """Return what is said about a supplier, in words."""
    schemes = session.scalars(
        select(SupplierScheme)
        .where(SupplierScheme.supplier_id == supplier.id)
        .order_by(SupplierScheme.scheme, SupplierScheme.id)
    )
    return {
        "name": supplier.name,
        "roles": list(supplier.roles),
        "contact": supplier.contact,
        "notes": supplier.notes,
        "schemes": [
            " ".join(filter(None, (one.scheme, one.number, str(one.ends_on or ""))))
            for one in schemes
        ],
    }


def find_or_make_supplier(session: Session, name: str, *, actor: Actor, now: datetime) -> int:
    """Return the id of a supplier by its name, compared without case. Add it if it is new.

    :raises Invalid: the name cannot be used.
    """
    name = " ".join(name.split())
    known = session.scalar(select(Supplier.id).where(Supplier.name_key == name.casefold()))
    if known is not None:
        return known
    values = {"name": name, "roles": [SupplierRole.VENDOR]}
    try:
        return save_supplier(session, values=values, actor=actor, now=now)
    except Invalid as error:
        text = error.errors.get("name", [error.message])
        raise Invalid(error.message, errors={"supplier": text}) from None


def _texts(values: Mapping[str, Any]) -> tuple[str, str]:
    return str(values.get("contact", "")).strip(), str(values.get("notes", "")).strip()


def _refuse(
    name: str, contact: str, notes: str, roles: Sequence[str], schemes: Sequence[NewScheme]
) -> None:
    errors: dict[str, list[str]] = {}
    for field, text, limit in (
        ("name", name, MAX_NAME),
        ("contact", contact, MAX_CONTACT),
        ("notes", notes, MAX_NOTES),
    ):
        if len(text) > limit or not is_storable(text):
            errors[field] = [f"At most {limit} characters."]
    if not name:
        errors["name"] = ["Enter the name of the supplier."]
    if set(roles) - set(SupplierRole):
        errors["roles"] = ["Choose from the list."]
    if len(schemes) > MAX_SCHEMES:
        errors["schemes"] = [f"At most {MAX_SCHEMES}."]
    for one in schemes:
        too_long = max(len(one.scheme), len(one.number)) > MAX_NAME
        if not one.scheme or too_long or not is_storable(one.scheme + one.number):
            errors["schemes"] = [f"Enter a scheme and a number of at most {MAX_NAME} characters."]
    if errors:
        raise Invalid("This supplier cannot be saved. Check the fields.", errors=errors)
