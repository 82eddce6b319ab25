"""Terms that a person accepts with what they get. Pure: which of them hold, and what is open.

A version is never changed. Anyone who accepted one is asked again when the next one comes into
force, or when a year has passed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

MAX_TITLE = 120
MAX_BODY = 20_000
# How long an acceptance holds. Then the same version is asked for again.
ACCEPTED_FOR = timedelta(days=365)


class Acceptance(StrEnum):
    """Whether a person accepted one text of a hand-over, as the document says it."""

    HERE = "here"
    BEFORE = "before"
    LINK = "link"
    OPEN = "open"

    @property
    def label(self) -> str:
        """Return how pages and paper say it."""
        return ACCEPTANCES[self]

    @property
    def is_asked(self) -> bool:
        """Return whether a link asks for it."""
        return self in {Acceptance.LINK, Acceptance.OPEN}


ACCEPTANCES: Mapping[Acceptance, str] = {
    Acceptance.HERE: "accepted",
    Acceptance.BEFORE: "accepted before",
    Acceptance.LINK: "asked for by link",
    Acceptance.OPEN: "not accepted",
}


@dataclass(frozen=True, slots=True)
class TermsText:
    """One version of terms.

    :param id: of the version; `terms_id` is the same for all versions of the same terms.
    :param category_id: what they hold for; None for everything that is handed out.
    """

    id: int
    terms_id: int
    version: int
    title: str
    body: str
    sha256: str
    valid_from: datetime
    category_id: int | None = None


@dataclass(frozen=True, slots=True)
class HeldTerms:
    """One text that holds for a thing, and since when the person has accepted it."""

    text: TermsText
    accepted_at: datetime | None = None


def hash_terms(title: str, body: str) -> str:
    """Return the SHA-256 of a text as the document names it: title, an empty line, body."""
    return hashlib.sha256(f"{title}\n\n{body}".encode()).hexdigest()


def find_current(versions: Iterable[TermsText], now: datetime) -> tuple[TermsText, ...]:
    """Return the newest version of each terms that is in force, in the order of their ids."""
    current: dict[int, TermsText] = {}
    for one in sorted(versions, key=lambda one: one.version):
        if one.valid_from <= now:
            current[one.terms_id] = one
    return tuple(current[id_] for id_ in sorted(current))


def find_held(
    current: Iterable[TermsText],
    category_id: int | None,
    accepted: Mapping[int, datetime],
    now: datetime,
) -> tuple[HeldTerms, ...]:
    """Return the texts that hold for a thing of a category: its own, and those of everything.

    :param accepted: when the person last accepted which version.
    """
    held = []
    for one in current:
        if one.category_id not in {None, category_id}:
            continue
        at = accepted.get(one.id)
        held.append(HeldTerms(one, at if at is not None and now - at < ACCEPTED_FOR else None))
    return tuple(held)
