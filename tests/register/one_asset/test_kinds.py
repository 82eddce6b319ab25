"""Cloud and data assets by form: without what only a thing has, and with what is asked of them."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from scanner_app.domain.register.kinds import ASSET_KINDS, AssetKind, kinds_by_form
from scanner_app.models import Asset
from scanner_app.storage.database import reading

pytestmark = pytest.mark.either_database


def find(app, tag: str) -> Asset:
    with app.app_context(), reading() as session:
        asset = session.scalars(select(Asset).where(Asset.asset_tag == tag)).one()
        session.expunge_all()
        return asset


@pytest.mark.parametrize("kind", kinds_by_form())
def test_a_form_asks_what_belongs_to_its_kind(page_as, kind):
    page = page_as("admin").get(f"/new/asset?kind={kind.value}").text

    assert f'value="{ASSET_KINDS[kind].prefix}' in page
    assert all(name in page for name in ASSET_KINDS[kind].asks)
    assert 'name="location"' not in page
    assert 'name="serial_number"' not in page


def test_a_data_set_is_added_and_edited(app, page_as):
    admin = page_as("admin")
    form = {"kind": "data", "asset_tag": "DAT-1", "name": "Payroll", "status": "in_use",
            "custom:Classification": "confidential"}  # fmt: skip
    assert admin.post("/assets", data=form).status_code == 303

    asset = find(app, "DAT-1")
    assert (asset.kind, asset.custom) == (AssetKind.DATA, {"Classification": "confidential"})
    page = admin.get("/assets/DAT-1").text
    assert "Data</span>" in page
    assert "Print label" not in page
    edit = admin.get("/assets/DAT-1/edit").text
    assert 'name="location"' not in edit
    assert "confidential" in edit
    start = edit.partition('name="start" value="')[2].partition('"')[0]
    changed = {"start": start, "asset_tag": "DAT-1", "name": "Payroll 2026", "status": "in_use",
               "custom:Classification": "restricted"}  # fmt: skip
    assert admin.post("/assets/DAT-1/edit", data=changed).status_code in {200, 303}
    assert find(app, "DAT-1").kind is AssetKind.DATA


def test_a_location_of_what_nobody_can_touch_is_refused(page_as, app):
    admin = page_as("admin")
    form = {"kind": "cloud", "asset_tag": "CLD-1", "name": "Mail", "location": "R-1",
            "serial_number": "S"}  # fmt: skip
    refused = admin.post("/assets", data=form)

    assert refused.status_code == 422
    assert 'value="cloud"' in refused.text
    with app.app_context(), reading() as session:
        assert session.scalars(select(Asset.id)).all() == []


def test_a_kind_that_no_form_adds_is_hardware(app, page_as):
    form = {"kind": "software", "asset_tag": "X-1", "name": "X"}
    page_as("admin").post("/assets", data=form)

    assert find(app, "X-1").kind is AssetKind.HARDWARE
