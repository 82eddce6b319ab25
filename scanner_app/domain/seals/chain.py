"""The chain: all seals of an installation, without a gap, each naming the one before it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class SealKind(StrEnum):
    CLOSURE = "closure"
    CANCELLATION = "cancellation"
    CERTIFICATE = "certificate"


@dataclass(frozen=True, slots=True)
class SealKindRow:
    """What people read of one kind of sealed record."""

    kind: SealKind
    label: str
    tone: str
    icon: str = "seal"


SEAL_KINDS: dict[SealKind, SealKindRow] = {
    row.kind: row
    for row in (
        SealKindRow(SealKind.CLOSURE, "Closed audit", "good"),
        SealKindRow(SealKind.CANCELLATION, "Cancelled audit", "warn"),
        SealKindRow(SealKind.CERTIFICATE, "Certificate", "note"),
    )
}


@dataclass(frozen=True, slots=True)
class Link:
    """One seal as the chain knows it.

    :param previous_sha256: the hash of the seal before it; None for the first.
    """

    number: int
    sha256: str
    previous_sha256: str | None


def find_breaks(links: Iterable[Link], *, from_first: bool = False) -> Iterator[str]:
    """Yield what is wrong with a row of seals: a number that is missing, or a wrong predecessor.

    :param from_first: the row must begin with number 1; otherwise with whichever comes first.
    """
    before: Link | None = None
    for link in sorted(links, key=lambda one: one.number):
        if before is None:
            yield from _miss(1 if from_first else link.number, link.number)
            if link.number == 1 and link.previous_sha256 is not None:
                yield "number 1 names a predecessor"
        elif link.number == before.number:
            if link.sha256 != before.sha256:
                yield f"number {link.number} is there twice"
            continue
        else:
            yield from _miss(before.number + 1, link.number)
            is_next = link.number == before.number + 1
            if is_next and link.previous_sha256 != before.sha256:
                yield f"number {link.number} names another predecessor"
        before = link


def _miss(first: int, end: int) -> Iterator[str]:
    if end - first > 1:
        yield f"numbers {first} to {end - 1} are missing"
    elif end > first:
        yield f"number {first} is missing"
