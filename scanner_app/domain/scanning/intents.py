"""What a scan can ask for and how it can end: one row for each, with all that any layer says.

The `steps` column is the decision table of an intent (`domain.scanning.steps`). To add an intent:
add a member and its row here, and its table there. The database checks no list of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from scanner_app.domain.access.roles import Action
from scanner_app.domain.scanning.refusals import REFUSALS, STATE_REFUSALS, Refusal, RefusalFacts
from scanner_app.domain.scanning.steps import (
    CHECK_IN_DAMAGED_STEPS,
    CHECK_IN_STEPS,
    CHECK_OUT_STEPS,
    EXTEND_STEPS,
    MOVE_STEPS,
    REPAIR_STEPS,
    RESTORE_STEPS,
    RETIRE_STEPS,
    TRANSFER_STEPS,
    Steps,
)
from scanner_app.domain.stock.acts import Act

# Refusals are imported from here too: most who need them need intents beside them.
__all__ = [
    "EVENT_INTENTS",
    "INTENTS",
    "OFFERED_INTENTS",
    "OUTCOMES",
    "READ_INTENTS",
    "REFUSALS",
    "SIGHTED_ANYWHERE",
    "STATE_INTENTS",
    "STATE_REFUSALS",
    "STOCK_INTENTS",
    "TOOK_EFFECT",
    "AnswerKind",
    "Intent",
    "IntentFacts",
    "Outcome",
    "OutcomeFacts",
    "Refusal",
    "RefusalFacts",
]


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
    REPAIR = "repair"
    RESTORE = "restore"
    DEPLOY = "deploy"
    RETIRE = "retire"
    PACK = "pack"
    ISSUE = "issue"
    TAKE_BACK = "take_back"
    RECEIVE = "receive"
    COUNT = "count"

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


class AnswerKind(StrEnum):
    """The answers of the server that a person sees, hears and feels: `fine` only if all is."""

    FINE = "fine"
    WRONG_PLACE = "wrong_place"
    UNKNOWN = "unknown"
    ALREADY_SCANNED = "already_scanned"
    TWO_ROOMS = "two_rooms"
    DAMAGED = "damaged"
    FOUND_AGAIN = "found_again"
    INCOMPLETE = "incomplete"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class IntentFacts:
    """What is said about an intent.

    :param label: as a button names it.
    :param verb: as a history names it.
    :param past: what a scan of it did to an asset, as a sentence says it.
    :param fine: the word for such a scan of an asset with which all is right.
    :param steps: the decision table; None if this intent changes no state.
    :param damaged_steps: the table for a scan that says that the asset is damaged, if it differs.
    :param done: the sentence for a scan that was applied.
    :param done_damaged: the same if the asset is damaged and `damaged_steps` were taken.
    :param done_without_place: what is added if no location was scanned and the rule chose one.
    :param done_nowhere: the same if the rule knows no location either.
    :param is_seen_nowhere: without a location it is still a sighting, of the asset if not of where.
    :param badge: what a person's badge means here, to the person who scans it.
    :param needs_person: a scan of an asset is refused without a custodian; also `needs_place`.
    :param takes_person: a custodian is sent along, needed or not.
    :param counts: it is how an asset is counted in an audit.
    :param takes_due: it may say when the asset is due back.
    :param ends_hand_over: after it, the page forgets the custodian that was set for check-outs.
    :param is_offered: a phone and the scan page offer it, in the order of `INTENTS`.
    :param action: what a role needs for it, if it changes something.
    :param act: what it does to pieces of stock; None if it says nothing of them.
    :param read_label: what a read point calls it; None if a reader cannot mean it by a read.
    :param read_rank: its place among the choices of a read point.
    :param epcis: business step and disposition of the Core Business Vocabulary 2.0; None if such a
        scan is not an event. docs/epcis.md gives the reasons.
    """

    label: str
    verb: str
    icon: str
    past: str = ""
    fine: str = "Done"
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
    takes_person: bool = False
    counts: bool = False
    ends_hand_over: bool = False
    is_offered: bool = True
    action: Action = Action.CHANGE_CUSTODY
    act: Act | None = None
    read_label: str | None = None
    read_rank: int = 0
    epcis: tuple[str, str | None] | None = None


INTENTS: Mapping[Intent, IntentFacts] = {
    Intent.LOOKUP: IntentFacts(
        "Look up",
        "lookup",
        "search",
        fine="Found",
        badge="This is the badge of {name}. To give {name} an asset, change to Check out.",
        read_label="Nothing, keep it in the log",
        read_rank=2,
        # A lookup asks what a code means. That is not an event.
    ),
    Intent.SIGHTING: IntentFacts(
        "Count",
        "sighting",
        "eye",
        fine="Counted",
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
        fine="Moved",
        steps=MOVE_STEPS,
        done="{thing} moved to {place}.",
        badge="This is the badge of {name}. A move needs a location label and an asset.",
        needs_place=True,
        ends_hand_over=True,
        act=Act.MOVE,
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
        fine="Checked out",
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
        fine="Checked in",
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
    Intent.VOID: IntentFacts("Undo", "void", "undo", fine="Undone", is_offered=False),
    # A label is put on; where the asset is says nothing new. Only pages for it offer it.
    Intent.CLAIM: IntentFacts(
        "Put on a label",
        "label put on",
        "print",
        fine="Label put on",
        done="Label {code} is now on {thing}.",
        is_seen_nowhere=True,
        is_offered=False,
    ),
    Intent.REPAIR: IntentFacts(
        "Repair",
        "sent to maintenance",
        "settings",
        past="sent to maintenance",
        fine="Sent to maintenance",
        steps=REPAIR_STEPS,
        done="{thing} is in maintenance{at_place}. Who has it stays the same.",
        badge="This is the badge of {name}. To send something to maintenance, scan the asset.",
        ends_hand_over=True,
        epcis=("inspecting", "non_conformant"),
    ),
    Intent.RESTORE: IntentFacts(
        "Restore",
        "back from maintenance",
        "check",
        past="taken out of maintenance",
        fine="Restored",
        steps=RESTORE_STEPS,
        done="{thing} is back from maintenance{at_place}.",
        badge="This is the badge of {name}. To end a maintenance, scan the asset.",
        ends_hand_over=True,
        epcis=("repairing", "conformant"),
    ),
    # A deployment is a task: what is ticked there changes no state, so this neither.
    Intent.DEPLOY: IntentFacts(
        "Deploy",
        "deployment opened",
        "clipboard",
        fine="Deployment open",
        badge="This is the badge of {name}. To deploy something, scan the asset.",
        ends_hand_over=True,
        epcis=("installing", None),
    ),
    Intent.RETIRE: IntentFacts(
        "Retire",
        "retired",
        "trash",
        past="retired",
        fine="Retired",
        steps=RETIRE_STEPS,
        done="{thing} is retired{at_place}. Its data is erased before it leaves.",
        badge="This is the badge of {name}. To retire something, scan the asset.",
        ends_hand_over=True,
        action=Action.DISPOSE,
        epcis=("decommissioning", "inactive"),
    ),
    # The page of a consignment offers it: it needs to know which.
    Intent.PACK: IntentFacts(
        "Pack",
        "packed",
        "box",
        fine="Packed",
        badge="This is the badge of {name}. To pack something, scan the asset.",
        is_offered=False,
        action=Action.DISPOSE,
        epcis=("packing", None),
    ),
    # Its pages offer the first, and the scan page the second: there the rules say the day.
    Intent.TRANSFER: IntentFacts(
        "Hand on",
        "hand on",
        "repeat",
        past="handed on",
        fine="Handed on",
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
        past="extended",
        fine="Extended",
        steps=EXTEND_STEPS,
        done="{thing} stays with {custodian}{due}.",
        is_seen_nowhere=False,
        badge="This is the badge of {name}. To extend a loan, scan the asset.",
        takes_due=True,
        is_offered=False,
    ),
    # Pieces of stock have no state: docs/stock.md.
    Intent.ISSUE: IntentFacts(
        "Issue",
        "issue",
        "out",
        badge="Issuing to {name}. Scan what {name} gets.",
        takes_person=True,
        is_offered=False,
        act=Act.ISSUE,
    ),
    Intent.TAKE_BACK: IntentFacts(
        "Check in stock",
        "check in",
        "repeat",
        badge="Checking in from {name}. Scan what comes back.",
        takes_person=True,
        is_offered=False,
        act=Act.TAKE_BACK,
    ),
    Intent.RECEIVE: IntentFacts("Receive", "receive", "in", is_offered=False, act=Act.RECEIVE),
    Intent.COUNT: IntentFacts("Count stock", "stock count", "eye", is_offered=False, act=Act.COUNT),
}


SIGHTED_ANYWHERE = tuple(intent for intent, facts in INTENTS.items() if facts.is_seen_nowhere)
STOCK_INTENTS = frozenset(
    intent for intent, facts in INTENTS.items() if facts.act is not None and facts.steps is None
)
# The scan page offers these beside the others, for pieces of stock, in this order.
STOCK_MODES = (Intent.ISSUE, Intent.TAKE_BACK, Intent.RECEIVE, Intent.COUNT)
STATE_INTENTS = frozenset(intent for intent, facts in INTENTS.items() if facts.steps is not None)
OFFERED_INTENTS = tuple(intent for intent, facts in INTENTS.items() if facts.is_offered)
# These count in a task: what is packed into a consignment, and what is scanned as it leaves.
TASK_INTENTS = frozenset({Intent.PACK, Intent.SIGHTING, Intent.RECEIVE})
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
