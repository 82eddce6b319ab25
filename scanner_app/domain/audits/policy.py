"""The policy of an audit: what counts as proof, and who may close it. It is frozen with the list.

Each key is one row of POLICY: its choices, what holds where nothing is said, and what the page
offers first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from scanner_app.domain.audits.approver import APPROVERS, Approver
from scanner_app.domain.audits.asking.attestation import ATTESTATIONS, Attestation
from scanner_app.domain.audits.outside.presence import PRESENCE as PRESENCE_KEY
from scanner_app.domain.audits.outside.presence import PRESENCES, SINCE, Presence, read_since
from scanner_app.domain.audits.rounds.second import SECOND_COUNT, SecondCount, read_second_count
from scanner_app.domain.errors import Invalid


class PlaceDepth(StrEnum):
    EXACT = "exact"
    ROOM = "room"
    FLOOR = "floor"
    BUILDING = "building"
    SITE = "site"


@dataclass(frozen=True, slots=True)
class PlaceDepthRow:
    """One depth at which places are compared.

    :param label: what people choose.
    :param means: its definition, in docs/audits.md.
    """

    depth: PlaceDepth
    label: str
    means: str

    @property
    def choice(self) -> tuple[str, str]:
        """The value and the text of its choice in a form."""
        return self.depth.value, self.label


PLACE_DEPTHS: dict[PlaceDepth, PlaceDepthRow] = {
    row.depth: row
    for row in (
        PlaceDepthRow(
            PlaceDepth.EXACT,
            "The recorded location itself",
            "the recorded location, or inside it",
        ),
        PlaceDepthRow(PlaceDepth.ROOM, "The same room", "anywhere in the room of that location"),
        PlaceDepthRow(PlaceDepth.FLOOR, "The same floor", "anywhere on its floor"),
        PlaceDepthRow(PlaceDepth.BUILDING, "The same building", "anywhere in its building"),
        PlaceDepthRow(PlaceDepth.SITE, "The same site", "anywhere on its site"),
    )
}
DEFAULT_DEPTH = PlaceDepth.EXACT
# What the page offers first: who counts a room scans its door, not each rack in it.
OFFERED_DEPTH = PlaceDepth.ROOM


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """One key of a policy.

    :param choices: each value with what people read.
    :param default: what holds where nothing is said, in the API and in older audits.
    :param offered: what the form of a new audit offers first.
    """

    key: str
    label: str
    hint: str
    choices: tuple[tuple[str, str], ...]
    default: str
    offered: str

    def read(self, policy: Mapping[str, Any]) -> str:
        """Return what a policy says for this key."""
        value: str = policy.get(self.key, self.default)
        return value


PLACE_DEPTH = PolicyRow(
    "place_depth",
    "Right place means",
    "How exactly the scanned location must match the recorded one.",
    tuple(row.choice for row in PLACE_DEPTHS.values()),
    DEFAULT_DEPTH.value,
    OFFERED_DEPTH.value,
)
APPROVER = PolicyRow(
    "approver",
    "Who may close it",
    "By person, whatever account or token they use.",
    tuple((rule.value, row.label) for rule, row in APPROVERS.items()),
    Approver.ANYONE.value,
    Approver.NOT_A_COUNTER.value,
)
STATEMENTS = PolicyRow(
    "statements",
    "Statements",
    "Of the person who ends the count, and of the person who closes. They are in the record.",
    (("none", "None"), ("typed", "Needed")),
    "none",
    "typed",
)
DRAWN_SIGNATURE = PolicyRow(
    "drawn_signature",
    "Signature at closing",
    "Drawn on a pad, or a typed name where no pad can be used.",
    (("no", "None"), ("yes", "Needed")),
    "no",
    "no",
)
# Offered as it is: a small office counts its one room without signing it off.
PLACES = PolicyRow(
    "places",
    "Locations",
    "Whether counting ends only when each location is signed off by who counted it.",
    (("any", "Need no signing off"), ("all_signed_off", "Each is signed off")),
    "any",
    "any",
)
LATE_SCANS = PolicyRow(
    "late_scans",
    "Late scans",
    "Made while the audit counted, and arrived after that: without a network, say.",
    (("take", "Count as they arrive"), ("hold", "Wait until somebody takes them in")),
    "take",
    "take",
)
LEAST_EVIDENCE = PolicyRow(
    "least_evidence",
    "Proof that it is there",
    "What is scanned in another way stays missing, and is shown. For samples: a label.",
    (
        ("typed", "Anything, also typed"),
        ("heard", "A label, or a tag heard by RFID"),
        ("held", "A label that was read"),
    ),
    "typed",
    "typed",
)
PICTURES = PolicyRow(
    "pictures",
    "Pictures",
    "Of what is elsewhere, extra, unknown or damaged, before it is accepted.",
    (("none", "Not needed"), ("differences", "Needed of each difference")),
    "none",
    "none",
)
PRESENCE = PolicyRow(
    PRESENCE_KEY,
    "What shows that it is there",
    "An asset that nobody scanned for this audit may have been scanned at the desk, or in another "
    "audit.",
    tuple((one.value, label) for one, label in PRESENCES.items()),
    Presence.AUDIT_SCANS.value,
    Presence.AUDIT_SCANS.value,
)
ATTESTATION = PolicyRow(
    "attestation",
    "Answers of people",
    "What they say they have is never counted. It may leave what is missing without a proposal.",
    tuple((one.value, label) for one, label in ATTESTATIONS.items()),
    Attestation.APART.value,
    Attestation.APART.value,
)
POLICY: dict[str, PolicyRow] = {
    row.key: row
    for row in (
        PLACE_DEPTH, LATE_SCANS, PRESENCE, LEAST_EVIDENCE, PICTURES, PLACES, ATTESTATION, APPROVER,
        STATEMENTS, DRAWN_SIGNATURE,
    )
}  # fmt: skip


def read_policy(given: Mapping[str, Any], *, today: date | None = None) -> dict[str, Any]:
    """Return a policy as an audit keeps it, with every key.

    :param today: a day from which scans outside count is of the year before it.
    :raises Invalid: it gives a key a value that does not exist.
    """
    policy = {row.key: row.read(given) for row in POLICY.values()}
    errors = {
        f"policy.{row.key}": [f"Choose one of {', '.join(value for value, _ in row.choices)}."]
        for row in POLICY.values()
        if policy[row.key] not in [value for value, _ in row.choices]
    }
    if errors:
        raise Invalid("This policy cannot be used.", errors=errors)
    second = second_count_of(given).to_json()
    return {**policy, SECOND_COUNT: second, **read_since(given, today=today)}


def depth_of(policy: Mapping[str, Any]) -> PlaceDepth:
    """Return the depth that a policy sets."""
    return PlaceDepth(PLACE_DEPTH.read(policy))


def attestation_of(policy: Mapping[str, Any]) -> Attestation:
    """Return what a policy makes of answers of people."""
    return Attestation(ATTESTATION.read(policy))


def approver_of(policy: Mapping[str, Any]) -> Approver:
    """Return who may close an audit of this policy."""
    return Approver(APPROVER.read(policy))


def second_count_of(policy: Mapping[str, Any]) -> SecondCount:
    """Return which locations a policy has counted twice.

    :raises Invalid: it says something that does not exist.
    """
    return read_second_count(policy.get(SECOND_COUNT))


def holds_late(policy: Mapping[str, Any]) -> bool:
    """Return whether scans that arrive late wait until somebody takes them in."""
    return LATE_SCANS.read(policy) == "hold"


def needs_sign_offs(policy: Mapping[str, Any]) -> bool:
    """Return whether counting ends only when each location is signed off."""
    return PLACES.read(policy) == "all_signed_off"


def needs_statements(policy: Mapping[str, Any]) -> bool:
    """Return whether those who end the count and close state in words what they did."""
    return STATEMENTS.read(policy) == "typed"


def needs_signature(policy: Mapping[str, Any]) -> bool:
    """Return whether the person who closes signs."""
    return DRAWN_SIGNATURE.read(policy) == "yes"


def show_policy(policy: Mapping[str, Any]) -> dict[str, Any]:
    """Return a policy with every key that it may have."""
    shown: dict[str, Any] = {row.key: row.read(policy) for row in POLICY.values()}
    second = second_count_of(policy).to_json()
    return {**shown, SECOND_COUNT: second, **read_since(policy, today=None)}


def offer_policy(*, others_may_close: bool) -> dict[str, Any]:
    """Return what the form of a new audit offers first.

    :param others_may_close: more than one person may close audits. Where only one may, a rule
        that asks for another one would leave every audit open.
    """
    offered: dict[str, Any] = {row.key: row.offered for row in POLICY.values()}
    offered[SECOND_COUNT] = SecondCount().to_json()
    if not others_may_close:
        offered[APPROVER.key] = APPROVER.default
    return offered


def say_policy(policy: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield key, label and words of what a policy says: of `place_depth`, and where it differs."""
    for row in POLICY.values():
        value = row.read(policy)
        if row is PLACE_DEPTH or value != row.default:
            yield row.key, row.label, dict(row.choices).get(value, value)
    if read_since(policy, today=None):
        yield SINCE, "Scans outside count since", policy[SINCE]
    second = second_count_of(policy).sentence
    if second:
        yield SECOND_COUNT, "Counted twice", second


def show_depths() -> str:
    """Return the table of depths as docs/audits.md prints it."""
    lines = ["| `place_depth` | on pages | verified is what was seen |", "|---|---|---|"]
    lines += [f"| `{d.value}` | {row.label} | {row.means} |" for d, row in PLACE_DEPTHS.items()]
    return "\n".join(lines)


def show_rules() -> str:
    """Return the table of the policy's keys as docs/audits.md prints it."""
    lines = ["| key | on pages | values, the default first |", "|---|---|---|"]
    for row in POLICY.values():
        values = sorted((value for value, _ in row.choices), key=lambda one: one != row.default)
        shown = ", ".join(f"**`{v}`**" if v == row.offered else f"`{v}`" for v in values)
        lines.append(f"| `{row.key}` | {row.label} | {shown} |")
    return "\n".join(lines)
