"""The codes that mean an asset, a location or a person: cleaned, started, ended, refused.

A code whose label is removed ends; it is never deleted, so that an old scan still means what it
meant. The codes of assets are written in bulk; those of a location or a person are set as a whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from scanner_app.decoding.codes.read import canonical_value, is_secret, tag_key
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.register.reserved import UNREACHABLE, is_unreachable, say_reserved
from scanner_app.models import Asset, Identifier, Kit, Location, Person, StockItem
from scanner_app.queries.scanning.codes import PLAIN

CHUNK = 500
Code = tuple[str, str]
ASSET_SCHEMES = frozenset(
    {"tag", "serial", "epc", "tid", "giai", "grai", "sgtin", "sscc", "snipe_id", "alias"}
)
MAX_CODE = 255
MAX_CODES = 50
NOT_KEPT = (
    "This contains a password or something similar (secret), which is never stored here. Remove it."
)


def clean_codes(codes: Iterable[Code], schemes: frozenset[str]) -> list[Code]:
    """Return codes in canonical form, each once.

    :raises Invalid: a scheme is not among those that this kind of owner has, or a value is empty.
    """
    cleaned: dict[Code, None] = {}
    for scheme, text in codes:
        value = canonical_value(scheme, text)
        problem = None
        if scheme not in schemes:
            problem = f"The scheme {scheme[:32]!r} is not one of {', '.join(sorted(schemes))}."
        elif not value or len(value) > MAX_CODE or not value.isprintable():
            problem = f"A code of the scheme {scheme} has 1 to {MAX_CODE} visible characters."
        if problem:
            raise Invalid(problem, errors={"identifiers": [problem]})
        cleaned[scheme, value] = None
    if len(cleaned) > MAX_CODES:
        problem = f"Use at most {MAX_CODES} codes."
        raise Invalid(problem, errors={"identifiers": [problem]})
    return list(cleaned)


def holds_secret(value: object) -> bool:
    """Return whether a text, or one of several, has a line with a password or something similar.

    See `decoding.codes.read.is_secret`. A word and a colon may come before it, as in a list of
    codes with their schemes.
    """
    if isinstance(value, str):
        return (":" in value or "=" in value) and any(
            is_secret(line) or is_secret(line.partition(":")[2]) for line in value.splitlines()
        )
    if isinstance(value, Mapping):
        return any(map(holds_secret, value.values()))
    return isinstance(value, list | tuple) and any(map(holds_secret, value))


def refuse_secrets(values: Mapping[str, Any]) -> None:
    """Raise Invalid if a field contains a password or something similar: the register stores none.

    The error names the fields and never what is in them.
    """
    errors = {name: [NOT_KEPT] for name, value in values.items() if holds_secret(value)}
    if errors:
        raise Invalid("Some fields cannot be used.", errors=errors)


def set_codes(
    session: Session,
    owner: InstrumentedAttribute[Any],
    owner_id: int,
    *,
    wanted: Sequence[Code],
    kept: frozenset[str] | None = None,
    now: datetime,
) -> None:
    """Make exactly these codes mean a location or a person from now on.

    :param owner: `Identifier.location_id` or `Identifier.person_id`.
    :param kept: schemes whose codes stay as they are.
    :raises Conflict: a code already means something else.
    """
    rows = session.execute(
        select(Identifier.id, Identifier.scheme, Identifier.value).where(
            owner == owner_id, Identifier.ended_at.is_(None)
        )
    ).all()
    held = {(scheme, value): id_ for id_, scheme, value in rows}
    ending = [
        id_
        for (scheme, value), id_ in held.items()
        if (scheme, value) not in wanted and not (kept and scheme in kept)
    ]
    if ending:
        session.execute(update(Identifier).where(Identifier.id.in_(ending)).values(ended_at=now))
    new = [code for code in dict.fromkeys(wanted) if code not in held]
    kind = "location" if owner is Identifier.location_id else "person"
    refuse_used_codes(session, new, kind=kind, own_id=owner_id)
    for scheme, value in new:
        other = session.scalar(
            select(Identifier.id).where(
                Identifier.scheme == scheme,
                Identifier.value == value,
                Identifier.ended_at.is_(None),
            )
        )
        if other is not None:
            raise Conflict(
                f"The code {value} ({scheme}) already belongs to something else.",
                code="identifier_taken",
            )
        session.add(Identifier(scheme=scheme, value=value, started_at=now, **{owner.key: owner_id}))
    # If someone else took the code at the same moment, refuse it here. At the commit, nobody could
    # say which code it was.
    session.flush()


# -- one code, one thing: what has a code already, by whichever scheme a scan would find it ------

# Makers reuse serial numbers, and the number of a person is often as plain as an asset's tag.
SHARED = frozenset({"serial", "person_number"})
EXCLUSIVE = PLAIN - SHARED
# A thing has one of these, and the address of its page ends with it.
ADDRESSED = frozenset({"tag", "location_code", "person_number", "stock_code", "kit_code"})


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
                Identifier.kit_id, Kit.tag,
            )
            .outerjoin(Asset, Asset.id == Identifier.asset_id)
            .outerjoin(Location, Location.id == Identifier.location_id)
            .outerjoin(Person, Person.id == Identifier.person_id)
            .outerjoin(StockItem, StockItem.id == Identifier.stock_item_id)
            .outerjoin(Kit, Kit.id == Identifier.kit_id)
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
    kinds = ("asset", "location", "person", "stock item", "kit")
    at = next(at for at in range(len(kinds)) if row[1 + 2 * at] is not None)
    return CodeOwner(kinds[at], row[1 + 2 * at], row[2 + 2 * at])


def find_problem(
    owners: Mapping[str, Sequence[CodeOwner]], code: Code, *, kind: str, own_id: int | None
) -> str | None:
    """Return why a thing cannot get a plain code, as a sentence; None if it can.

    :param owners: of the code's value, as `find_code_owners` returns them.
    :param kind: what gets the code: asset, location, person, stock item, kit. `own_id` is its id.
    """
    scheme, value = code
    if scheme in ADDRESSED and is_unreachable(value):
        return UNREACHABLE.format(code=value)
    if scheme not in EXCLUSIVE:
        return None
    if problem := say_reserved(value):
        return problem
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


_ERROR_CODES = {
    "tag": "tag_taken",
    "location_code": "code_taken",
    "stock_code": "code_taken",
    "kit_code": "code_taken",
}


def say_taken(value: str, owner: CodeOwner) -> str:
    """Return the sentence that refuses a code, with what has it."""
    return f"The code {value} already belongs to {owner}. Choose another."


# -- the codes of assets, in bulk ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CodeClaim:
    """The codes that one asset is about to get. A new asset has no id yet."""

    asset_id: int | None
    asset_tag: str
    codes: Sequence[Code]

    def shared(self) -> Iterator[Code]:
        """Return the codes that may mean only one item: not serials, because makers reuse those."""
        return (code for code in self.codes if code[0] != "serial")


def show_codes(lost: Sequence[Code], gained: Sequence[Code]) -> dict[str, list[Any]]:
    """Return lost and gained codes as the history keeps them."""
    if not lost and not gained:
        return {}
    shown = [" ".join(f"{scheme}:{value}" for scheme, value in codes) for codes in (lost, gained)]
    return {"identifiers": [shown[0] or None, shown[1] or None]}


def open_codes(session: Session, ids: Sequence[int]) -> dict[int, set[Code]]:
    """Return the codes that mean each asset now."""
    held: dict[int, set[Code]] = defaultdict(set)
    for asset_id, scheme, value in session.execute(
        select(Identifier.asset_id, Identifier.scheme, Identifier.value).where(
            Identifier.asset_id.in_(ids), Identifier.ended_at.is_(None)
        )
    ):
        if asset_id is not None:
            held[asset_id].add((scheme, value))
    return held


def refuse_taken(session: Session, claims: Sequence[CodeClaim]) -> None:
    """Raise Conflict if a code already means something else, or if two of the claims want it."""
    wanted: dict[Code, CodeClaim] = {}
    for claim in claims:
        for code in claim.shared():
            if wanted.setdefault(code, claim) is not claim:
                raise _taken(code, claim.asset_tag)
    values = sorted({value for _, value in wanted})
    for start in range(0, len(values), CHUNK):
        rows = session.execute(
            select(Identifier.scheme, Identifier.value, Identifier.asset_id).where(
                Identifier.value.in_(values[start : start + CHUNK]), Identifier.ended_at.is_(None)
            )
        )
        for scheme, value, holder in rows:
            owner = wanted.get((scheme, value))
            if owner is not None and (holder is None or holder != owner.asset_id):
                raise _taken((scheme, value), owner.asset_tag)
    _refuse_other_things(session, claims, wanted)


def _refuse_other_things(
    session: Session, claims: Sequence[CodeClaim], wanted: Mapping[Code, CodeClaim]
) -> None:
    """Raise Conflict if a scan of a code would find a location, a person or stock as well."""
    owners = find_code_owners(session, (value for scheme, value in wanted if scheme in EXCLUSIVE))
    for claim in claims:
        for code in claim.shared():
            problem = find_problem(owners, code, kind="asset", own_id=claim.asset_id)
            if problem is not None:
                raise Conflict(
                    problem, code="tag_taken" if code[0] == "tag" else "identifier_taken"
                )


def _taken(code: Code, tag: str) -> Conflict:
    scheme, value = code
    if scheme == "tag" and value == tag_key(tag):
        return Conflict(f"The asset tag {tag} is already taken. Choose another.", code="tag_taken")
    return Conflict(
        f"The code {value} ({scheme}) for {tag} already belongs to something else.",
        code="identifier_taken",
    )


def start_codes(session: Session, codes: Sequence[tuple[int, Code]], now: datetime) -> None:
    """Make codes mean their assets from now on."""
    rows = [
        {"asset_id": asset_id, "scheme": scheme, "value": value, "started_at": now}
        for asset_id, (scheme, value) in codes
    ]
    for start in range(0, len(rows), CHUNK):
        session.execute(insert(Identifier), rows[start : start + CHUNK])


def end_codes(session: Session, codes: Sequence[tuple[int, Code]], now: datetime) -> None:
    """End codes. Scans made before still show what they meant."""
    if not codes:
        return
    statement = (
        update(Identifier)
        .where(
            Identifier.asset_id == bindparam("the_asset"),
            Identifier.scheme == bindparam("the_scheme"),
            Identifier.value == bindparam("the_value"),
            Identifier.ended_at.is_(None),
        )
        .values(ended_at=now)
    )
    session.connection().execute(
        statement,
        [
            {"the_asset": asset_id, "the_scheme": scheme, "the_value": value}
            for asset_id, (scheme, value) in codes
        ],
    )
