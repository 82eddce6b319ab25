"""What may be wrong with a line of a hand-over: one row a check, with all that is said of it.

This is the decision table of the counter. `judge` goes through it in its order; docs/lending.md
prints it. *Stops* cannot be overridden at the counter. *Asks* takes one tap by somebody whose role
includes the action. *Tells* informs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from scanner_app.domain.access.roles import Action
from scanner_app.domain.circulation.line import HandOver


class Weight(StrEnum):
    """How much a finding weighs, the heaviest first."""

    STOPS = "stops"
    ASKS = "asks"
    TELLS = "tells"

    @property
    def facts(self) -> WeightFacts:
        """Return the row of this weight."""
        return WEIGHTS[self]


class Offer(StrEnum):
    """What the counter offers in place of the line as it is."""

    TRANSFER = "transfer"
    RETURN_FIRST = "return_first"
    EXTEND = "extend"
    CLOSE_REPAIR = "close_repair"
    CUT_DUE = "cut_due"
    SIGN = "sign"
    SEND_LINK = "send_link"


class Check(StrEnum):
    """The stable code of a check: stored in a scan's `override` and in the document."""

    ASSET_RETIRED = "asset_retired"
    UNKNOWN_CODE = "unknown_code"
    AMBIGUOUS = "ambiguous"
    ALREADY_CHECKED_OUT = "already_checked_out"
    PERSON_INACTIVE = "person_inactive"
    ASSET_IN_MAINTENANCE = "asset_in_maintenance"
    OPEN_REPAIR = "open_repair"
    TERMS_NOT_ACCEPTED = "terms_not_accepted"
    RESERVED = "reserved"
    OVER_LIMIT = "over_limit"
    HAS_OVERDUE = "has_overdue"
    LICENCE_MISSING = "licence_missing"
    KIT_BROKEN_UP = "kit_broken_up"
    KIT_INCOMPLETE = "kit_incomplete"
    WRONG_PLACE = "wrong_place"
    AUDIT_COUNTING = "audit_counting"
    DAMAGED_LAST_TIME = "damaged_last_time"
    WARRANTY_ENDED = "warranty_ended"
    NOT_SEEN_DAYS = "not_seen_days"

    @property
    def facts(self) -> CheckFacts:
        """Return the row of this check."""
        return CHECKS[self]


@dataclass(frozen=True, slots=True)
class WeightFacts:
    """What is said about a weight."""

    label: str
    tone: str


WEIGHTS: Mapping[Weight, WeightFacts] = {
    Weight.STOPS: WeightFacts("Stops", "bad"),
    Weight.ASKS: WeightFacts("Asks", "warn"),
    Weight.TELLS: WeightFacts("Tells", "note"),
}

_ALL = frozenset(HandOver)
_OUT = frozenset({HandOver.ISSUE, HandOver.TRANSFER})
_ISSUE = frozenset({HandOver.ISSUE})


@dataclass(frozen=True, slots=True)
class CheckFacts:
    """What is said about a check.

    :param when: the circumstance, as the docs print it.
    :param weight: *stops*, *asks* or *tells*.
    :param sentence: what is the matter, for the person at the counter.
    :param override: the action that the role of who overrides it has to include; None: nobody may.
    :param kinds: the ways of handing over that it is checked for.
    :param needs: the fields of line and person that it reads, without which it is "not checked".
    :param rule_columns: what the rule has to say for this check to mean anything: one of them.
    :param offers: what is offered in place of the line as it is.
    """

    when: str
    weight: Weight
    sentence: str
    override: Action | None = None
    kinds: frozenset[HandOver] = _ALL
    needs: tuple[str, ...] = ()
    rule_columns: tuple[str, ...] = ()
    offers: tuple[Offer, ...] = ()


_C, _W, _O = Check, Weight, Offer

