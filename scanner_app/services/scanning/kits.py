"""The label of a kit: one scan that is told for all pieces, and makes a scan of each.

The scans of the pieces come before the scan of the kit in the batch, with ids that follow from its
id: sent again, it makes the same ones. They need no secret in them, because nobody but its author
knows the id of a scan before it is recorded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.circulation.loan_rules import Returns
from scanner_app.domain.scanning.answer import Answer, AssetCard, KitCard, KitPieceCard, StockCard
from scanner_app.domain.scanning.clocks import Clock, place_in_time
from scanner_app.domain.scanning.intents import AnswerKind, Intent, Outcome
from scanner_app.domain.scanning.new_scan import NewScan
from scanner_app.domain.scanning.refusals import Refusal
from scanner_app.domain.stockroom.kits import SPREADS, Kit, Piece, PieceKind, say_kit, say_pieces
from scanner_app.models import Scan
from scanner_app.queries.circulation.rules import load_lending
from scanner_app.queries.stock.items import load_cards
from scanner_app.queries.stockroom.kits import load_kits
from scanner_app.services.scanning.judgement import JudgedScan, conclude, refuse
from scanner_app.services.scanning.resolve import KitScan, ResolvedScan, World
from scanner_app.services.stock.ledger import read_place_level, sum_at_places

KIT = "kit"


class Spread(NamedTuple):
    """A batch with the scans of pieces before those of their kits."""

    scans: list[NewScan]
    kits: Mapping[UUID, KitScan]


def spread_kits(
    session: Session, resolved: Sequence[ResolvedScan], known: set[UUID], clock: Clock, *, zone: str
) -> Spread:
    """Return the batch with a scan for each piece of the kits in it.

    :param known: scans that were recorded or undone before: they make nothing more.
    """
    ids = {item.meaning.id or 0 for item in resolved if item.meaning.kind == KIT}
    kits = load_kits(session, ids, with_past=True)
    scans: list[NewScan] = []
    told: dict[UUID, KitScan] = {}
    for item in resolved:
        if item.meaning.kind == KIT and item.scan.scan_id not in known:
            kit, intent = _find_made(session, item, kits[item.meaning.id or 0], clock)
            returns = find_returns(session, kit, zone=zone, path=kit.home_path)
            pieces = list(_make_scans(item.scan, kit, intent, returns))
            scans += pieces
            told[item.scan.scan_id] = KitScan(kit, tuple(one.scan_id for one in pieces), returns)
        scans.append(item.scan)
    return Spread(scans, told)


def _find_made(
    session: Session, item: ResolvedScan, kit: Kit, clock: Clock
) -> tuple[Kit, Intent | None]:
    """Return a kit as a scan found it, and what the scan does to its pieces; None: nothing."""
    if item.scan.intent is not Intent.VOID:
        return kit.at(item.effective_at), item.scan.intent
    target = session.execute(
        select(Scan.intent, Scan.scanned_at).where(Scan.scan_id == item.scan.voids)
    ).one_or_none()
    if target is None:
        return kit.at(item.effective_at), None  # its scan has not arrived yet
    return kit.at(place_in_time(target.scanned_at, clock).at), target.intent


def _make_scans(
    scan: NewScan, kit: Kit, intent: Intent | None, returns: Returns
) -> Iterator[NewScan]:
    """Return the scans of a kit's pieces. A unit of a model is scanned by itself."""
    if intent not in SPREADS or (intent is Intent.CHECK_IN and returns is Returns.EACH):
        return
    holder = kit.holder
    for piece in kit.pieces:
        own = scan._replace(
            scan_id=piece_id(scan.scan_id, piece),
            code=piece.ref,
            symbology=None,
            read_key=None,
            voids=piece_id(scan.voids, piece) if scan.voids else None,
        )
        if piece.kind is PieceKind.ASSET:
            yield own
        elif piece.kind is PieceKind.STOCK and intent is Intent.CHECK_OUT:
            yield _of_stock(own, Intent.ISSUE, piece)
        elif piece.kind is PieceKind.STOCK and intent is Intent.CHECK_IN and piece.returns:
            yield _of_stock(own, Intent.TAKE_BACK, piece)._replace(
                target=holder.holder if holder else None
            )


def piece_id(scan_id: UUID, piece: Piece) -> UUID:
    """Return the id of the scan that a scan of a kit makes of a piece."""
    return uuid5(scan_id, piece.ref)


def _of_stock(scan: NewScan, intent: Intent, piece: Piece) -> NewScan:
    if scan.intent is Intent.VOID:
        return scan
    return scan._replace(intent=intent, quantity=piece.quantity, due_at=None, condition=None)


def find_returns(session: Session, kit: Kit, *, zone: str, path: str) -> Returns:
    """Return how a kit comes back, by the rules of lending of its home and of who has it."""
    assets = [piece.asset_id for piece in kit.assets if piece.asset_id is not None]
    holder = kit.holder
    person_id = holder.holder_id if holder else None
    lending = load_lending(
        session,
        zone=zone,
        person_ids=[person_id] if person_id is not None else [],
        asset_ids=assets[:1],
    )
    rule = lending.rule_at(path, person_id=person_id, asset_id=assets[0] if assets else None)
    return rule.returns


