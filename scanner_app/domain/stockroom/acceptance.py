"""The answer of a person who opened the link to a hand-over: accepted or declined, and its text.

The hand-over's own document is sealed before the person answers, so the answer is a second
sealed document. It names the hash of the hand-over, and the terms word by word through their
hashes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from scanner_app.domain.circulation.terms import Acceptance
from scanner_app.domain.errors import Invalid
from scanner_app.domain.signatures.strokes import Signature, TypedSignature
from scanner_app.domain.stockroom.document import Signed, write_time
from scanner_app.domain.text import is_storable

FORMAT = "scanner-app acceptance 1"
# How long a link opens. Then the hand-over lapses, and a clerk may make another link.
LINK_LIFE = timedelta(days=14)
MAX_REASON = 500


@dataclass(frozen=True, slots=True)
class LinkAnswer:
    """What a person answered.

    :param terms: ids and versions of the texts that they ticked.
    :param reason: why they declined.
    :param account: the name of the account that was signed in on that device; empty for none.
    """

    is_accepted: bool
    signature: Signature | None = None
    terms: frozenset[tuple[int, int]] = frozenset()
    reason: str = ""
    account: str = ""


def check_answer(answer: LinkAnswer, asked: Sequence[tuple[int, int]]) -> LinkAnswer:
    """Return the answer, with its reason as it is kept.

    :param asked: the terms that the hand-over asks for.
    :raises Invalid: a text is not ticked, nothing is signed, or no reason is given.
    """
    if answer.is_accepted:
        if not answer.terms.issuperset(asked):
            text = "Tick each text that you accept, or decline."
            raise Invalid(text, errors={"terms": [text]})
        if answer.signature is None:
            text = "Sign on the pad, or type your name and tick it."
            raise Invalid(text, errors={"signature": [text]})
        return answer
    reason = " ".join(answer.reason.split())
    if not reason:
        text = "Say why you decline, so that somebody can put it right."
        raise Invalid(text, errors={"reason": [text]})
    if len(reason) > MAX_REASON or not is_storable(reason) or not reason.isprintable():
        text = f"Write at most {MAX_REASON} characters, without special signs."
        raise Invalid(text, errors={"reason": [text]})
    return LinkAnswer(False, reason=reason, account=answer.account)


def list_asked(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the terms of a document that its person has not accepted yet."""
    return [one for one in body["terms"] if Acceptance(one["acceptance"]).is_asked]


def write_answer(
    body: Mapping[str, Any],
    answer: LinkAnswer,
    *,
    sha256: str,
    signed: Signed | None,
    at: datetime,
    software: str,
) -> dict[str, Any]:
    """Return the text of an answer before it is sealed.

    :param body: the document of the hand-over; `sha256` is its hash.
    """
    return {
        "format": FORMAT,
        "number": body["number"],
        "handover_id": body["handover_id"],
        "handover_sha256": sha256,
        "answer": "accepted" if answer.is_accepted else "declined",
        "at": write_time(at),
        "person": body["person"],
        "terms": [
            {name: one[name] for name in ("id", "version", "title", "sha256")}
            for one in list_asked(body)
            if answer.is_accepted
        ],
        "reason": answer.reason,
        "account": answer.account,
        "signature": signed.to_json() if signed else None,
        "software": software,
    }


def name_signer(signature: Signature, person: Mapping[str, Any] | None) -> str:
    """Return who signed: the typed name, or the person of the hand-over."""
    if isinstance(signature, TypedSignature):
        return signature.name
    return str((person or {}).get("name") or (person or {}).get("ref") or "")
