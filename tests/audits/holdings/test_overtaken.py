"""Answers and decisions about what has no label that the register or the approver has overtaken."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from scanner_app.domain.licences.metrics import MAX_SEATS
from scanner_app.domain.register.change_kinds import ChangeKind
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import Asset
from scanner_app.services.register.plan import AssetChange
from scanner_app.services.register.write import change_assets
from scanner_app.storage.database import unit_of_work
from tests.audits.approval.test_closing import find_user, unread
from tests.audits.holdings.office import fill_with_holdings
from tests.audits.holdings.test_holdings import answer, decide, list_held
from tests.audits.steps import START, close, open_audit

pytestmark = pytest.mark.either_database


@pytest.fixture
def contents():
    return fill_with_holdings


def test_what_was_disposed_of_meanwhile_is_not_retired(app, api):
    audit = open_audit(api, scope={"kinds": ["cloud"]})
    assert answer(api, audit, "CLD-1", holds=False).status_code == 200
    api.post(f"/audits/{audit}/reconciliation")
    assert decide(api, audit, "CLD-1", "accept").status_code == 200
    with app.app_context(), unit_of_work() as session:
        asset_id = session.scalars(select(Asset.id).where(Asset.asset_tag == "CLD-1")).one()
        change_assets(
            session,
            changes=[AssetChange(asset_id, {"status": Stage.DISPOSED})],
            kind=ChangeKind.EDITED, actor="test", now=START,
        )  # fmt: skip

    close(api, audit)

    assert api.get("/assets/CLD-1").json["status"] == "disposed"


def test_a_decision_made_anew_ends_the_notice_of_who_approves(app, api, page_as):
    eve = page_as("approver", "eve@example.org")
    audit = open_audit(api, scope={"kinds": ["software"]})
    answer(api, audit, "LIC-1", quantity=48)
    api.post(f"/audits/{audit}/reconciliation")
    decide(api, audit, "LIC-1", "accept")
    sent = api.post(
        f"/audits/{audit}/approval-requests", json={"approver": find_user(app, "eve@example.org")}
    )
    assert sent.status_code == 200, sent.text
    assert unread(eve) == 1

    assert decide(api, audit, "LIC-1", "reject", "Their list is old").status_code == 200

    assert unread(eve) == 0


def test_a_licence_has_no_more_seats_than_a_licence_may_have(api):
    audit = open_audit(api, scope={"kinds": ["software", "stock"]})
    assert answer(api, audit, "LIC-1", quantity=MAX_SEATS).status_code == 200

    refused = answer(api, audit, "LIC-1", quantity=MAX_SEATS + 1)

    assert (refused.status_code, [*refused.json["errors"]]) == (422, ["quantity"])
    assert list_held(api, audit)["LIC-1"]["counted"] == MAX_SEATS
    assert answer(api, audit, "ST-0001", quantity=MAX_SEATS + 1).status_code == 200
