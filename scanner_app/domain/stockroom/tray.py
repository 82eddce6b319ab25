"""The tray of a counter: what lies on it follows from the scans that were put into it.

There is no table of trays. The lookups of one hand-over's id that are not undone, in the order in
which they were scanned, are the tray. A phone without a network folds the same list itself
(`static/js/stockroom/tray.js`); `tests/vectors/trays.json` holds both to the same trays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from scanner_app.domain.circulation.loan_rules import Returns
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.register.reserved import COMMAND
from scanner_app.domain.scanning.intents import INTENTS, Refusal
from scanner_app.domain.stockroom.handovers import HANDOVER_KINDS, HandoverKind


class Command(StrEnum):
    """A code on the desk card, understood by the counter's page alone and by its exact text."""

    CHECK_OUT = "SCN-HANDOVER"
    CHECK_IN = "SCN-RETURN"
    DAMAGED = "SCN-DAMAGED"
    UNDO = "SCN-UNDO"
    CLEAR = "SCN-CLEAR"
    NEXT = "SCN-NEXT"

    @property
    def facts(self) -> CommandFacts:
        """Return the row of this command."""
        return COMMANDS[self]


@dataclass(frozen=True, slots=True)
class CommandFacts:
    """What is printed under a command code.

    :param kind: the direction that it sets.
    """

    label: str
    text: str
    kind: HandoverKind | None = None


COMMANDS: dict[Command, CommandFacts] = {
    Command.CHECK_OUT: CommandFacts(
        "Check out",
        "Sets the tray to check out. With things in it, checks them out.",
        HandoverKind.ISSUE,
    ),
    Command.CHECK_IN: CommandFacts(
        "Check in",
        "Sets the tray to check in. With things in it, checks them in.",
        HandoverKind.RETURN,
    ),
    Command.NEXT: CommandFacts("Done, next", "Does what the tray says, and is ready for the next."),
    Command.DAMAGED: CommandFacts("Damaged", "The last thing came back damaged."),
    Command.UNDO: CommandFacts("Take off", "Takes the last thing off the tray."),
    Command.CLEAR: CommandFacts("Clear", "Empties the tray. Nothing changes hands."),
}


# The desk card prints these: how many pieces the stock that is scanned next stands for.
QUANTITIES = (2, 5, 10, 25, 50)
_QUANTITY = re.compile(r"SCN-QTY-([1-9][0-9]{0,4})", re.ASCII)


def read_quantity(text: str) -> int | None:
    """Return how many pieces a code such as SCN-QTY-12 sets for the next scan; None for others."""
    found = _QUANTITY.fullmatch(text.strip())
    return int(found[1]) if found else None


def read_command(text: str) -> Command | None:
    """Return the command that a code is; None for any other code.

    :raises ValueError: it begins like a command and is none that the counter knows.
    """
    code = text.strip()
    return Command(code) if COMMAND.fullmatch(code) else None


@dataclass(frozen=True, slots=True)
class TrayThing:
    """An asset as the scan found it. `holder` is the number of who has it."""

    tag: str
    name: str
    status: Stage
    holder: str | None = None
    holder_name: str | None = None


@dataclass(frozen=True, slots=True)
class TrayStock:
    """Pieces of a stock item as the scan found them.

    :param quantity: how many pieces the scan stands for.
    :param there: how many lie there; at all locations together if none is known.
    :param place: the code of the location that the label of a bin names.
    """

    code: str
    name: str
    quantity: int
    there: int
    unit: str = ""
    returns: bool = True
    place: str | None = None


@dataclass(frozen=True, slots=True)
class TrayKit:
    """A kit whose label was scanned, or that the thing of a scan is a piece of.

    :param returns: `each`: what comes back is scanned piece by piece; `trust`: the label is enough.
    :param is_out: somebody has a piece of it.
    """

    code: str
    name: str
    returns: str
    is_out: bool = False


@dataclass(frozen=True, slots=True)
class TrayScan:
    """One scan of the tray, and what it meant: a thing, stock, a person, a location, or nothing.

    A scan of a kit's label is followed by one for each of its pieces, whose `of_kit` is that kit.
    """

    scan_id: UUID
    code: str
    at: datetime
    thing: TrayThing | None = None
    person: tuple[str, str] | None = None
    place: tuple[str, str] | None = None
    stock: TrayStock | None = None
    kit: TrayKit | None = None
    of_kit: TrayKit | None = None


@dataclass(frozen=True, slots=True)
class TrayLine:
    """A thing on the tray, or pieces of a stock item.

    :param why: why it cannot change hands; empty if it can.
    :param place: the code of the location that it goes to; of stock, whose level changes.
    :param quantity: how many pieces, and `scans` of which scans.
    """

    scan: TrayScan
    thing: TrayThing | None = None
    why: str = ""
    place: str | None = None
    stock: TrayStock | None = None
    quantity: int = 1
    scans: tuple[UUID, ...] = ()

    @property
    def tag(self) -> str:
        return self.thing.tag if self.thing else self.stock.code if self.stock else self.scan.code

    @property
    def name(self) -> str:
        return self.thing.name if self.thing else self.stock.name if self.stock else ""

    @property
    def holder_name(self) -> str | None:
        return self.thing.holder_name if self.thing else None

    @property
    def is_ready(self) -> bool:
        return not self.why


