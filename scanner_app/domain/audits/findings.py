"""What an audit finds: the kinds of findings, their flags, and the rule that chooses the kind.

Everything that any layer says about a kind is in its row of FINDING_KINDS: pages, files, the PDF,
the answer to a scan, and the accuracy figures all read it from there.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from scanner_app.domain.register.lifecycle import ENDED, Stage


class FindingState(StrEnum):
    VERIFIED = "verified"
    MISPLACED = "misplaced"
    MISSING = "missing"
    UNEXPECTED = "unexpected"
    UNREGISTERED = "unregistered"


@dataclass(frozen=True, slots=True)
class FindingKind:
    """One kind of finding.

    :param label: what people read.
    :param heading: the explanation beside the label, in the PDF.
    :param means: the definition, in docs/audits.md.
    :param answer: what the scan page answers to the sighting; no sighting makes a missing finding.
    :param shelf_answer: the same on the page of a shelf photo, which tells extras apart.
    :param sentence: what the scan page says of the sighting. `{recorded}` is the recorded location.
    :param sentence_without_place: the same if the scan names no location.
    :param sentence_unrecorded: the same if the register has no location for the asset.
    :param is_expected: it counts as an expected asset in the accuracy figures.
    :param is_seen: it counts as a thing that was seen.
    :param is_in_place: it counts as a thing in its recorded location.
    :param is_registered: the thing is in the register.
    :param takes_fields: accepting it takes fields of a new asset, so each is accepted separately.
    """

    state: FindingState
    label: str
    tone: str
    icon: str
    heading: str
    means: str
    answer: str
    shelf_answer: str
    sentence: str = "{thing} is here."
    sentence_without_place: str = ""
    sentence_unrecorded: str = ""
    is_expected: bool = False
    is_seen: bool = True
    is_in_place: bool = False
    is_registered: bool = True
    takes_fields: bool = False


# In the order in which pages and the PDF list them: what needs a decision first.
FINDING_KINDS: dict[FindingState, FindingKind] = {
    kind.state: kind
    for kind in (
        FindingKind(
            FindingState.MISPLACED,
            label="Wrong place",
            tone="warn",
            icon="place",
            heading="expected, last seen in another location",
            means="expected, last seen in another location, in another room of the same audit too; "
            "also where no location is recorded",
            answer="wrong_place",
            shelf_answer="wrong_place",
            sentence="{thing} is recorded in {recorded}, not here.",
            sentence_unrecorded="{thing} has no recorded location. It is here.",
            is_expected=True,
        ),
        FindingKind(
            FindingState.MISSING,
            label="Missing",
            tone="bad",
            icon="missing",
            heading="expected, not found",
            means="expected, never seen",
            answer="",
            shelf_answer="",
            is_expected=True,
            is_seen=False,
        ),
        FindingKind(
            FindingState.UNEXPECTED,
            label="Extra",
            tone="note",
            icon="plus",
            heading="in the register, not on the expected list, seen",
            means="in the register, not on the expected list, seen in this audit",
            answer="wrong_place",
            shelf_answer="not_expected",
            sentence="{thing} is not on this audit's list. Recorded as an extra.",
        ),
        FindingKind(
            FindingState.UNREGISTERED,
            label="Unknown label",
            tone="odd",
            icon="question",
            heading="no asset has this code",
            means="a code that no asset has, or that means two things",
            answer="unknown",
            shelf_answer="unknown",
            is_registered=False,
            takes_fields=True,
        ),
        FindingKind(
            FindingState.VERIFIED,
            # Not "Counted": a thing in the wrong place was counted too.
            label="Right place",
            tone="good",
            icon="check",
            heading="expected, last seen in its recorded location",
            means="expected, and last seen in its recorded location or inside it",
            answer="fine",
            shelf_answer="fine",
            sentence="{thing} is where it belongs.",
            sentence_without_place="{thing} is here.",
            is_expected=True,
            is_in_place=True,
        ),
    )
}


class Flag(StrEnum):
    WRONG_CUSTODIAN = "wrong_custodian"
    RETIRED = "retired"
    DUPLICATE_LABEL = "duplicate_label"
    DAMAGED = "damaged"
    UNREADABLE = "unreadable"
    NO_PLACE = "no_place"
    COARSE_PLACE = "coarse_place"
    LATE = "late"
    OUTSIDE_SCAN = "outside_scan"
    WEAK_EVIDENCE = "weak_evidence"
    OUTSIDE_SAMPLE = "outside_sample"
    TWO_PLACES = "two_places"
    IMPOSSIBLE_TRAVEL = "impossible_travel"
    COUNTS_DISAGREE = "counts_disagree"
    CALLED_FOREIGN = "called_foreign"
    MISSING_BEFORE = "missing_before"
    ATTESTED = "attested"
    ATTESTED_WITH_PICTURE = "attested_with_picture"


@dataclass(frozen=True, slots=True)
class FlagRow:
    """One flag: what people read, and its definition in docs/audits.md.

    :param sentence: what the page says of a finding with this flag that proposes nothing.
    :param is_sticky: it stays, whatever the newest sighting says.
    """

    flag: Flag
    label: str
    means: str
    tone: str = "warn"
    sentence: str = ""
    is_sticky: bool = False


FLAGS: dict[Flag, FlagRow] = {
    row.flag: row
    for row in (
        FlagRow(
            Flag.WRONG_CUSTODIAN,
            "assigned to someone else",
            "the scan named another person than the register",
        ),
        FlagRow(Flag.RETIRED, "retired", "the register says retired or disposed"),
        FlagRow(
            Flag.DUPLICATE_LABEL,
            "duplicate label",
            "one code that means two things",
            sentence="Nothing to correct: one code means two things. Replace one of the labels.",
            is_sticky=True,
        ),
        FlagRow(Flag.DAMAGED, "damaged", "the scan, or who added a picture, gave this condition"),
        FlagRow(
            Flag.UNREADABLE,
            "label unreadable",
            "the scan, or who added a picture, gave this condition",
        ),
        FlagRow(
            Flag.NO_PLACE,
            "no location",
            "the scan named no location: it proves that the thing exists, but not where",
        ),
        FlagRow(
            Flag.COARSE_PLACE,
            "location not exact",
            "seen in a location that contains the recorded one: it may be right or wrong",
            sentence="Nothing to correct: the location that was scanned contains the recorded one. "
            "Scan the exact location to know.",
        ),
        FlagRow(
            Flag.LATE,
            "arrived late",
            "a scan that was made while the audit counted arrived when it no longer did",
            tone="note",
            is_sticky=True,
        ),
        FlagRow(
            Flag.OUTSIDE_SCAN,
            "scanned outside the audit",
            "not scanned in this audit, but since counting started, in no audit or in another one",
            sentence="It was scanned outside this audit, so marking it as missing is not proposed. "
            "Look again.",
        ),
        FlagRow(
            Flag.WEAK_EVIDENCE,
            "label not read",
            "missing, but scanned in a way that the policy does not take as proof, such as typed",
        ),
        FlagRow(
            Flag.OUTSIDE_SAMPLE,
            "not in the sample",
            "covered by the scope, but not drawn: it enters no estimate",
            tone="note",
            is_sticky=True,
        ),
        FlagRow(
            Flag.TWO_PLACES,
            "in two places at once",
            "seen in two locations within one second, neither inside the other",
            tone="bad",
            sentence="Nothing is proposed: it was seen in two locations within one second. Reopen "
            "counting, and undo the wrong scan or count it again.",
        ),
        FlagRow(
            Flag.COUNTS_DISAGREE,
            "counts disagree",
            "seen in one of two counts of a location alone, and nobody looked since",
            sentence="One of two counts of this location did not see it. Look at it and leave a "
            "comment, or have the location counted a third time.",
        ),
        FlagRow(
            Flag.IMPOSSIBLE_TRAVEL,
            "too far too soon",
            "seen by two devices in two locations, sooner than the way between them takes: often "
            "two things with one label",
            tone="bad",
        ),
        FlagRow(
            Flag.CALLED_FOREIGN,
            "not ours before",
            "an unknown label that the newest audit before called not ours",
            tone="note",
        ),
        FlagRow(
            Flag.MISSING_BEFORE,
            "missing before, too",
            "missing in the newest closed audit before that expected it, too",
            tone="bad",
        ),
        FlagRow(
            Flag.ATTESTED,
            "attested by its person",
            "missing, and the person it is assigned to says that they have it",
            tone="note",
            sentence="The person it is assigned to says that they have it, and the rules of this "
            "audit leave it at that. It was not counted.",
        ),
        FlagRow(
            Flag.ATTESTED_WITH_PICTURE,
            "with a picture of its label",
            "attested, and its own label was read in the picture that its person added",
            tone="note",
        ),
    )
}
# What no single sighting can tell: these are set when proposals are made.
FLAGS_OF_THE_LOG = frozenset(
    flag.value
    for flag in (
        Flag.OUTSIDE_SCAN, Flag.TWO_PLACES, Flag.IMPOSSIBLE_TRAVEL, Flag.CALLED_FOREIGN,
        Flag.MISSING_BEFORE, Flag.COUNTS_DISAGREE, Flag.ATTESTED, Flag.ATTESTED_WITH_PICTURE,
        Flag.WEAK_EVIDENCE,
    )
)  # fmt: skip
# What one thing can hardly be: often two things have one label.
IN_TWO = frozenset({Flag.TWO_PLACES.value, Flag.IMPOSSIBLE_TRAVEL.value})
# What people say of a thing with a scan or a picture of it, and the flag that it sets.
CONDITION_FLAGS = {"damaged": Flag.DAMAGED, "unreadable_label": Flag.UNREADABLE}
CONDITIONS = {
    "good": "in good condition",
    **{condition: FLAGS[flag].label for condition, flag in CONDITION_FLAGS.items()},
}
STICKY_FLAGS = frozenset(flag.value for flag, row in FLAGS.items() if row.is_sticky)


class Expectation(NamedTuple):
    """What the register said about one asset when counting started. Paths hold ids from the root.

    `is_expected` is False for an asset that was seen without being on the list. `location_path` is
    lifted to the depth at which the audit compares places.
    """

    is_expected: bool
    location_path: str | None
    custodian_id: int | None
    status: Stage | None


class LastSighting(NamedTuple):
    """The newest sighting of one asset in one audit."""

    location_path: str | None
    person_id: int | None = None
    condition: str | None = None


def is_inside(path: str | None, outer: str | None) -> bool:
    """Return whether a location is the outer one or inside it, by their paths (``/1/5/``)."""
    return path is not None and outer is not None and path.startswith(outer)


def are_apart(path: str | None, other: str | None) -> bool:
    """Return whether two locations are different rooms: both are known, neither holds the other."""
    if path is None or other is None:
        return False
    return not is_inside(path, other) and not is_inside(other, path)


def is_coarser(path: str | None, recorded: str | None) -> bool:
    """Return whether a location contains the recorded one without being it."""
    return path != recorded and is_inside(recorded, path)


def classify(expected: Expectation, seen: LastSighting | None) -> tuple[FindingState, list[str]]:
    """Return the kind of finding and its flags, by the definitions in docs/audits.md."""
    if seen is None:
        return FindingState.MISSING, []
    flags: list[str] = []
    if seen.location_path is None:
        flags.append(Flag.NO_PLACE.value)
    if seen.person_id is not None and seen.person_id != expected.custodian_id:
        flags.append(Flag.WRONG_CUSTODIAN.value)
    if expected.status in ENDED:
        flags.append(Flag.RETIRED.value)
    if seen.condition in CONDITION_FLAGS:
        flags.append(CONDITION_FLAGS[seen.condition].value)
    if is_coarser(seen.location_path, expected.location_path):
        flags.append(Flag.COARSE_PLACE.value)
    if not expected.is_expected:
        return FindingState.UNEXPECTED, flags
    if seen.location_path is None or is_inside(seen.location_path, expected.location_path):
        return FindingState.VERIFIED, flags
    return FindingState.MISPLACED, flags


def show_kinds() -> str:
    """Return the table of finding kinds as docs/audits.md prints it."""
    lines = ["| finding | on pages | means |", "|---|---|---|"]
    for state in FindingState:
        kind = FINDING_KINDS[state]
        lines.append(f"| `{state.value}` | {kind.label} | {kind.means} |")
    return "\n".join(lines)


def show_flags() -> str:
    """Return the table of flags as docs/audits.md prints it."""
    lines = ["| flag | on pages | means |", "|---|---|---|"]
    lines += [f"| `{flag.value}` | {row.label} | {row.means} |" for flag, row in FLAGS.items()]
    return "\n".join(lines)
