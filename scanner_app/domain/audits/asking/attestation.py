"""Answers of people about what is assigned to them: what they may say, and what it is worth.

An answer is never a sighting. What is missing stays missing, whatever its person says; the policy
of the audit says which answers leave it at that, without a proposal to mark it as missing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from scanner_app.domain.audits.findings import FindingState, Flag

# What an answer may hold beside itself.
MAX_NOTE = 500
EXISTENCE_WITH_ATTESTED = "existence_with_attested"
FORMULA = "(seen + missing that its person attests) / expected"


class Answered(StrEnum):
    """What a person says of one thing that is assigned to them."""

    HAVE = "have"
    DAMAGED = "damaged"
    GAVE_TO = "gave_to"
    DO_NOT_HAVE = "do_not_have"


@dataclass(frozen=True, slots=True)
class AnsweredRow:
    """One answer.

    :param label: the choice on the page.
    :param told: how the trail of an audit says it.
    :param is_attested: it says that the thing is there.
    :param needs_note: why it needs words; empty if it needs none.
    """

    answer: Answered
    label: str
    told: str
    is_attested: bool
    needs_note: str = ""


ANSWERS: dict[Answered, AnsweredRow] = {
    row.answer: row
    for row in (
        AnsweredRow(Answered.HAVE, "I have it", "has it", True),
        AnsweredRow(Answered.DAMAGED, "I have it, and it is damaged", "has it, damaged", True),
        AnsweredRow(
            Answered.GAVE_TO,
            "I gave it to somebody",
            "gave it away",
            False,
            needs_note="Enter to whom you gave it, and when.",
        ),
        AnsweredRow(Answered.DO_NOT_HAVE, "I do not have it", "does not have it", False),
    )
}


class Grade(StrEnum):
    """How much an answer that something is there is worth, the best first."""

    WITH_PICTURE = "attested_with_picture"
    BY_WORD = "attested"


class Attestation(StrEnum):
    """What the policy of an audit makes of answers."""

    APART = "apart"
    WITH_PICTURE_COUNTS = "with_picture_counts"
    COUNTS = "counts"


# What people choose for each.
ATTESTATIONS: dict[Attestation, str] = {
    Attestation.APART: "Are shown apart",
    Attestation.WITH_PICTURE_COUNTS: "With a picture of the label, leave it unmarked",
    Attestation.COUNTS: "Leave it unmarked",
}


@dataclass(frozen=True, slots=True)
class LinkHolder:
    """Who acts by a link, without signing in: a person of the register.

    :param person_id: their id in the register.
    :param user_id: their account, if one is known to be theirs.
    """

    person_id: int
    name: str
    user_id: int | None = None
    role: None = None

    @property
    def key(self) -> str:
        return f"person:{self.person_id}"

    @property
    def person_key(self) -> str | None:
        return f"user:{self.user_id}" if self.user_id is not None else None


def make_token(secret: str, audit_id: int, person_id: int, salt: str) -> str:
    """Return the secret of a link: 32 bytes that only this service can make, as text.

    So e-mails and reminders can hold it, and the database does not.
    """
    text = f"attest:{audit_id}:{person_id}:{salt}".encode()
    raw = hmac.new(secret.encode(), text, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def hash_token(token: str) -> str:
    """Return what the database keeps of a link."""
    return hashlib.sha256(token.encode()).hexdigest()


def grade_answer(answer: Answered, *, shows_label: bool) -> Grade | None:
    """Return what an answer is worth; None if it says that the thing is not there.

    :param shows_label: a picture was added, and this thing's own label was read in it.
    """
    if not ANSWERS[answer].is_attested:
        return None
    return Grade.WITH_PICTURE if shows_label else Grade.BY_WORD


def flags_of(grade: Grade | None) -> list[str]:
    """Return the flags of a missing finding whose newest answer has this grade."""
    if grade is None:
        return []
    flags = [Flag.ATTESTED.value]
    return [*flags, Flag.ATTESTED_WITH_PICTURE.value] if grade is Grade.WITH_PICTURE else flags


def leaves_unmarked(policy: Attestation, flags: Collection[str]) -> bool:
    """Return whether the answer about something missing leaves it without a proposal."""
    if policy is Attestation.COUNTS:
        return Flag.ATTESTED.value in flags
    wanted = Flag.ATTESTED_WITH_PICTURE.value
    return policy is Attestation.WITH_PICTURE_COUNTS and wanted in flags


def enters_figure(policy: Attestation, flags: Collection[str]) -> bool:
    """Return whether something missing enters *existence with attested*.

    That figure is shown beside *existence* and never replaces it. Where only pictures count, what
    is attested by word alone enters neither.
    """
    if policy is Attestation.WITH_PICTURE_COUNTS:
        return Flag.ATTESTED_WITH_PICTURE.value in flags
    return Flag.ATTESTED.value in flags


def count_attested(
    findings: Iterable[tuple[str, Collection[str]]], policy: Attestation
) -> tuple[int, int]:
    """Return part and whole of *existence with attested*, of states and flags of findings."""
    seen = {FindingState.VERIFIED.value, FindingState.MISPLACED.value}
    part = whole = 0
    for state, flags in findings:
        is_missing = state == FindingState.MISSING
        whole += is_missing or state in seen
        part += state in seen or (is_missing and enters_figure(policy, flags))
    return part, whole
