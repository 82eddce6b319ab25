"""What became of one scan: the answer that the API sends, a page shows and the log keeps.

An answer is made once and not changed. Its JSON is made by `to_json` (one) and `encode_answers`
(many) alone. What the log holds is this JSON, so that a second delivery gets the same answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from scanner_app.domain.scanning.intents import AnswerKind, Outcome
from scanner_app.domain.scanning.refusals import Refusal


class Status(StrEnum):
    """How a scan was received."""

    RECORDED = "recorded"
    REPEATED = "repeated"  # the same scan again: its first answer
    CONFLICT = "conflict"  # the same id with other content: nothing was changed
    INVALID = "invalid"  # not recorded; `errors` says why by field


class FoundAs(Struct, frozen=True):
    """What a sighting made of an audit's finding."""

    state: str
    flags: tuple[str, ...] = ()


class AssetCard(Struct, frozen=True):
    """An asset as a person sees it right after the scan."""

    asset_tag: str
    name: str
    status: str
    location: str | None = None
    location_name: str | None = None
    home_location: str | None = None
    home_location_name: str | None = None
    custodian: str | None = None
    custodian_name: str | None = None

    def hide_names(self) -> AssetCard:
        """Return the tag and the stage alone."""
        return AssetCard(self.asset_tag, self.asset_tag, self.status)

    def hide_record(self) -> AssetCard:
        """Return the tag and the name alone, which the label shows too."""
        return AssetCard(self.asset_tag, self.name, "")


class PlaceCard(Struct, frozen=True):
    """The place that a scanned label means."""

    code: str
    name: str


class PersonCard(Struct, frozen=True):
    """The person that a scanned badge means."""

    number: str | None
    name: str


class StockCard(Struct, frozen=True):
    """The stock item that a scanned code means, and how many pieces there are now.

    :param quantity: how many pieces the scan was about.
    :param level: how many the location has now, and `total` all locations together.
    :param returns: whether its pieces come back.
    """

    code: str
    name: str
    stock_class: str
    quantity: int
    total: int
    location: str | None = None
    location_name: str | None = None
    level: int | None = None
    unit: str = ""
    returns: bool = True


class KitPieceCard(Struct, frozen=True):
    """One piece of a kit as its label is scanned.

    :param kind: asset, model or stock; `ref` is its tag, the model's name or the item's code.
    :param scan_id: of the scan that a scan of the kit makes of the piece; None of a model.
    :param asset: of an asset, where it is now; `stock` of pieces of stock.
    """

    kind: str
    ref: str
    name: str
    quantity: int
    is_required: bool
    scan_id: str | None = None
    asset: AssetCard | None = None
    stock: StockCard | None = None


class KitCard(Struct, frozen=True):
    """The kit that a scanned code means.

    :param returns: `each`: its pieces come back by their own scans; `trust`: by its label.
    :param odd: the pieces that are elsewhere than the rest, as a sentence names them.
    """

    code: str
    name: str
    is_fixed: bool
    returns: str
    pieces: tuple[KitPieceCard, ...] = ()
    odd: tuple[str, ...] = ()


class TaskCard(Struct, frozen=True):
    """The task whose code was scanned.

    :param page: the address of its page.
    :param is_open: whether it runs.
    """

    number: str
    kind: str
    state: str
    title: str
    page: str
    is_open: bool


class Answer(Struct, frozen=True):
    """What became of one scan; contract: Result.

    :param kind: what the code means: asset, location, person, stock_item, kit, task, unregistered,
        ambiguous;
        None for an undo of something that is not an asset.
    :param stock: only of a code that means a stock item; `kit` of one that means a kit, `task` of
        one that means a task.
    :param errors: what is wrong by field; only an invalid scan has them.
    """

    scan_id: str | None = None
    status: Status = Status.RECORDED
    outcome: Outcome | None = None
    refusal: Refusal | None = None
    finding: FoundAs | None = None
    asset: AssetCard | None = None
    kind: str | None = None
    answer: AnswerKind = AnswerKind.FINE
    place: PlaceCard | None = None
    person: PersonCard | None = None
    message: str = ""
    errors: Mapping[str, list[str]] | UnsetType = UNSET
    stock: StockCard | UnsetType = UNSET
    kit: KitCard | UnsetType = UNSET
    task: TaskCard | UnsetType = UNSET

    def to_json(self) -> dict[str, Any]:
        """Return the answer as the contract writes it."""
        shown: dict[str, Any] = msgspec.to_builtins(self, enc_hook=str)
        return shown

    def repeat(self) -> Answer:
        """Return this answer for a scan that came again."""
        return msgspec.structs.replace(self, status=Status.REPEATED)

    def with_stock(self, stock: StockCard) -> Answer:
        """Return this answer with the stock item that it is about."""
        return msgspec.structs.replace(self, stock=stock)

    def with_kit(self, kit: KitCard) -> Answer:
        """Return this answer with the kit that it is about."""
        return msgspec.structs.replace(self, kit=kit)

    def say_also(self, more: Sequence[str]) -> Answer:
        """Return this answer with further sentences."""
        return msgspec.structs.replace(self, message=" ".join([self.message, *more]))

    def hide_register(self) -> Answer:
        """Return this answer for a program that may not read the register.

        It names the asset's tag and stage, which a gate needs for its alarm: no place, no person.
        """
        if self.status in {Status.CONFLICT, Status.INVALID}:
            return self  # says only what is wrong with the scan itself
        return msgspec.structs.replace(
            self,
            asset=None if self.asset is None else self.asset.hide_names(),
            place=None,
            person=None,
            stock=UNSET,
            kit=UNSET,
            task=UNSET,
            message="Received." if self.refusal is None else "Received, but not carried out.",
        )

    def found(self, finding: FoundAs, *, answer: AnswerKind, message: str) -> Answer:
        """Return this answer once the scan was counted in its audit."""
        return msgspec.structs.replace(self, finding=finding, answer=answer, message=message)


def hide_finding(answer: Answer, *, kind: AnswerKind, message: str) -> Answer:
    """Return an answer for who counts blind: what was scanned, and nothing of what is recorded."""
    return msgspec.structs.replace(
        answer,
        finding=None,
        asset=None if answer.asset is None else answer.asset.hide_record(),
        answer=kind,
        message=message,
    )


def conflict(scan_id: str) -> Answer:
    """Return the answer to an id that was used before for something else."""
    return Answer(
        scan_id,
        Status.CONFLICT,
        answer=AnswerKind.REFUSED,
        message="This scan's id was used before for something else; nothing was changed.",
    )


def invalid(scan_id: object, errors: Mapping[str, list[str]]) -> Answer:
    """Return the answer to a scan that cannot be read."""
    return Answer(
        scan_id if isinstance(scan_id, str) else None,
        Status.INVALID,
        answer=AnswerKind.REFUSED,
        message="Not recorded: " + " ".join(f"{name}: {why[0]}" for name, why in errors.items()),
        errors=errors,
    )


_encoder = msgspec.json.Encoder(enc_hook=str)
_decoder = msgspec.json.Decoder(Answer)


def encode_answers(answers: Sequence[Answer]) -> list[str]:
    """Return the JSON of each answer, as the log keeps it."""
    # One line each: JSON writes a line break within a text as \n.
    return _encoder.encode_lines(answers).decode().split("\n")[: len(answers)]


def encode_list(answers: Sequence[Answer]) -> str:
    """Return the JSON of the whole list."""
    return _encoder.encode(answers).decode()


def decode_answer(text: str) -> Answer:
    """Return an answer that the log kept."""
    return _decoder.decode(str(text))
