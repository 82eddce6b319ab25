"""What a scan can ask for and how it can end: one row for each, with all that any layer says.

The decision table is the `steps` column: for each intent, each stage and whether somebody holds the
asset, either the stage that follows or the refusal. `decide` looks the cell up; docs/scanning.md
explains it. To add an intent: add a member and its row here. The database checks no list of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from scanner_app.domain.register.lifecycle import Stage


class Intent(StrEnum):
    LOOKUP = "lookup"
    SIGHTING = "sighting"
    MOVE = "move"
    CHECK_OUT = "check_out"
    CHECK_IN = "check_in"
    VOID = "void"
    CLAIM = "claim"
    TRANSFER = "transfer"
    EXTEND = "extend"

    @property
    def facts(self) -> IntentFacts:
        """Return the row of this intent."""
        return INTENTS[self]


class Outcome(StrEnum):
    APPLIED = "applied"
    NOTED = "noted"
    REFUSED = "refused"
    UNREGISTERED = "unregistered"
    AMBIGUOUS = "ambiguous"

    @property
    def facts(self) -> OutcomeFacts:
        """Return the row of this outcome."""
        return OUTCOMES[self]


class Refusal(StrEnum):
    ALREADY_CHECKED_OUT = "already_checked_out"
    NOT_CHECKED_OUT = "not_checked_out"
    ASSET_RETIRED = "asset_retired"
    ASSET_IN_MAINTENANCE = "asset_in_maintenance"
    UNKNOWN_CUSTODIAN = "unknown_custodian"
    CUSTODIAN_REQUIRED = "custodian_required"
    UNKNOWN_LOCATION = "unknown_location"
    LOCATION_REQUIRED = "location_required"
    NOT_AN_ASSET = "not_an_asset"
    UNKNOWN_AUDIT = "unknown_audit"
    AUDIT_NOT_COUNTING = "audit_not_counting"
    UNKNOWN_SCAN = "unknown_scan"
    ALREADY_VOIDED = "already_voided"
    NOT_YOUR_SCAN = "not_your_scan"
    NOT_YOUR_ROLE = "not_your_role"
    PERSON_LEFT = "person_left"
    LOCATION_CLOSED = "location_closed"
    DUE_IN_THE_PAST = "due_in_the_past"
    NOT_A_BLANK = "not_a_blank"
    LABEL_CLAIMED = "label_claimed"
    LABEL_VOID = "label_void"
    SAME_CUSTODIAN = "same_custodian"
    NO_EXTENSION_LEFT = "no_extension_left"
    NOT_LATER = "not_later"
    DUE_REQUIRED = "due_required"

    @property
    def facts(self) -> RefusalFacts:
        """Return the row of this refusal."""
        return REFUSALS[self]


class AnswerKind(StrEnum):
    """The answers of the server that a person sees, hears and feels: `fine` only if all is."""

    FINE = "fine"
    WRONG_PLACE = "wrong_place"
    UNKNOWN = "unknown"
    ALREADY_SCANNED = "already_scanned"
    TWO_ROOMS = "two_rooms"
    DAMAGED = "damaged"
    FOUND_AGAIN = "found_again"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


_S, _R = Stage, Refusal

# By stage: what follows if nobody holds the asset, and if somebody does.
Steps = Mapping[Stage, tuple[Stage | Refusal, Stage | Refusal]]

CHECK_OUT_STEPS: Steps = {
    _S.REQUESTED: (_S.IN_USE, _R.ALREADY_CHECKED_OUT),
    _S.ORDERED: (_S.IN_USE, _R.ALREADY_CHECKED_OUT),
    _S.IN_STOCK: (_S.IN_USE, _R.ALREADY_CHECKED_OUT),
    _S.IN_USE: (_S.IN_USE, _R.ALREADY_CHECKED_OUT),
    _S.IN_MAINTENANCE: (_R.ASSET_IN_MAINTENANCE, _R.ALREADY_CHECKED_OUT),
    _S.MISSING: (_S.IN_USE, _R.ALREADY_CHECKED_OUT),
    _S.RETIRED: (_R.ASSET_RETIRED, _R.ASSET_RETIRED),
    _S.DISPOSED: (_R.ASSET_RETIRED, _R.ASSET_RETIRED),
}
# Only what is in stock already cannot come back. A repair, a delivery, a lost laptop that was found
# and a deployed screen that nobody holds are all received by a check-in.
CHECK_IN_STEPS: Steps = {
    _S.REQUESTED: (_S.IN_STOCK, _S.IN_STOCK),
    _S.ORDERED: (_S.IN_STOCK, _S.IN_STOCK),
    _S.IN_STOCK: (_R.NOT_CHECKED_OUT, _S.IN_STOCK),
    _S.IN_USE: (_S.IN_STOCK, _S.IN_STOCK),
    _S.IN_MAINTENANCE: (_S.IN_STOCK, _S.IN_STOCK),
    _S.MISSING: (_S.IN_STOCK, _S.IN_STOCK),
    _S.RETIRED: (_R.ASSET_RETIRED, _R.ASSET_RETIRED),
    _S.DISPOSED: (_R.ASSET_RETIRED, _R.ASSET_RETIRED),
}
# What comes back damaged is not handed out again before somebody repaired it.
CHECK_IN_DAMAGED_STEPS: Steps = {
    _S.REQUESTED: (_S.IN_MAINTENANCE, _S.IN_MAINTENANCE),
    _S.ORDERED: (_S.IN_MAINTENANCE, _S.IN_MAINTENANCE),
    _S.IN_STOCK: (_S.IN_MAINTENANCE, _S.IN_MAINTENANCE),
    _S.IN_USE: (_S.IN_MAINTENANCE, _S.IN_MAINTENANCE),
    _S.IN_MAINTENANCE: (_S.IN_MAINTENANCE, _S.IN_MAINTENANCE),
    _S.MISSING: (_S.IN_MAINTENANCE, _S.IN_MAINTENANCE),
    _S.RETIRED: (_R.ASSET_RETIRED, _R.ASSET_RETIRED),
    _S.DISPOSED: (_R.ASSET_RETIRED, _R.ASSET_RETIRED),
}
MOVE_STEPS: Steps = {
    _S.REQUESTED: (_S.REQUESTED, _S.REQUESTED),
    _S.ORDERED: (_S.ORDERED, _S.ORDERED),
    _S.IN_STOCK: (_S.IN_STOCK, _S.IN_STOCK),
    _S.IN_USE: (_S.IN_USE, _S.IN_USE),
    _S.IN_MAINTENANCE: (_S.IN_MAINTENANCE, _S.IN_MAINTENANCE),
    # Somebody moved it by hand, so it is not missing.
    _S.MISSING: (_S.IN_STOCK, _S.IN_USE),
    # A retired asset still travels to the disposal cage. A disposed one is gone.
    _S.RETIRED: (_S.RETIRED, _S.RETIRED),
    _S.DISPOSED: (_R.ASSET_RETIRED, _R.ASSET_RETIRED),
}


# What somebody has goes to another person; what is being repaired stays there meanwhile.
TRANSFER_STEPS: Steps = {
    _S.REQUESTED: (_R.NOT_CHECKED_OUT, _S.IN_USE),
    _S.ORDERED: (_R.NOT_CHECKED_OUT, _S.IN_USE),
    _S.IN_STOCK: (_R.NOT_CHECKED_OUT, _S.IN_USE),
    _S.IN_USE: (_R.NOT_CHECKED_OUT, _S.IN_USE),
    _S.IN_MAINTENANCE: (_R.NOT_CHECKED_OUT, _S.IN_MAINTENANCE),
    _S.MISSING: (_R.NOT_CHECKED_OUT, _S.IN_USE),
    _S.RETIRED: (_R.ASSET_RETIRED, _R.ASSET_RETIRED),
    _S.DISPOSED: (_R.ASSET_RETIRED, _R.ASSET_RETIRED),
}
# A new day says nothing of where the asset is: what is missing stays missing.
EXTEND_STEPS: Steps = {
    _S.REQUESTED: (_R.NOT_CHECKED_OUT, _S.REQUESTED),
    _S.ORDERED: (_R.NOT_CHECKED_OUT, _S.ORDERED),
    _S.IN_STOCK: (_R.NOT_CHECKED_OUT, _S.IN_STOCK),
    _S.IN_USE: (_R.NOT_CHECKED_OUT, _S.IN_USE),
    _S.IN_MAINTENANCE: (_R.NOT_CHECKED_OUT, _S.IN_MAINTENANCE),
    _S.MISSING: (_R.NOT_CHECKED_OUT, _S.MISSING),
    _S.RETIRED: (_R.ASSET_RETIRED, _R.ASSET_RETIRED),
    _S.DISPOSED: (_R.ASSET_RETIRED, _R.ASSET_RETIRED),
}


@dataclass(frozen=True, slots=True)
class IntentFacts:
    """What is said about an intent.

    :param label: as a button names it.
    :param verb: as a history names it.
    :param past: what a scan of it did to an asset, as a sentence says it.
    :param steps: the decision table; None if this intent changes no state.
    :param damaged_steps: the table for a scan that says that the asset is damaged, if it differs.
    :param done: the sentence for a scan that was applied.
    :param done_damaged: the same if the asset is damaged and `damaged_steps` were taken.
    :param done_without_place: what is added if no location was scanned and the rule chose one.
    :param done_nowhere: the same if the rule knows no location either.
    :param is_seen_nowhere: without a location it is still a sighting, of the asset if not of where.
    :param badge: what a person's badge means here, to the person who scans it.
    :param needs_person: a scan of an asset is refused without a custodian; also `needs_place`.
    :param counts: it is how an asset is counted in an audit.
    :param takes_due: it may say when the asset is due back.
    :param ends_hand_over: after it, the page forgets the custodian that was set for check-outs.
    :param is_offered: a phone and the scan page offer it, in the order of `INTENTS`.
    :param read_label: what a read point calls it; None if a reader cannot mean it by a read.
    :param read_rank: its place among the choices of a read point.
    :param epcis: business step and disposition of the Core Business Vocabulary 2.0; None if such a
        scan is not an event. docs/epcis.md gives the reasons.
    """

    label: str
    verb: str
    icon: str
    past: str = ""
    steps: Steps | None = None
    damaged_steps: Steps | None = None
    done: str = ""
    done_damaged: str = ""
    done_without_place: str = ""
    done_nowhere: str = ""
    is_seen_nowhere: bool = True
    badge: str = "This is the badge of {name}."
    needs_person: bool = False
    needs_place: bool = False
    takes_due: bool = False
    counts: bool = False
    ends_hand_over: bool = False
    is_offered: bool = True
    read_label: str | None = None
    read_rank: int = 0
    epcis: tuple[str, str | None] | None = None


INTENTS: Mapping[Intent, IntentFacts] = {
    Intent.LOOKUP: IntentFacts(
        "Look up",
        "lookup",
        "search",
        badge="This is the badge of {name}. To give {name} an asset, change to Check out.",
        read_label="Nothing, keep it in the log",
        read_rank=2,
        # A lookup asks what a code means. That is not an event.
    ),
    Intent.SIGHTING: IntentFacts(
        "Count",
        "sighting",
        "eye",
        badge="This is the badge of {name}. It is not counted.",
        counts=True,
        ends_hand_over=True,
        read_label="It was seen here",
        read_rank=1,
        epcis=("cycle_counting", None),
    ),
    Intent.MOVE: IntentFacts(
        "Move",
        "move",
        "move",
        past="moved",
        steps=MOVE_STEPS,
        done="{thing} moved to {place}.",
        badge="This is the badge of {name}. A move needs a location label and an asset.",
        needs_place=True,
        ends_hand_over=True,
        read_label="It moves here",
        read_rank=3,
        epcis=("storing", None),
    ),
    # A tag does not name a custodian, so a read cannot check out.
    Intent.CHECK_OUT: IntentFacts(
        "Check out",
        "check out",
        "out",
        past="checked out",
        steps=CHECK_OUT_STEPS,
        done="{thing} is checked out to {custodian}{due}.",
        badge="Checking out to {name}. Scan what {name} gets.",
        needs_person=True,
        takes_due=True,
        epcis=("accepting", None),
    ),
    Intent.CHECK_IN: IntentFacts(
        "Check in",
        "check in",
        "in",
        past="checked in",
        steps=CHECK_IN_STEPS,
        damaged_steps=CHECK_IN_DAMAGED_STEPS,
        done="{thing} is checked in{at_place}.",
        done_damaged="{thing} is checked in{at_place}, damaged. It goes to maintenance.",
        # It is entered at a desk, perhaps far from the asset: nobody saw where the asset is.
        done_without_place="No location was scanned: it is recorded at {place} by rule.",
        done_nowhere="No location was scanned, and none is on record.",
        is_seen_nowhere=False,
        badge="This is the badge of {name}. To check in, scan the asset.",
        ends_hand_over=True,
        read_label="It is returned",
        read_rank=4,
        epcis=("receiving", "returned"),
    ),
    # An undo declares that another event was wrong; it is not an event itself.
    Intent.VOID: IntentFacts("Undo", "void", "undo", is_offered=False),
    # A label is put on; where the asset is says nothing new. Only pages for it offer it.
    Intent.CLAIM: IntentFacts(
        "Put on a label",
        "label put on",
        "print",
        done="Label {code} is now on {thing}.",
        is_seen_nowhere=True,
        is_offered=False,
    ),
    # Their pages offer these two: both need more than a place and a person that were set before.
    Intent.TRANSFER: IntentFacts(
        "Hand on",
        "hand on",
        "repeat",
        steps=TRANSFER_STEPS,
        done="{thing} is handed on to {custodian}{due}.",
        badge="Handing on to {name}. Scan what {name} gets.",
        needs_person=True,
        takes_due=True,
        is_offered=False,
        epcis=("accepting", None),
    ),
    # Nothing moves and nobody sees it: a new day is not an event.
    Intent.EXTEND: IntentFacts(
        "Extend",
        "extend",
        "clock",
        steps=EXTEND_STEPS,
        done="{thing} stays with {custodian}{due}.",
        is_seen_nowhere=False,
        badge="This is the badge of {name}. To extend a loan, scan the asset.",
        takes_due=True,
        is_offered=False,
    ),
}


SIGHTED_ANYWHERE = tuple(intent for intent, facts in INTENTS.items() if facts.is_seen_nowhere)
STATE_INTENTS = frozenset(intent for intent, facts in INTENTS.items() if facts.steps is not None)
OFFERED_INTENTS = tuple(intent for intent, facts in INTENTS.items() if facts.is_offered)
READ_INTENTS = tuple(
    sorted((i for i, f in INTENTS.items() if f.read_label), key=lambda i: INTENTS[i].read_rank)
)
EVENT_INTENTS = tuple(intent for intent, facts in INTENTS.items() if facts.epcis is not None)


@dataclass(frozen=True, slots=True)
class OutcomeFacts:
    """What is said about an outcome.

    :param took_effect: the scan is part of what happened. An undo with such an outcome undoes.
    :param tone: of its mark in the history; empty for none.
    :param read_label: what the page of a reader calls it.
    """

    label: str
    tone: str
    took_effect: bool = False
    read_label: str = ""
    read_tone: str = "odd"


OUTCOMES: Mapping[Outcome, OutcomeFacts] = {
    Outcome.APPLIED: OutcomeFacts("Applied", "good", True, "Applied", "good"),
    Outcome.NOTED: OutcomeFacts("Noted", "", True, "Noted", "note"),
    Outcome.REFUSED: OutcomeFacts("Refused", "bad", read_label="Refused", read_tone="bad"),
    # A reader passes tags of other people's things.
    Outcome.UNREGISTERED: OutcomeFacts("Unregistered", "", read_label="Foreign"),
    Outcome.AMBIGUOUS: OutcomeFacts("Ambiguous", "", read_label="Ambiguous"),
}
TOOK_EFFECT = tuple(outcome for outcome, facts in OUTCOMES.items() if facts.took_effect)


@dataclass(frozen=True, slots=True)
class RefusalFacts:
    """What is said about a refusal.

    :param sentence: what happened and what to do. `{to_custodian}` is empty if nobody is known.
    :param sentence_of_undo: the same of an undo, if it differs.
    :param is_about_state: the asset's own state refused it. It is judged again whenever the history
        before the scan changes, and the asset was still seen. The other refusals are about the
        request: it names nobody, nowhere, or something that cannot be done.
    """

    sentence: str
    is_about_state: bool = False
    sentence_of_undo: str = ""


REFUSALS: Mapping[Refusal, RefusalFacts] = {
    _R.ALREADY_CHECKED_OUT: RefusalFacts(
        "{thing} is checked out{to_custodian}{since}. Check it in first.", True
    ),
    _R.NOT_CHECKED_OUT: RefusalFacts(
        "{thing} is not checked out: there is nothing to check in, hand on or extend.", True
    ),
    _R.ASSET_RETIRED: RefusalFacts("{thing} is {stage}. Put it aside and tell an auditor.", True),
    _R.ASSET_IN_MAINTENANCE: RefusalFacts("{thing} is in maintenance. Check it in first.", True),
    _R.UNKNOWN_CUSTODIAN: RefusalFacts(
        "Nobody is known as “{given}”. Scan the person's badge again."
    ),
    _R.CUSTODIAN_REQUIRED: RefusalFacts("Scan the person's badge first, then {thing}."),
    _R.UNKNOWN_LOCATION: RefusalFacts(
        "No location is known as “{given}”. Scan the room's label again."
    ),
    _R.LOCATION_REQUIRED: RefusalFacts("Scan the location's label first, then {thing}."),
    _R.NOT_AN_ASSET: RefusalFacts("“{thing}” is not an asset."),
    _R.UNKNOWN_AUDIT: RefusalFacts("That audit does not exist. Choose one from the list."),
    _R.AUDIT_NOT_COUNTING: RefusalFacts(
        "The audit did not count at that time. {thing} was saved but will not be counted.",
        sentence_of_undo="Counting has ended, so the scan of {thing} was not undone."
        " Tell an auditor.",
    ),
    _R.UNKNOWN_SCAN: RefusalFacts("Nothing to undo."),
    _R.ALREADY_VOIDED: RefusalFacts("That scan was undone already."),
    _R.NOT_YOUR_SCAN: RefusalFacts("Only its author or an auditor may undo that scan."),
    _R.NOT_YOUR_ROLE: RefusalFacts(
        "Your role may not check out, check in, move or label. Nothing was changed for {thing}."
    ),
    _R.PERSON_LEFT: RefusalFacts(
        "{named} is no longer here and takes nothing. Scan another person's badge."
    ),
    _R.LOCATION_CLOSED: RefusalFacts(
        "{named} is closed: nothing is brought there. Scan another location's label."
    ),
    _R.DUE_IN_THE_PAST: RefusalFacts(
        "{thing} would be due back before it is checked out. Set a later day."
    ),
    _R.NOT_A_BLANK: RefusalFacts("“{given}” is not a label of our blank rolls. Take another."),
    _R.LABEL_CLAIMED: RefusalFacts("Label “{given}” is on another asset already. Take another."),
    _R.LABEL_VOID: RefusalFacts("Label “{given}” was withdrawn. Take another."),
    _R.SAME_CUSTODIAN: RefusalFacts("{thing} is with {custodian} already.", True),
    _R.NO_EXTENSION_LEFT: RefusalFacts(
        "{thing} was extended as often as its rule of lending allows. Check it in, or ask"
        " somebody of the stockroom."
    ),
    _R.NOT_LATER: RefusalFacts("{thing} is not due back before that day. Set a later one.", True),
    _R.DUE_REQUIRED: RefusalFacts("Set the new day on which {thing} is due back."),
}
STATE_REFUSALS = frozenset(r for r, facts in REFUSALS.items() if facts.is_about_state)
