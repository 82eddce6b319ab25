"""The terms of a hand-over: which of them the person accepts, and what the document says."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from scanner_app.domain.circulation.terms import Acceptance, HeldTerms, TermsText
from scanner_app.domain.errors import Invalid
from scanner_app.domain.stockroom.document import DocumentTerms
from scanner_app.domain.stockroom.new_handover import NewHandover
from scanner_app.domain.stockroom.tray import Tray
from scanner_app.models import TermsAcceptance
from scanner_app.queries.circulation.terms import find_versions
from scanner_app.services.stockroom.judge import Judgement


def find_agreed(session: Session, handover: NewHandover) -> dict[int, TermsText]:
    """Return the versions that the person ticked and signed for, by their ids.

    :raises Invalid: there is no such version.
    """
    if not handover.terms:
        return {}
    found = find_versions(session, handover.terms)
    if len(found) < len(handover.terms):
        raise Invalid(
            "These terms do not exist. Load the counter again.",
            errors={"terms": ["A version that does not exist."]},
        )
    return {text.id: text for text in found.values()}


def describe_terms(
    held: Sequence[Collection[HeldTerms]], agreed: dict[int, TermsText], *, by_link: bool
) -> list[DocumentTerms]:
    """Return each text once, with the lines that it covers and whether it is accepted.

    :param held: the terms of each line, in order.
    :param agreed: what the person signed for, whether a line asks for it or not.
    """
    covers: dict[int, list[int]] = {}
    texts: dict[int, HeldTerms] = {id_: HeldTerms(text) for id_, text in agreed.items()}
    for n, terms in enumerate(held, start=1):
        for one in terms:
            covers.setdefault(one.text.id, []).append(n)
            texts[one.text.id] = one
    return [
        DocumentTerms(
            texts[id_].text,
            _find_acceptance(texts[id_], agreed, by_link=by_link),
            covers.get(id_, []),
            texts[id_].accepted_at,
        )
        for id_ in sorted(texts)
    ]


def _find_acceptance(one: HeldTerms, agreed: Collection[int], *, by_link: bool) -> Acceptance:
    if one.text.id in agreed:
        return Acceptance.HERE
    if one.accepted_at is not None:
        return Acceptance.BEFORE
    return Acceptance.LINK if by_link else Acceptance.OPEN


@dataclass(frozen=True, slots=True)
class TrayTerms:
    """One text that holds for things in a tray.

    :param covers: the tags of these things, and the codes of stock.
    """

    id: int
    version: int
    title: str
    text: str
    sha256: str
    covers: tuple[str, ...]
    accepted_at: datetime | None


def list_tray_terms(tray: Tray, judgements: Sequence[Judgement]) -> list[TrayTerms]:
    """Return each text that holds for what may change hands, once, for the counter to show."""
    found: dict[int, tuple[HeldTerms, list[str]]] = {}
    for line, judgement in zip(tray.lines, judgements, strict=True):
        for one in judgement.terms if line.is_ready else ():
            found.setdefault(one.text.id, (one, []))[1].append(line.tag)
    return [
        TrayTerms(
            one.text.terms_id, one.text.version, one.text.title, one.text.body, one.text.sha256,
            tuple(tags), one.accepted_at,
        )
        for _, (one, tags) in sorted(found.items())
    ]  # fmt: skip


def keep_acceptances(
    session: Session,
    version_ids: Iterable[int],
    *,
    person_id: int | None,
    handover_id: int,
    at: datetime,
) -> None:
    """Keep which versions a person accepted with a hand-over; nothing if the person is not known.

    :param handover_id: of its row.
    """
    if person_id is None:
        return
    session.add_all(
        TermsAcceptance(person_id=person_id, version_id=id_, handover_id=handover_id, at=at)
        for id_ in sorted(set(version_ids))
    )
    session.flush()
