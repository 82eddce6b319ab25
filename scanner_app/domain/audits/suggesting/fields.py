"""What a rule may ask of a finding: its fields, and how each is compared and put in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from scanner_app.domain.audits.findings import FINDING_KINDS, FLAGS, FindingState, Flag
from scanner_app.domain.audits.proposals import PROPOSALS, ProposalKind

MAX_TEXT = 200
MAX_NUMBER = 10**15


class Evidence(StrEnum):
    """How an audit knows of a thing, the best first."""

    HELD = "held"
    HEARD = "heard"
    PRINTED = "printed"
    TYPED = "typed"
    ATTESTED_WITH_PICTURE = "attested_with_picture"
    ATTESTED = "attested"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One grade of evidence.

    :param label: how a suggestion says it.
    :param sources: the sources of scans that make it.
    """

    label: str
    sources: frozenset[str] = frozenset()


EVIDENCE: dict[Evidence, EvidenceRow] = {
    Evidence.HELD: EvidenceRow("label read", frozenset({"camera", "photo", "wedge", "nfc"})),
    Evidence.HEARD: EvidenceRow("heard by RFID", frozenset({"rfid"})),
    Evidence.PRINTED: EvidenceRow("printed text read"),
    Evidence.TYPED: EvidenceRow("typed", frozenset({"typed", "import", ""})),
    Evidence.ATTESTED_WITH_PICTURE: EvidenceRow("attested with a picture of its label"),
    Evidence.ATTESTED: EvidenceRow("attested by its person"),
    Evidence.OUTSIDE: EvidenceRow("scanned outside the audit"),
}


def grade_sources(sources: frozenset[str]) -> Evidence | None:
    """Return the best evidence that scans of these sources are; None if there are none."""
    return next((grade for grade, row in EVIDENCE.items() if row.sources & sources), None)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one finding. None is unknown: no condition holds for it.

    :param common_name: the code of the smallest location that holds the recorded and the seen one.
    :param counts: how many scans of it count.
    :param seen_by: how many people scanned it.
    """

    state: str
    flags: tuple[str, ...] = ()
    proposal: str | None = None
    evidence: str | None = None
    common_place: str | None = None
    common_name: str | None = None
    is_at_home: bool | None = None
    days_since_check_out: int | None = None
    days_since_move: int | None = None
    value_cents: int | None = None
    category: str | None = None
    counts: int = 0
    seen_by: int = 0


class Op(StrEnum):
    EQUAL = "="
    UNEQUAL = "!="
    LESS = "<"
    AT_MOST = "<="
    IN = "in"
    HAS = "has"


@dataclass(frozen=True, slots=True)
class OpRow:
    """One comparison: its words in a form, and whether it holds."""

    label: str
    holds: Callable[[Any, Any], bool]


OPS: dict[Op, OpRow] = {
    Op.EQUAL: OpRow("is", lambda fact, value: bool(fact == value)),
    Op.UNEQUAL: OpRow("is not", lambda fact, value: bool(fact != value)),
    Op.LESS: OpRow("is less than", lambda fact, value: bool(fact < value)),
    Op.AT_MOST: OpRow("is at most", lambda fact, value: bool(fact <= value)),
    Op.IN: OpRow("is one of", lambda fact, value: fact in value),
    Op.HAS: OpRow("has", lambda fact, value: value in fact),
}
_OF_WORDS = (Op.EQUAL, Op.UNEQUAL, Op.IN)
_OF_NUMBERS = (Op.EQUAL, Op.UNEQUAL, Op.LESS, Op.AT_MOST)


class Kind(StrEnum):
    """What the values of a field are."""

    WORD = "word"
    NUMBER = "number"
    YES_NO = "yes_no"


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field that a condition may be about.

    :param means: its definition, in docs/audits.md.
    :param choices: the words that it may be; any text if there are none.
    :param say: how a suggestion says what it is, nothing where the list shows it anyway; the words
        of the form if there is none.
    """

    name: str
    label: str
    means: str
    ops: tuple[Op, ...]
    kind: Kind = Kind.WORD
    choices: tuple[tuple[str, str], ...] = ()
    say: Callable[[Facts], str] | None = None


def _days(days: int | None) -> str:
    return "today" if days == 0 else f"{days} {'day' if days == 1 else 'days'} before"


FIELDS: dict[str, FieldRow] = {
    row.name: row
    for row in (
        FieldRow(
            "state", "Finding", "what the audit found", _OF_WORDS,
            choices=tuple((state.value, FINDING_KINDS[state].label) for state in FindingState),
            say=lambda _: "",
        ),
        FieldRow(
            "proposal", "Proposed correction", "what is proposed", _OF_WORDS,
            choices=tuple((kind.value, PROPOSALS[kind].label) for kind in ProposalKind),
            say=lambda _: "",
        ),
        FieldRow(
            "evidence", "Evidence", "the best way in which it was read", _OF_WORDS,
            choices=tuple((grade.value, row.label) for grade, row in EVIDENCE.items()),
            say=lambda f: EVIDENCE[Evidence(f.evidence or "")].label,
        ),
        FieldRow(
            "flags", "Mark", "its flags", (Op.HAS,),
            choices=tuple((flag.value, FLAGS[flag].label) for flag in Flag),
        ),
        FieldRow(
            "common_place", "Both locations in one",
            "kind of the smallest location that holds both the recorded one and where it was seen",
            _OF_WORDS,
            say=lambda f: f"both in {f.common_name or 'one ' + (f.common_place or '')}",
        ),
        FieldRow(
            "is_at_home", "At its home location", "it was seen in its home location, or inside it",
            (Op.EQUAL,), Kind.YES_NO,
            say=lambda f: "at its home location" if f.is_at_home else "not at its home location",
        ),
        FieldRow(
            "days_since_check_out", "Days since check-out",
            "whole days from its last check-out until it was seen", _OF_NUMBERS, Kind.NUMBER,
            say=lambda f: f"checked out {_days(f.days_since_check_out)}",
        ),
        FieldRow(
            "days_since_move", "Days since it was moved",
            "whole days from its last move in the register until it was seen", _OF_NUMBERS,
            Kind.NUMBER, say=lambda f: f"moved {_days(f.days_since_move)}",
        ),
        FieldRow(
            "value_cents", "Value in cents", "its value when the list was frozen", _OF_NUMBERS,
            Kind.NUMBER, say=lambda f: f"worth {(f.value_cents or 0) / 100:,.2f}",
        ),
        FieldRow(
            "category", "Category", "its category when the list was frozen", _OF_WORDS,
            say=lambda f: f.category or "",
        ),
        FieldRow(
            "counts", "Scans", "how many scans of it count", _OF_NUMBERS, Kind.NUMBER,
            say=lambda f: f"{f.counts} {'scan' if f.counts == 1 else 'scans'}",
        ),
        FieldRow(
            "seen_by", "People who scanned it", "how many people scanned it", _OF_NUMBERS,
            Kind.NUMBER,
            say=lambda f: f"seen by {f.seen_by} {'person' if f.seen_by == 1 else 'people'}",
        ),
    )
}  # fmt: skip


def show_fields() -> str:
    """Return the table of fields as docs/audits.md prints it."""
    lines = ["| field | compared by | is |", "|---|---|---|"]
    for row in FIELDS.values():
        ops = " ".join(f"`{op.value}`" for op in row.ops)
        lines.append(f"| `{row.name}` | {ops} | {row.means} |")
    return "\n".join(lines)
