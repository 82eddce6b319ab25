"""Scans that open work or count in it: a deployment, a consignment, a delivery.

They are exits of the judge, because the work is a row: it is locked after the asset.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import read_code
from scanner_app.domain.access.roles import Action, Actor
from scanner_app.domain.lifecycle.deployments import DEPLOYABLE
from scanner_app.domain.procurement.deliveries import ReceiptState
from scanner_app.domain.procurement.receiving import Told, say
from scanner_app.domain.scanning import sentences
from scanner_app.domain.scanning.intents import AnswerKind, Intent, Outcome
from scanner_app.domain.scanning.new_scan import DAMAGED
from scanner_app.domain.scanning.refusals import Refusal
from scanner_app.models import AssetModel, OrderLine, StockItem
from scanner_app.queries.procurement.orders import count_came
from scanner_app.services.disposal.packing import pack, scan_out
from scanner_app.services.lifecycle.deployments import open_deployment
from scanner_app.services.procurement.deliveries import LockedDelivery, find_and_lock
from scanner_app.services.procurement.receive import DeliveryRead, Found, Received, receive_scan
from scanner_app.services.scanning.judge import note_seen
from scanner_app.services.scanning.judgement import (
    JudgedScan,
    conclude,
    counts_in_audit,
    refuse,
    see,
)
from scanner_app.services.scanning.resolve import ResolvedScan, World


def deploy(session: Session, item: ResolvedScan, world: World, *, actor: Actor) -> JudgedScan:
    """Open the deployment of the scanned asset, and return the judgement."""
    asset = world.assets[item.meaning.id or 0]
    refusal = DEPLOYABLE[asset.state.status]
    if refusal is not None:
        return refuse(item, world, refusal, asset=asset)
    opened = open_deployment(
        session,
        asset_id=asset.id,
        thing=asset.thing,
        scan_id=item.scan.scan_id,
        actor_name=actor.name,
        at=item.effective_at,
    )
    if opened is None:
        return refuse(item, world, Refusal.NO_CHECKLIST, asset=asset)
    text = sentences.deploying(
        thing=asset.thing, number=opened.number, left=opened.left, is_new=opened.is_new
    )
    seen = see(item, world, asset) if counts_in_audit(item) else None
    return conclude(item, world, Outcome.NOTED, text, asset=asset, sighting=seen)


def consign(session: Session, item: ResolvedScan, world: World, *, actor: Actor) -> JudgedScan:
    """Pack the scanned asset, or scan it out, and return the judgement."""
    scan, asset = item.scan, world.assets[item.meaning.id or 0]
    number, is_packing = scan.task or "", scan.intent is Intent.PACK
    if not actor.can(Action.DISPOSE):
        return refuse(item, world, Refusal.NOT_YOUR_ROLE, asset=asset)
    if is_packing:
        done = pack(
            session,
            number=number,
            asset_id=asset.id,
            tag=asset.asset_tag,
            stage=asset.state.status,
            box=scan.label,
            scan_id=scan.scan_id,
            actor=actor,
            at=item.effective_at,
        )
    else:
        done = scan_out(
            session,
            number=number,
            asset_id=asset.id,
            scan_id=scan.scan_id,
            actor=actor,
            at=item.effective_at,
        )
    if isinstance(done, Refusal):
        return refuse(item, world, done, asset=asset)
    if is_packing:
        text = sentences.packed(
            thing=asset.thing, task=number, number=done.number, is_new=done.is_new
        )
    else:
        text = sentences.scanned_out(
            thing=asset.thing, task=number, number=done.number, of=done.of or 0
        )
    return conclude(
        item,
        world,
        Outcome.NOTED,
        text,
        asset=note_seen(asset, item, world),
        answer=AnswerKind.FINE if done.is_new else AnswerKind.ALREADY_SCANNED,
        sighting=see(item, world, asset) if counts_in_audit(item) else None,
    )


REFUSED = {
    Found.LATE: Refusal.TASK_NOT_OPEN,
    Found.LINE_REQUIRED: Refusal.LINE_REQUIRED,
    Found.UNKNOWN_LINE: Refusal.UNKNOWN_LINE,
    Found.LABEL_TAKEN: Refusal.LABEL_TAKEN,
    Found.TOO_MANY: Refusal.QUANTITY_REQUIRED,
}


def receive(session: Session, item: ResolvedScan, world: World, *, actor: Actor) -> JudgedScan:
    """Take the scan into the delivery that it names, and return the judgement."""
    meaning = item.meaning
    asset = world.assets.get(meaning.id or 0) if meaning.kind == "asset" else None
    if not actor.can(Action.RECEIVE):
        return refuse(item, world, Refusal.NOT_YOUR_ROLE, asset=asset)
    delivery = find_and_lock(session, item.scan.task or "")
    if delivery is None:
        return refuse(item, world, Refusal.UNKNOWN_TASK, asset=asset)
    received = receive_scan(session, delivery, _read(item, world), actor=actor)
    refusal = REFUSED.get(received.found)
    if refusal is not None:
        given = received.tag or item.scan.code
        return refuse(item, world, refusal, asset=asset, thing=sentences.show_code(given))
    seen = see(item, world, asset) if asset is not None and counts_in_audit(item) else None
    return conclude(
        item,
        world,
        Outcome.NOTED,
        _say(session, delivery, received, item),
        asset=asset,
        answer=_answer(received),
        sighting=seen,
    )


def _read(item: ResolvedScan, world: World) -> DeliveryRead:
    scan, meaning = item.scan, item.meaning
    asset_ids: tuple[int, ...] = ()
    if meaning.kind == "asset" and meaning.id is not None:
        asset_ids = (meaning.id,)
    elif meaning.kind == "ambiguous":
        asset_ids = tuple(id_ for kind, id_ in meaning.options if kind == "asset")
    return DeliveryRead(
        scan_id=scan.scan_id,
        reading=read_code(scan.code, symbology=scan.symbology),
        # A clock that is ahead takes ours: the next scans look for the line that was set before.
        at=min(item.effective_at, world.clock.now),
        quantity=scan.quantity,
        line=scan.line,
        label=scan.label,
        condition=scan.condition,
        device=scan.device,
        asset_ids=asset_ids,
        stock_item_id=meaning.id if meaning.kind == "stock_item" else None,
        pieces=meaning.quantity,
        is_label=item.key in world.free_labels,
    )


_TOLD = {Found.LINE: Told.LINE, Found.AGAIN: Told.AGAIN, Found.LABEL: Told.LABEL}


def _answer(received: Received) -> AnswerKind:
    receipt = received.receipt
    if received.found is Found.AGAIN:
        return AnswerKind.ALREADY_SCANNED
    if received.found is not Found.RECEIPT or receipt is None:
        return AnswerKind.FINE
    if receipt.state is not ReceiptState.RECEIVED:
        return AnswerKind.UNCHANGED
    return AnswerKind.DAMAGED if receipt.condition == DAMAGED else AnswerKind.FINE


def _say(session: Session, delivery: LockedDelivery, received: Received, item: ResolvedScan) -> str:
    receipt, line = received.receipt, received.line
    thing = sentences.show_code((receipt.serial if receipt else None) or item.scan.code)
    told = _TOLD.get(received.found)
    if told is None and receipt is None:
        told = Told.SAVED
    elif told is None and receipt is not None:
        told = Told(receipt.state.value)
    is_counted = receipt is not None and receipt.serial is None and line is not None
    if told is Told.RECEIVED and is_counted:
        told = Told.PIECES
    what = name_line(session, line) if line is not None else ""
    pieces = receipt.quantity if receipt else 0
    if told is Told.OVER and is_counted:
        thing = f"{pieces} of {what}"
    return say(
        told or Told.SAVED,
        thing=thing,
        what=what,
        number=delivery.number,
        tag=received.tag,
        pieces=pieces,
        count=count_came(session, line.id) if line is not None else 0,
        ordered=line.quantity if line is not None else 0,
    )


def name_line(session: Session, line: OrderLine) -> str:
    """Return what a line is about, as a sentence names it."""
    if line.model_id is not None:
        model = session.get(AssetModel, line.model_id)
        return f"{model.manufacturer} {model.name}".strip() if model else ""
    if line.stock_item_id is not None:
        stock = session.get(StockItem, line.stock_item_id)
        return stock.name if stock else ""
    return line.text
