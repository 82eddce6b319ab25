"""A scan of stock: its code means an item in pieces, and the ledger of stock is written.

It is an exit of the judge, because the level decides whether a move is refused. The items are
locked already, after the assets (`resolve.lock_world`).
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import read_code
from scanner_app.domain.access.roles import Actor
from scanner_app.domain.scanning import sentences
from scanner_app.domain.scanning.answer import StockCard
from scanner_app.domain.scanning.intents import AnswerKind, Intent, Outcome
from scanner_app.domain.scanning.new_scan import DAMAGED
from scanner_app.domain.scanning.refusals import Refusal
from scanner_app.domain.stock.acts import Act, say_done
from scanner_app.domain.stock.items import MAX_LEVEL, MAX_QUANTITY, AccountKind
from scanner_app.models import Asset
from scanner_app.queries.scanning.codes import CodeIndex, values_of
from scanner_app.queries.stock.items import ItemCard
from scanner_app.services.scanning.judgement import JudgedScan, conclude
from scanner_app.services.scanning.resolve import ResolvedScan, World
from scanner_app.services.stock import moves
from scanner_app.services.stock.counts import CountResult, record_count
from scanner_app.services.stock.ledger import Order, read_place_level, sum_at_places
from scanner_app.services.stock.moves import Holder, Moved, Refused
from scanner_app.services.stock.undo import undo_stock


class Named(NamedTuple):
    """What a scan of stock names: the other side of the move, and its name in a sentence."""

    holder: Holder
    name: str


def move_stock(session: Session, item: ResolvedScan, world: World, *, actor: Actor) -> JudgedScan:
    """Do what a scan asks of pieces of stock, and return the judgement."""
    card = world.items[item.meaning.id or 0]
    act = item.scan.intent.facts.act
    if act is None:
        if item.scan.intent in {Intent.LOOKUP, Intent.SIGHTING}:
            return _describe(session, item, world, card)
        return _refuse(session, item, world, card, Refused(Refusal.NOT_AN_ASSET))
    named = _find_target(session, item, world)
    if isinstance(named, Refusal):
        return _refuse(session, item, world, card, Refused(named))
    place_id, refusal = _find_place(session, item, world, card, act, named)
    if refusal is not None or place_id is None:
        refused = Refused(refusal or Refusal.LOCATION_REQUIRED)
        return _refuse(session, item, world, card, refused)
    world.names.load_places([place_id])
    done = _act(session, item, card, act, place_id, named, _order(item, world, actor))
    if isinstance(done, Refused):
        return _refuse(session, item, world, card, done)
    return _tell(session, item, world, card, act, place_id, named, done)


def _order(item: ResolvedScan, world: World, actor: Actor) -> Order:
    now = world.clock.now
    return Order(
        # Nobody has counted or taken anything in the future: a clock that is ahead takes ours. At a
        # counter that waits for the answer, the pieces go now, whenever they were put on the tray.
        at=now if world.is_in_turn else min(item.effective_at, now),
        now=now,
        by=actor,
        scan_id=item.scan.scan_id,
        is_late=not item.is_fresh and not world.is_in_turn,
        order_line=item.scan.line,
        reason=item.scan.note or "",
    )


def _pieces(item: ResolvedScan) -> int:
    """Return how many pieces a scan is about: of a box of ten, ten for each."""
    return (1 if item.scan.quantity is None else item.scan.quantity) * item.meaning.quantity


def _act(
    session: Session,
    item: ResolvedScan,
    card: ItemCard,
    act: Act,
    place_id: int,
    named: Named | None,
    order: Order,
) -> Moved | CountResult | Refused:
    pieces = _pieces(item)
    holder = named.holder if named else None
    most = MAX_LEVEL if act is Act.COUNT else MAX_QUANTITY
    if pieces > most or (act is Act.COUNT and item.scan.quantity is None):
        return Refused(Refusal.QUANTITY_REQUIRED)
    if act is Act.COUNT:
        return record_count(session, card, quantity=pieces, place_id=place_id, order=order)
    if act is Act.RECEIVE:
        return moves.receive(session, card, quantity=pieces, place_id=place_id, order=order)
    if act is Act.ISSUE:
        return moves.issue(
            session, card, quantity=pieces, place_id=place_id, holder=holder, order=order
        )
    if act is Act.TAKE_BACK:
        return moves.take_back(
            session,
            card,
            quantity=pieces,
            place_id=place_id,
            holder=holder,
            order=order,
            is_damaged=item.scan.condition == DAMAGED,
        )
    if holder is None or holder.kind is not AccountKind.PLACE:
        return Refused(Refusal.TARGET_REQUIRED)
    return moves.relocate(
        session, card, quantity=pieces, place_id=place_id, to_id=holder.id, order=order
    )


def _find_target(session: Session, item: ResolvedScan, world: World) -> Named | Refusal | None:
    """Return who or what the pieces go to, or come from: the target, else the custodian."""
    names, scan = world.names, item.scan
    if scan.target is not None:
        reading = read_code(scan.target)
        index = CodeIndex(session.connection(), values_of(reading))
        found = index.find(reading, at=item.effective_at)
        if found.id is None or found.kind not in {"asset", "person", "location"}:
            return Refusal.UNKNOWN_TARGET
        if found.kind == "asset":
            tag = session.scalars(select(Asset.asset_tag).where(Asset.id == found.id)).one()
            return Named(Holder(AccountKind.ASSET, found.id), tag)
        if found.kind == "location":
            names.load_places([found.id])
            place = names.place(found.id)
            return Named(Holder(AccountKind.PLACE, found.id), place.name if place else "")
        names.load_people([found.id])
        person_id: int | None = found.id
    else:
        person_id = item.custodian_id
    person = names.person(person_id)
    if person is None:
        # A move brings pieces to the location of the scan, as a move of an asset does.
        is_move = scan.intent is Intent.MOVE and item.place_id is not None
        place = names.place(item.place_id) if is_move else None
        return Named(Holder(AccountKind.PLACE, place.id), place.name) if place else None
    if not person.is_active and scan.intent is Intent.ISSUE:
        return Refusal.PERSON_LEFT
    return Named(Holder(AccountKind.PERSON, person.id), person.name)


def _find_place(
    session: Session,
    item: ResolvedScan,
    world: World,
    card: ItemCard,
    act: Act,
    named: Named | None,
) -> tuple[int | None, Refusal | None]:
    """Return the location whose stock changes: the bin's, the scan's, or the only one there is."""
    is_target = item.scan.intent is Intent.MOVE and item.scan.target is None
    place_id = item.meaning.bin_id or (None if is_target else item.place_id)
    if place_id is None and act is not Act.COUNT:
        target = named.holder if named and named.holder.kind is AccountKind.PLACE else None
        place_id = moves.find_only_place(session, card.id, without_id=target.id if target else None)
    if place_id is None:
        return None, Refusal.LOCATION_REQUIRED
    place = world.names.place(place_id)
    brings = act in {Act.RECEIVE, Act.TAKE_BACK}
    if brings and place is not None and not place.is_active:
        return None, Refusal.LOCATION_CLOSED
    return place_id, None


def _tell(
    session: Session,
    item: ResolvedScan,
    world: World,
    card: ItemCard,
    act: Act,
    place_id: int,
    named: Named | None,
    done: Moved | CountResult,
) -> JudgedScan:
    place = world.names.place(place_id)
    name = named.name if named else None
    said = say_done(
        act,
        item=card.thing,
        quantity=done.quantity,
        unit=card.unit,
        place=place.name if place else None,
        to=name if act in {Act.ISSUE, Act.MOVE} else None,
        from_=name if act is Act.TAKE_BACK else None,
    )
    outcome, answer = Outcome.APPLIED, AnswerKind.FINE
    if isinstance(done, CountResult):
        if done.is_old:
            outcome, answer = Outcome.NOTED, AnswerKind.UNCHANGED
            said = sentences.stock_count_old(thing=card.thing)
        else:
            said = sentences.stock_counted(
                said=said, expected=done.expected, quantity=done.quantity
            )
    elif done.is_in_count:
        outcome, answer = Outcome.NOTED, AnswerKind.UNCHANGED
        said = sentences.stock_in_count(said=said)
    elif act is Act.TAKE_BACK and item.scan.condition == DAMAGED:
        answer = AnswerKind.DAMAGED
    judged = conclude(item, world, outcome, said, answer=answer)
    return _with_card(session, judged, world, card, place_id, done.quantity)


def _describe(session: Session, item: ResolvedScan, world: World, card: ItemCard) -> JudgedScan:
    """Return the answer to a scan that asks what a code means."""
    place_id = item.meaning.bin_id or item.place_id
    place = world.names.place(place_id)
    there = read_place_level(session, card.id, place_id) if place_id is not None else 0
    said = sentences.stock_level(
        thing=card.thing,
        total=sum_at_places(session, card.id),
        place=place.name if place else None,
        there=there,
    )
    judged = conclude(item, world, Outcome.NOTED, said)
    return _with_card(session, judged, world, card, place_id, _pieces(item))


def _refuse(
    session: Session, item: ResolvedScan, world: World, card: ItemCard, refused: Refused
) -> JudgedScan:
    place_id = refused.place_id or item.place_id
    world.names.load_places([place_id])
    place, person = world.names.place(place_id), world.names.person(item.custodian_id)
    said = sentences.refused(
        refused.refusal,
        thing=card.thing,
        named=person.name if refused.refusal is Refusal.PERSON_LEFT and person else None,
        given=item.scan.target or (place.name if place else ""),
        there=refused.there,
        where=place.name if place else None,
    )
    judged = conclude(
        item, world, Outcome.REFUSED, said, answer=AnswerKind.REFUSED, refusal=refused.refusal
    )
    return _with_card(session, judged, world, card, place_id, _pieces(item))


def _with_card(
    session: Session,
    judged: JudgedScan,
    world: World,
    card: ItemCard,
    place_id: int | None,
    quantity: int,
) -> JudgedScan:
    place = world.names.place(place_id)
    stock = StockCard(
        card.code,
        card.name,
        card.stock_class.value,
        quantity,
        sum_at_places(session, card.id),
        place.code if place else None,
        place.name if place else None,
        None if place_id is None else read_place_level(session, card.id, place_id),
        card.unit,
        card.returns,
    )
    # A noted scan with a location and no asset is a room's label, which locates a carried reader.
    is_applied = judged.outcome is Outcome.APPLIED
    return judged._replace(
        answer=judged.answer.with_stock(stock), location_id=place_id if is_applied else None
    )


def undo_moves(
    session: Session, item: ResolvedScan, world: World, scan_id: UUID, *, actor: Actor
) -> Refusal | None:
    """Undo what a scan did to stock; return why not, if what it brought went on since."""
    at: datetime = min(item.effective_at, world.clock.now)
    order = Order(at, world.clock.now, actor, scan_id=item.scan.scan_id, reason="undone")
    refused = undo_stock(session, scan_id=scan_id, order=order)
    return refused.refusal if refused is not None else None
