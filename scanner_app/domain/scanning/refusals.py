"""Why a scan is refused: one row for each reason, with its sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from scanner_app.domain.stock.items import MAX_QUANTITY


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
    LABEL_NOT_READ = "label_not_read"
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
    ALREADY_IN_MAINTENANCE = "already_in_maintenance"
    NOT_IN_MAINTENANCE = "not_in_maintenance"
    NOT_ENOUGH_STOCK = "not_enough_stock"
    NOT_ISSUED = "not_issued"
    NOT_RETURNABLE = "not_returnable"
    NOT_STOCK = "not_stock"
    TARGET_REQUIRED = "target_required"
    UNKNOWN_TARGET = "unknown_target"
    QUANTITY_REQUIRED = "quantity_required"
    COUNT_OVERTAKEN = "count_overtaken"
    OPEN_ITEMS = "open_items"
    TASK_HAS_WORK = "task_has_work"
    NO_CHECKLIST = "no_checklist"
    NOT_IN_STOCK = "not_in_stock"
    EACH_PIECE = "each_piece"
    RESERVED = "reserved"
    UNKNOWN_TASK = "unknown_task"
    TASK_NOT_OPEN = "task_not_open"
    NOT_RETIRED = "not_retired"
    ALREADY_PACKED = "already_packed"
    NOT_SANITIZED = "not_sanitized"
    NOT_PACKED = "not_packed"
    ASSET_PACKED = "asset_packed"
    LINE_REQUIRED = "line_required"
    UNKNOWN_LINE = "unknown_line"
    LABEL_TAKEN = "label_taken"
    NOT_PHYSICAL = "not_physical"

    @property
    def facts(self) -> RefusalFacts:
        """Return the row of this refusal."""
        return REFUSALS[self]


_R = Refusal


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
    _R.NOT_PHYSICAL: RefusalFacts(
        "{thing} is nothing to hand over, move or repair. Open its page instead."
    ),
    _R.UNKNOWN_AUDIT: RefusalFacts("That audit does not exist. Choose one from the list."),
    _R.AUDIT_NOT_COUNTING: RefusalFacts(
        "The audit did not count at that time. {thing} was saved but will not be counted.",
        sentence_of_undo="Counting has ended, so the scan of {thing} was not undone."
        " Tell an auditor.",
    ),
    _R.LABEL_NOT_READ: RefusalFacts(
        "This audit counts labels that are read. Scan the label of {thing}. If it cannot be read,"
        " tell who runs the audit: this was saved for them."
    ),
    _R.UNKNOWN_SCAN: RefusalFacts("Nothing to undo."),
    _R.ALREADY_VOIDED: RefusalFacts("That scan was undone already."),
    _R.NOT_YOUR_SCAN: RefusalFacts("Only its author or an auditor may undo that scan."),
    _R.NOT_YOUR_ROLE: RefusalFacts(
        "Your role may not do that. Nothing was changed for {thing}. Ask somebody of the stockroom."
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
    _R.ALREADY_IN_MAINTENANCE: RefusalFacts("{thing} is in maintenance already{in_task}.", True),
    _R.NOT_IN_MAINTENANCE: RefusalFacts("{thing} is not in maintenance.", True),
    _R.OPEN_ITEMS: RefusalFacts(
        "The checklist of {thing} is not finished. Tick what is left in its task, then scan again."
    ),
    _R.TASK_HAS_WORK: RefusalFacts(
        "Somebody has worked on the maintenance of {thing} already, so it was not undone. Scan it"
        " with Restore.",
        sentence_of_undo="Somebody has worked on the task of {thing} already, so it was not undone."
        " Finish it on its page.",
    ),
    _R.NO_CHECKLIST: RefusalFacts(
        "No checklist says how {thing} is deployed. Write one for its category under Tasks,"
        " Checklists."
    ),
    _R.NOT_IN_STOCK: RefusalFacts("{thing} is {stage}. Check it in first, then deploy it."),
    _R.RESERVED: RefusalFacts(
        "{thing} is reserved for somebody else before that day. Choose an earlier one, or check it"
        " in."
    ),
    _R.EACH_PIECE: RefusalFacts("{thing} is a kit. Scan each of its pieces."),
    _R.UNKNOWN_TASK: RefusalFacts("That task does not exist. Open its page again."),
    _R.TASK_NOT_OPEN: RefusalFacts(
        "This takes no such scan now. {thing} was saved, and nothing was changed.",
        sentence_of_undo="This was closed since, so the scan of {thing} was not undone.",
    ),
    _R.NOT_RETIRED: RefusalFacts("{thing} is {stage}. Retire it first, then pack it."),
    _R.ALREADY_PACKED: RefusalFacts("{thing} is packed in another consignment already."),
    _R.NOT_SANITIZED: RefusalFacts(
        "The data of {thing} is not erased as its consignment needs. Leave it out, and erase it"
        " on its page."
    ),
    _R.NOT_PACKED: RefusalFacts("{thing} is not on the list of this consignment. Keep it here."),
    _R.ASSET_PACKED: RefusalFacts("{thing} is packed. Undo that first."),
    _R.LINE_REQUIRED: RefusalFacts("Scan the code of the box first, then {thing}."),
    _R.UNKNOWN_LINE: RefusalFacts("The order has no such line. Scan the code of the box first."),
    _R.LABEL_TAKEN: RefusalFacts("Label {thing} is on something else already. Take another."),
    _R.DUE_REQUIRED: RefusalFacts("Set the new day on which {thing} is due back.", True),
    _R.NOT_ENOUGH_STOCK: RefusalFacts(
        "There are only {there} of {thing}{where}. Take fewer, or count what is there.",
        sentence_of_undo="Some of {thing} went on since, so nothing was undone. Count what is"
        " there.",
    ),
    _R.NOT_ISSUED: RefusalFacts(
        "On record, {there} of {thing} can come back from there. Choose who has it, or count.",
        sentence_of_undo="{thing} went on since, so nothing was undone. Check it in instead.",
    ),
    _R.NOT_RETURNABLE: RefusalFacts(
        "{thing} is used up when it is issued. Undo the issue, or receive it."
    ),
    _R.NOT_STOCK: RefusalFacts("{thing} is an asset, and not counted in pieces. Check it out."),
    _R.TARGET_REQUIRED: RefusalFacts(
        "Scan or choose who, or which asset or location, {thing} goes to or comes from."
    ),
    _R.UNKNOWN_TARGET: RefusalFacts(
        "No asset, person or location is known as “{given}”. Scan its label again."
    ),
    _R.QUANTITY_REQUIRED: RefusalFacts(
        f"Give the number of {{thing}}: {MAX_QUANTITY:,} pieces at most."
    ),
    _R.COUNT_OVERTAKEN: RefusalFacts(
        "More of {thing} went out since than this count found. Count it again."
    ),
}
STATE_REFUSALS = frozenset(r for r, facts in REFUSALS.items() if facts.is_about_state)