def judge_kit(
    session: Session, item: ResolvedScan, world: World, first: Mapping[str, tuple[str, Answer]]
) -> JudgedScan:
    """Judge the scan of a kit's label by what became of its pieces."""
    told = world.kits[item.scan.scan_id]
    kit, intent = told.kit, item.scan.intent
    if intent is Intent.LOOKUP or not kit.pieces:
        found = AnswerKind.INCOMPLETE if kit.odd else AnswerKind.FINE
        judged = conclude(item, world, Outcome.NOTED, say_kit(kit), answer=found)
        return _with_card(session, judged, told)
    if not told.piece_ids:
        return _with_card(
            session, refuse(item, world, Refusal.EACH_PIECE, asset=None, thing=kit.thing), told
        )
    answers = [first[str(id_)][1] for id_ in told.piece_ids]
    refused = [answer for answer in answers if answer.outcome is not Outcome.APPLIED]
    text = (
        f"{kit.thing}: {len(answers) - len(refused)} of {len(answers)} pieces {intent.facts.past}."
    )
    odd = load_kits(session, [kit.id])[kit.id].odd
    if odd:
        text += f" It is incomplete: {say_pieces(odd)}."
    units = [one for one in kit.pieces if one.kind is PieceKind.MODEL]
    if units and intent is Intent.CHECK_OUT:
        text += f" Scan any unit of: {', '.join(one.thing for one in units)}."
    said = " ".join([text, *_say_refused(refused)])
    # A unit of a model does not follow the label: it is scanned by itself.
    lacks = bool(odd or refused or any(one.is_required for one in units))
    reason = refused[0].refusal if len(refused) == len(answers) else None
    judged = conclude(
        item,
        world,
        Outcome.REFUSED if reason else Outcome.NOTED,
        said,
        answer=_find_answer(is_refused=reason is not None, lacks=lacks),
        refusal=reason,
    )
    return _with_card(session, judged, told)


def _find_answer(*, is_refused: bool, lacks: bool) -> AnswerKind:
    if is_refused:
        return AnswerKind.REFUSED
    return AnswerKind.INCOMPLETE if lacks else AnswerKind.FINE


def _say_refused(refused: Sequence[Answer]) -> list[str]:
    """Return why pieces were refused: one sentence for each reason."""
    said: list[str] = []
    for reason in dict.fromkeys(answer.refusal for answer in refused):
        same = [answer for answer in refused if answer.refusal is reason]
        said.append(same[0].message)
        if len(same) > 1:
            said.append(f"The same for {len(same) - 1} more.")
    return said


def add_left(
    judged: JudgedScan, world: World, first: Mapping[str, tuple[str, Answer]]
) -> JudgedScan:
    """Return the judgement of an undone kit with the pieces that stay as they are."""
    told = world.kits.get(judged.item.scan.scan_id)
    if told is None:
        return judged
    answers = [first[str(id_)][1] for id_ in told.piece_ids]
    left = [answer.message for answer in answers if answer.outcome is Outcome.REFUSED]
    return judged._replace(answer=judged.answer.say_also(left)) if left else judged


def _with_card(session: Session, judged: JudgedScan, told: KitScan) -> JudgedScan:
    scan_id, place_id = judged.item.scan.scan_id, judged.item.place_id
    kit = told.kit
    card = KitCard(
        kit.tag,
        kit.name,
        kit.is_fixed,
        told.returns.value,
        tuple(_show_piece(session, piece, scan_id, place_id) for piece in kit.pieces),
        tuple(piece.thing for piece in kit.odd),
    )
    return judged._replace(answer=judged.answer.with_kit(card))


def _show_piece(
    session: Session, piece: Piece, scan_id: UUID, place_id: int | None
) -> KitPieceCard:
    asset = stock = None
    if piece.kind is PieceKind.ASSET and piece.status is not None:
        asset = AssetCard(
            piece.ref,
            piece.name,
            piece.status.value,
            custodian=piece.holder,
            custodian_name=piece.holder_name,
        )
    if piece.kind is PieceKind.STOCK and piece.stock_item_id is not None:
        item = load_cards(session, [piece.stock_item_id])[piece.stock_item_id]
        here = read_place_level(session, item.id, place_id) if place_id is not None else None
        stock = StockCard(
            item.code,
            item.name,
            item.stock_class.value,
            piece.quantity,
            sum_at_places(session, item.id),
            level=here,
            unit=item.unit,
            returns=item.returns,
        )
    return KitPieceCard(
        piece.kind.value,
        piece.ref,
        piece.name,
        piece.quantity,
        piece.is_required,
        None if piece.kind is PieceKind.MODEL else str(piece_id(scan_id, piece)),
        asset,
        stock,
    )
