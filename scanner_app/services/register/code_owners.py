"""One code, one thing: who has a code already, by whichever scheme a scan would find it.

A plain text that is scanned may be an asset's tag, a location's code, a badge or the code of a
stock item. If two things had it, every scan of it would be ambiguous.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.errors import Conflict
from scanner_app.domain.register.reserved import RESERVED, is_reserved
from scanner_app.models import Asset, Identifier, Location, Person, StockItem
from scanner_app.queries.scanning.codes import PLAIN

CHUNK = 500
Code = tuple[str, str]
# Makers reuse serial numbers, and the number of a person is often as plain as an asset's tag.
SHARED = frozenset({"serial", "person_number"})
EXCLUSIVE = PLAIN - SHARED


class CodeOwner(NamedTuple):
    """The thing that a code means: its kind, its id, and how a sentence names it."""

    kind: str
    id: int
    name: str

    def __str__(self) -> str:
        return f"the {self.kind} {self.name}"


def find_code_owners(
    session: Session, values: Iterable[str], *, schemes: Collection[str] = EXCLUSIVE
) -> dict[str, list[CodeOwner]]:
    """Return what each plain code means now; codes that mean nothing are left out.

    :param schemes: what counts as a meaning.
    """
    wanted, found = sorted(set(values)), dict[str, list[CodeOwner]]()
    for start in range(0, len(wanted), CHUNK):
        rows = session.execute(
            select(
                Identifier.value,
                Identifier.asset_id, Asset.asset_tag, Identifier.location_id, Location.code,
                Identifier.person_id, Person.name, Identifier.stock_item_id, StockItem.code,
            )
            .outerjoin(Asset, Asset.id == Identifier.asset_id)
            .outerjoin(Location, Location.id == Identifier.location_id)
            .outerjoin(Person, Person.id == Identifier.person_id)
            .outerjoin(StockItem, StockItem.id == Identifier.stock_item_id)
            .where(
                Identifier.value.in_(wanted[start : start + CHUNK]),
                Identifier.scheme.in_(schemes),
                Identifier.ended_at.is_(None),
            )
            .order_by(Identifier.id)
        )  # fmt: skip
        for row in rows:
            found.setdefault(row[0], []).append(_read_owner(tuple(row)))
    return found


def _read_owner(row: Sequence[Any]) -> CodeOwner:
    kinds = ("asset", "location", "person", "stock item")
    at = next(at for at in range(len(kinds)) if row[1 + 2 * at] is not None)
    return CodeOwner(kinds[at], row[1 + 2 * at], row[2 + 2 * at])


def find_problem(
    owners: Mapping[str, Sequence[CodeOwner]], code: Code, *, kind: str, own_id: int | None
) -> str | None:
    """Return why a thing cannot get a plain code, as a sentence; None if it can.

    :param owners: of the code's value, as `find_code_owners` returns them.
    :param kind: what gets the code: asset, location, person, stock item. `own_id` is its id.
    """
    scheme, value = code
    if scheme not in EXCLUSIVE:
        return None
    if is_reserved(value):
        return RESERVED.format(code=value)
    for owner in owners.get(value, ()):
        if (owner.kind, owner.id) != (kind, own_id):
            return say_taken(value, owner)
    return None


def refuse_used_codes(
    session: Session, codes: Sequence[Code], *, kind: str, own_id: int | None
) -> None:
    """Raise Conflict if a code that a thing gets is a command, or means another thing already."""
    owners = find_code_owners(session, (value for scheme, value in codes if scheme in EXCLUSIVE))
    for code in codes:
        if problem := find_problem(owners, code, kind=kind, own_id=own_id):
            raise Conflict(problem, code=_ERROR_CODES.get(code[0], "identifier_taken"))


_ERROR_CODES = {"tag": "tag_taken", "location_code": "code_taken", "stock_code": "code_taken"}


def say_taken(value: str, owner: CodeOwner) -> str:
    """Return the sentence that refuses a code, with what has it."""
    return f"The code {value} already belongs to {owner}. Choose another."
