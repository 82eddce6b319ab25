"""The receipt of a hand-over as a PDF, on A4 or on an 80 mm roll, drawn from the sealed document.

Nothing is read from the register: the same document gives the same bytes, whenever it is drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import IO, Any

import segno
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from scanner_app.domain.circulation.terms import Acceptance
from scanner_app.domain.signatures.strokes import Signature
from scanner_app.domain.stock.acts import say_pieces
from scanner_app.domain.stockroom.handovers import HandoverKind
from scanner_app.domain.text import ENGLISH, Voice
from scanner_app.services.files.letters import turn_round
from scanner_app.services.files.pdf import BOLD, REGULAR, spell, split_by_font, wrap
from scanner_app.services.files.signatures import draw_signature

Say = Callable[[str], str]

QR_SIDE = 26 * mm
SHOWN_DIGITS = 16


class Size(StrEnum):
    """What a receipt is printed on."""

    A4 = "a4"
    ROLL = "80mm"

    @property
    def facts(self) -> SizeFacts:
        """Return the row of this size."""
        return SIZES[self]


@dataclass(frozen=True, slots=True)
class SizeFacts:
    """The paper of a receipt.

    :param width, margin: in points.
    :param height: in points; None for a roll, which is cut where the receipt ends.
    :param scale: of the text.
    """

    label: str
    width: float
    margin: float
    height: float | None
    scale: float


SIZES: Mapping[Size, SizeFacts] = {
    Size.A4: SizeFacts("A4", 210 * mm, 20 * mm, 297 * mm, 1.25),
    Size.ROLL: SizeFacts("80 mm roll", 80 * mm, 5 * mm, None, 1.0),
}


@dataclass(frozen=True, slots=True)
class Item:
    """One thing on the receipt, from the top: a line of text, or a picture of a height."""

    height: float
    text: str = ""
    font: str = REGULAR
    size: float = 8.0
    picture: str = ""


def write_receipt(
    body: Mapping[str, Any],
    target: IO[bytes],
    *,
    size: Size,
    signature: Signature | None,
    sha256: str,
    address: str,
    answer: Mapping[str, Any] | None = None,
    signed: Mapping[str, Any] | None = None,
    voice: Voice = ENGLISH,
) -> None:
    """Write the receipt of a sealed document, with the sealed answer of who got the things.

    :param answer: what the person answered by link, if they did.
    :param signed: who signed, in the document or in the answer.
    :param address: where the hand-over is shown; it is in the QR code.
    :param voice: of the language that the document names.
    """
    paper = size.facts
    told = _Told(sha256, address, answer, signed if signature is not None else None, voice.say)
    items = list(_lay_out(body, paper, told))
    height = paper.height or sum(item.height for item in items) + 2 * paper.margin
    canvas = Canvas(target, pagesize=(paper.width, height), invariant=1, pageCompression=1)
    canvas.setTitle(spell(f"{body['number']}", REGULAR))
    canvas.setCreator("scanner-app")
    y = height - paper.margin
    for item in items:
        if y - item.height < paper.margin - 0.1:
            canvas.showPage()
            y = height - paper.margin
        _draw(canvas, item, paper, y, signature, address)
        y -= item.height
    canvas.showPage()
    canvas.save()


@dataclass(frozen=True, slots=True)
class _Told:
    """What is on the receipt beside the document itself.

    :param signed: who signed; None if no signature is drawn.
    """

    sha256: str
    address: str
    answer: Mapping[str, Any] | None
    signed: Mapping[str, Any] | None
    say: Say


def _lay_out(body: Mapping[str, Any], paper: SizeFacts, told: _Told) -> Iterator[Item]:
    """Return what is on the receipt, from the top."""
    inner = paper.width - 2 * paper.margin

    def lay(words: str, size: float = 8.0, font: str = REGULAR, after: float = 0) -> Iterator[Item]:
        size *= paper.scale
        lines = wrap(words, inner, font=font, size=size)
        for index, line in enumerate(lines):
            gap = after * paper.scale if index == len(lines) - 1 else 0
            yield Item(size * 1.35 + gap, line, font, size)

    kind, say = HandoverKind(body["kind"]).facts, told.say
    if body.get("organisation"):
        yield from lay(body["organisation"], after=2)
    yield from lay(f"{say(kind.label)} {body['number']}", 13, BOLD, after=3)
    person, place = body.get("person"), body.get("place")
    for label, value in (
        (say("Person"), _name(person)),
        (say("Clerk"), body["clerk"]),
        (say("Location"), _name(place)),
        (say("Time"), f"{body['at'][:10]} {body['at'][11:16]} UTC"),
    ):
        if value:
            yield from lay(f"{label}: {value}")
    yield Item(8 * paper.scale, picture="rule")
    for line in body["lines"]:
        yield from _lay_line(line, lay, say)
    for kit in body.get("kits", ()):  # documents of an older version have none
        yield from _lay_kit(kit, body, lay, say)
    yield Item(8 * paper.scale, picture="rule")
    for one in body["terms"]:
        yield from _lay_terms(one, body, told, lay)
    if told.answer is not None and not told.answer["signature"]:
        yield from lay(f"{say('Declined')}: {told.answer['reason']}", font=BOLD, after=3)
    if told.signed is not None:
        yield from lay(f"{say('Signed by')} {told.signed['by']}")
        yield Item(min(inner / 3, 30 * mm) + 6, picture="signature")
    yield Item(QR_SIDE + 6, picture="qr")
    yield from lay(told.address, 7)
    yield from lay(f"SHA-256 {told.sha256[:SHOWN_DIGITS]}", 7)


def _lay_line(line: Mapping[str, Any], lay: Any, say: Say) -> Iterator[Item]:
    stock_code = line.get("stock_code")  # documents of an older version have none
    number = f"{say_pieces(line['quantity'], line.get('unit', ''))} x " if stock_code else ""
    yield from lay(f"{number}{_name_thing(line)}  {line['thing']}".strip(), font=BOLD)
    facts = [
        f"{say('Serial number')} {line['serial_number']}" if line["serial_number"] else "",
        f"{say('taken from')} {_name(line['from'])}" if line["from"] else "",
        f"{say('due')} {line['due_at'][:10]}" if line["due_at"] else "",
        f"{say('condition')}: {line['condition']}" if line["condition"] else "",
        line["note"] or "",
        *(
            f"{question} {say('yes') if yes else say('NO')}"
            for question, yes in line["checklist"].items()
        ),
    ]
    told = " · ".join(fact for fact in facts if fact)
    if told:
        yield from lay(told, 7.5, after=3)
    if line["outcome"] != "applied":
        yield from lay(say("Contested: a person finds out who has it."), 7.5, after=3)


def _lay_kit(kit: Mapping[str, Any], body: Mapping[str, Any], lay: Any, say: Say) -> Iterator[Item]:
    """Return a kit with what of it did not change hands."""
    is_out = HandoverKind(body["kind"]).facts.needs_person
    named = f"{say('Kit')} {kit['code']} {kit['name']}"
    if not kit["open"]:
        yield from lay(f"{named}: {say('whole')}", 7.5, after=3)
        return
    left = say("not handed over") if is_out else say("still out")
    yield from lay(f"{named}: {left}", 7.5, BOLD)
    for thing in kit["open"]:
        yield from lay(thing, 7.5, after=2)


def _lay_terms(
    terms: Mapping[str, Any],
    body: Mapping[str, Any],
    told: _Told,
    lay: Any,
) -> Iterator[Item]:
    """Return one text by its version and hash, and whether it is accepted."""
    acceptance = Acceptance(terms["acceptance"])
    answer, say = told.answer, told.say
    if answer is not None and answer["signature"] and acceptance.is_asked:
        acceptance = Acceptance.HERE
    things = [body["lines"][n - 1] for n in terms["covers"]]
    tags = ", ".join(_name_thing(line) for line in things)
    yield from lay(
        f"{terms['title']}, {say('version')} {terms['version']}: {say(acceptance.label)}", font=BOLD
    )
    yield from lay(
        f"{say('covers')} {tags} · SHA-256 {terms['sha256'][:SHOWN_DIGITS]}", 7.5, after=3
    )


def _name_thing(line: Mapping[str, Any]) -> str:
    return str(line["asset_tag"] or line.get("stock_code") or line["code"])


def _name(named: Mapping[str, Any] | None) -> str:
    return str(named["name"] or named["ref"]) if named else ""


def _draw(
    canvas: Canvas,
    item: Item,
    paper: SizeFacts,
    y: float,
    signature: Signature | None,
    address: str,
) -> None:
    """Draw an item whose top is at `y`."""
    left, inner = paper.margin, paper.width - 2 * paper.margin
    if item.picture == "rule":
        canvas.setLineWidth(0.5)
        canvas.line(left, y - item.height / 2, left + inner, y - item.height / 2)
    elif item.picture == "qr":
        _draw_qr(canvas, address, left, y - 3)
    elif item.picture == "signature" and signature is not None:
        box = (left, y - 2, min(inner, 90 * mm), item.height - 6)
        draw_signature(canvas, signature, box, write=_writer(canvas))
    else:
        _write(canvas, left, y - item.size, item.text, item.font, item.size)


def _writer(canvas: Canvas) -> Any:
    def write(x: float, y: float, words: str, size: float, is_bold: bool) -> None:
        font = BOLD if is_bold else REGULAR
        _write(canvas, x, y, spell(words, font), font, size)

    return write


def _write(canvas: Canvas, x: float, y: float, line: str, font: str, size: float) -> None:
    drawn = canvas.beginText(x, y)
    for run, name in split_by_font(turn_round(line), font):
        drawn.setFont(name, size)
        drawn.textOut(run)
    canvas.drawText(drawn)


def _draw_qr(canvas: Canvas, address: str, left: float, top: float) -> None:
    """Draw a QR code with its quiet zone of four modules left to the paper."""
    matrix = segno.make_qr(address, error="m").matrix
    unit = QR_SIDE / len(matrix)
    for down, row in enumerate(matrix):
        for across, is_dark in enumerate(row):
            if is_dark:
                # A little wider than the module: or viewers draw white seams between them.
                canvas.rect(
                    left + across * unit, top - (down + 1) * unit, unit + 0.05, unit + 0.05,
                    stroke=0, fill=1,
                )  # fmt: skip
