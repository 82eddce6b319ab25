"""An office with a licence of 50 seats, a cloud account, a data set, and 24 toners on a shelf."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor, Role
from scanner_app.domain.register.change_kinds import ChangeKind
from scanner_app.domain.register.kinds import AssetKind
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import Asset
from scanner_app.queries.stock.items import load_cards
from scanner_app.services.register.plan import AssetChange, AssetDraft
from scanner_app.services.register.write import change_assets, create_assets
from scanner_app.services.stock.items import create_item
from scanner_app.services.stock.ledger import Order
from scanner_app.services.stock.moves import receive
from tests.audits.steps import START
from tests.licences.conftest import buy
from tests.support.register import add_asset, add_location, add_person

ALICE = Actor("user", 11, "Alice", Role.STOCKROOM, user_id=11)
HOLDINGS = ["software", "data", "stock"]
# The kinds in the order of the freeze.
ALL = ["CLD-1", "DAT-1", "LIC-1", "ST-0001"]


def fill_with_holdings(session: Session) -> dict[str, Any]:
    site = add_location(session, "HQ", "Head office", now=START)
    store = add_location(session, "R-STORE", "Stockroom", parent=site, now=START)
    away = add_location(session, "AWAY", "Other site", now=START)
    dana = add_person(session, "1001", "Dana", now=START)
    add_asset(session, "A-1", location=store, now=START)
    buy(session, asset_tag="LIC-1", seats="50", metric="user")
    create_assets(
        session,
        drafts=[
            AssetDraft(
                {"asset_tag": tag, "name": name, "kind": kind, "status": Stage.IN_USE,
                 "custodian_id": dana.id}
            )
            for tag, name, kind in (
                ("CLD-1", "Build server", AssetKind.CLOUD),
                ("DAT-1", "Customer list", AssetKind.DATA),
            )
        ],
        kind=ChangeKind.CREATED,
        actor="test",
        now=START,
    )  # fmt: skip
    licence_id = session.query(Asset.id).filter_by(asset_tag="LIC-1").scalar()
    change_assets(
        session,
        changes=[AssetChange(licence_id, {"custodian_id": dana.id})],
        kind=ChangeKind.EDITED, actor="test", now=START,
    )  # fmt: skip
    toner = create_item(session, values={"name": "Toner", "stock_class": "consumable"}, now=START)
    card = load_cards(session, [toner])[toner]
    for place, quantity in ((store, 24), (away, 3)):
        order = Order(at=START, now=START, by=ALICE)
        receive(session, card, quantity=quantity, place_id=place.id, order=order)
    return {"toner": toner, "store": store.id, "away": away.id, "dana": dana.id}