CHECKS: Mapping[Check, CheckFacts] = {
    _C.UNKNOWN_CODE: CheckFacts(
        "the code means nothing", _W.STOPS, "“{thing}” is not in the register."
    ),
    _C.AMBIGUOUS: CheckFacts(
        "the code means two things",
        _W.STOPS,
        "“{thing}” means more than one thing. Scan another label of it.",
    ),
    _C.ASSET_RETIRED: CheckFacts(
        "it is retired or disposed",
        _W.STOPS,
        "{thing} is {status}. Put it aside and tell an auditor.",
        needs=("line.status",),
    ),
    _C.ALREADY_CHECKED_OUT: CheckFacts(
        "somebody has it",
        _W.STOPS,
        "{thing} is with {holder}{since}.",
        kinds=_ISSUE,
        needs=("line.holder",),
        offers=(_O.TRANSFER, _O.RETURN_FIRST),
    ),
    _C.PERSON_INACTIVE: CheckFacts(
        "the person has left",
        _W.STOPS,
        "{person} is no longer here and takes nothing. Scan another person's badge.",
        kinds=_OUT,
        needs=("person.is_active",),
    ),
    _C.ASSET_IN_MAINTENANCE: CheckFacts(
        "it is in maintenance",
        _W.STOPS,
        "{thing} is in maintenance.",
        kinds=_ISSUE,
        needs=("line.status",),
        offers=(_O.CLOSE_REPAIR,),
    ),
    _C.OPEN_REPAIR: CheckFacts(
        "a repair of it is not closed",
        _W.STOPS,
        "A repair of {thing} is still open.",
        kinds=_ISSUE,
        needs=("line.has_open_repair",),
        offers=(_O.CLOSE_REPAIR,),
    ),
    _C.TERMS_NOT_ACCEPTED: CheckFacts(
        "the rule needs a signature, and terms of its category are not accepted",
        _W.STOPS,
        "{person} has not accepted: {terms}.",
        kinds=_OUT,
        needs=("line.open_terms",),
        rule_columns=("needs_signature",),
        offers=(_O.SIGN, _O.SEND_LINK),
    ),
    _C.RESERVED: CheckFacts(
        "another person has reserved it for a time before it is due back, buffer included",
        _W.ASKS,
        "{thing} is reserved for {booker} from {starts_at}.",
        override=Action.OVERRIDE_RULES,
        kinds=_OUT,
        needs=("line.bookings",),
        offers=(_O.CUT_DUE,),
    ),
    _C.OVER_LIMIT: CheckFacts(
        "the person would hold more things, or a higher value, than the rule allows",
        _W.ASKS,
        "{person} would hold {held}. The rule allows {most}.",
        override=Action.OVERRIDE_RULES,
        kinds=_OUT,
        needs=("person.items", "person.value_cents"),
        rule_columns=("most_items", "most_value_cents"),
    ),
    _C.HAS_OVERDUE: CheckFacts(
        "the person has something that is late by more days than the rule allows",
        _W.ASKS,
        "{person} has something that was due back {due_at}.",
        override=Action.OVERRIDE_RULES,
        kinds=_OUT,
        needs=("person.oldest_due_at",),
        rule_columns=("overdue_block_days",),
    ),
    _C.LICENCE_MISSING: CheckFacts(
        "its category names a licence whose seats are all taken",
        _W.ASKS,
        "{thing} needs a licence, and no seat is free.",
        override=Action.OVERRIDE_RULES,
        kinds=_OUT,
        needs=("line.free_seats",),
    ),
    _C.KIT_BROKEN_UP: CheckFacts(
        "it goes without the kit that it is a piece of",
        _W.ASKS,
        "{thing} is a piece of {kit}, which is not complete without it.",
        override=Action.CHANGE_CUSTODY,
        kinds=_OUT,
        needs=("line.kit",),
    ),
    _C.KIT_INCOMPLETE: CheckFacts(
        "a required piece of the kit is not in the tray",
        _W.ASKS,
        "{kit} is not complete. Not scanned yet: {pieces}.",
        override=Action.OVERRIDE_RULES,
        kinds=_OUT,
        needs=("line.missing_pieces",),
    ),
    _C.WRONG_PLACE: CheckFacts(
        "it is recorded elsewhere than at this counter",
        _W.TELLS,
        "{thing} is recorded in {place}.",
        kinds=_ISSUE,
        needs=("line.recorded_place",),
    ),
    _C.AUDIT_COUNTING: CheckFacts(
        "an audit counts the place now",
        _W.TELLS,
        "{audit} counts this place now.",
        needs=("line.audit",),
    ),
    _C.DAMAGED_LAST_TIME: CheckFacts(
        "it was damaged when it was last scanned",
        _W.TELLS,
        "{thing} was damaged when it was last scanned.",
        kinds=_OUT,
        needs=("line.is_damaged",),
    ),
    _C.WARRANTY_ENDED: CheckFacts(
        "its warranty is over",
        _W.TELLS,
        "The warranty of {thing} ended on {warranty_until}.",
        kinds=_OUT,
        needs=("line.warranty_until",),
    ),
    _C.NOT_SEEN_DAYS: CheckFacts(
        "nobody has seen it for more than 90 days",
        _W.TELLS,
        "{thing} was last seen {last_seen_at}.",
        kinds=_ISSUE,
        needs=("line.last_seen_at",),
    ),
}
MAX_UNSEEN_DAYS = 90