@dataclass(frozen=True, slots=True)
class Tray:
    """What lies on the counter.

    :param unknown: codes that mean nothing here, or not one thing.
    """

    kind: HandoverKind | None = None
    person: tuple[str, str] | None = None
    place: tuple[str, str] | None = None
    lines: tuple[TrayLine, ...] = ()
    unknown: tuple[TrayScan, ...] = ()
    scans: tuple[TrayScan, ...] = field(default=(), repr=False)

    @property
    def ready(self) -> list[TrayLine]:
        return [line for line in self.lines if line.is_ready]

    @property
    def kits(self) -> list[TrayKit]:
        """Return the kits whose labels were scanned."""
        return list({scan.kit.code: scan.kit for scan in self.scans if scan.kit}.values())


def fold_tray(scans: Iterable[TrayScan], *, kind: HandoverKind | None = None) -> Tray:
    """Return the tray that some scans make. Their order does not matter, but for who was last.

    :param kind: what a person chose; else the first telling scan decides.
    """
    scans = tuple(scans)
    kind = kind or next((found for found in map(_tell, scans) if found), None)
    person = next((scan.person for scan in reversed(scans) if scan.person), None)
    place: tuple[str, str] | None = None
    lines: dict[tuple[str, str | None], TrayLine] = {}
    for scan in scans:
        place = scan.place or place
        here = place[0] if place else None
        if _is_only_expected(scan, kind):
            continue
        if scan.stock is not None:
            _add_stock(lines, scan, scan.stock, kind, scan.stock.place or here)
        elif scan.thing is not None and (scan.thing.tag, "asset") not in lines:
            why = find_why(kind, person, scan.thing) if kind else ""
            lines[scan.thing.tag, "asset"] = TrayLine(scan, scan.thing, why, here)
    unknown = tuple(s for s in scans if not (s.thing or s.stock or s.person or s.place or s.kit))
    return Tray(kind, person, place, tuple(lines.values()), unknown, scans)


def _is_only_expected(scan: TrayScan, kind: HandoverKind | None) -> bool:
    """Return whether a piece of a kit is not in the tray before its own label is scanned."""
    is_back = kind is HandoverKind.RETURN
    return is_back and scan.of_kit is not None and scan.of_kit.returns == Returns.EACH.value


def _add_stock(
    lines: dict[tuple[str, str | None], TrayLine],
    scan: TrayScan,
    stock: TrayStock,
    kind: HandoverKind | None,
    place: str | None,
) -> None:
    """Add pieces to the line of their item and location, or begin it."""
    key = (f"stock {stock.code}", place)
    before = lines.get(key)
    quantity = (before.quantity if before else 0) + stock.quantity
    first = before.scan if before else scan
    scans = (*(before.scans if before else ()), scan.scan_id)
    why = find_stock_why(kind, stock, quantity) if kind else ""
    lines[key] = TrayLine(first, None, why, place, stock, quantity, scans)


def set_pieces(line: TrayLine, quantity: int, kind: HandoverKind | None) -> TrayLine:
    """Return a line of stock with another number of pieces, which a person typed."""
    if line.stock is None or quantity == line.quantity:
        return line
    why = find_stock_why(kind, line.stock, quantity) if kind else ""
    return replace(line, quantity=quantity, why=why)


def _tell(scan: TrayScan) -> HandoverKind | None:
    """Return the direction that a scan tells, if it is the first that does."""
    if scan.kit is not None:
        return HandoverKind.RETURN if scan.kit.is_out else HandoverKind.ISSUE
    if scan.person is not None or scan.stock is not None:
        return HandoverKind.ISSUE
    if scan.thing is None:
        return None
    return HandoverKind.RETURN if scan.thing.holder else HandoverKind.ISSUE


def find_why(kind: HandoverKind, person: tuple[str, str] | None, thing: TrayThing) -> str:
    """Return why a thing cannot change hands; empty if it can.

    It is the decision table of the scan that the line becomes. The server decides again.
    """
    steps = INTENTS[HANDOVER_KINDS[kind].intent].steps or {}
    step = steps[thing.status][thing.holder is not None]
    if not isinstance(step, Refusal):
        return ""
    if step is Refusal.ALREADY_CHECKED_OUT and person and thing.holder == person[0]:
        return f"{person[1]} has it already."
    return _WHY[step].format(holder=thing.holder_name or "somebody")


def find_stock_why(kind: HandoverKind, stock: TrayStock, quantity: int) -> str:
    """Return why pieces cannot change hands; empty if they can. The server decides again."""
    if kind is HandoverKind.RETURN:
        return "" if stock.returns else STOCK_WHY["used_up"]
    if quantity > stock.there:
        return STOCK_WHY["too_few"].format(there=stock.there)
    return ""


STOCK_WHY = {
    "used_up": "It is used up when it is issued, so none comes back.",
    "too_few": "Only {there} there. Count it if the shelf has more.",
}


# The refusals of the two tables, as a line of the tray says them.
_WHY: dict[Refusal, str] = {
    Refusal.ALREADY_CHECKED_OUT: "{holder} has it. Check it in first.",
    Refusal.NOT_CHECKED_OUT: "It is in stock already.",
    Refusal.ASSET_IN_MAINTENANCE: "It is in maintenance.",
    Refusal.ASSET_RETIRED: "It is retired or disposed.",
}


def list_refusals(kind: HandoverKind) -> dict[str, Sequence[str | None]]:
    """Return, by status, why a thing cannot change hands if nobody holds it, and if somebody does.

    For a page that folds the tray itself; `{holder}` is put in there.
    """
    steps = INTENTS[HANDOVER_KINDS[kind].intent].steps or {}
    return {
        stage.value: [_WHY[step] if isinstance(step, Refusal) else None for step in pair]
        for stage, pair in steps.items()
    }
