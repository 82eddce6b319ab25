"""Two spellings of one category or supplier become one, each asset with the change in its history."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from scanner_app.domain.audits.states import AuditState
from scanner_app.models import (
    Asset,
    AssetModel,
    Audit,
    Category,
    Checklist,
    ContractEvent,
    Plan,
    RegisterChange,
    SavedView,
    User,
)
from tests.conftest import NOW
from tests.support.register import add_asset


def merge(client, kind: str, old: str, new: str, step: str = "apply"):
    return client.post("/admin/values", data={"kind": kind, "old": old, "new": new, "step": step})


class TestMerge:
    def test_changes_what_was_foretold(self, admin, work):
        with work() as session:
            right, wrong = Category(name="Laptop"), Category(name="Lapt")
            session.add_all([right, wrong])
            session.flush()
            session.add(AssetModel(name="T14", model_number="", category_id=wrong.id))
            asset = session.get_one(Asset, add_asset(session, "LT-1", now=NOW))
            asset.category_id, asset.supplier = wrong.id, "Acme inc"

        text = merge(admin, "category", "Lapt", "Laptop", step="look").text
        assert "1 asset and 1 model will have “Laptop”" in text
        with work() as session:
            assert session.scalar(select(Category.id).where(Category.name == "Lapt"))
        assert merge(admin, "category", "Lapt", "Laptop").status_code == 303
        assert merge(admin, "supplier", "Acme inc", "Acme Inc.").status_code == 303

        with work() as session:
            assert session.scalars(select(Category.name)).all() == ["Laptop"]
            kept = session.scalar(select(Category.id))
            assert session.scalar(select(AssetModel.category_id)) == kept
            asset = session.scalars(select(Asset)).one()
            assert (asset.category_id, asset.supplier) == (kept, "Acme Inc.")
            edits = select(RegisterChange.changes).where(RegisterChange.kind == "edited")
            changed = [
                set(changes) for changes in session.scalars(edits.order_by(RegisterChange.id))
            ]
            assert changed == [{"category"}, {"supplier"}]

    def test_renames_the_category_in_views_and_drafts_and_leaves_what_was_counted(
        self, admin, work
    ):
        with work() as session:
            session.add_all(
                [Category(name="Laptop"), Category(name="Lapt & co"), Category(name="P")]
            )
            user = session.scalars(select(User)).first()
            session.add(
                SavedView(
                    user_id=user.id,
                    list="assets",
                    name="mine",
                    query="q=Lapt&category=Lapt+%26+co&columns=tag",
                    created_at=NOW,
                )
            )
        scope = {"name": "One", "scope": {"categories": ["P", "Lapt & co", "Laptop"]}}
        for _ in range(2):
            assert admin.post("/api/v1/audits", json=scope).status_code == 201
        with work() as session:
            first, _second = session.scalars(select(Audit).order_by(Audit.id))
            first.state = AuditState.CLOSED

        assert merge(admin, "category", "Lapt & co", "Laptop").status_code == 303

        with work() as session:
            query = session.scalar(select(SavedView.query))
            counted, draft = session.scalars(select(Audit).order_by(Audit.id))
            assert query == "q=Lapt&category=Laptop&columns=tag"
            assert draft.scope["categories"] == ["P", "Laptop"]
            assert counted.scope["categories"] == ["P", "Lapt & co", "Laptop"]

    @pytest.mark.parametrize("has_own", [False, True])
    def test_gives_a_supplier_its_name_in_contracts_stock_and_orders(self, admin, work, has_own):
        for name in ["Acme"] + ["acme inc."] * has_own:
            supplier = {"name": name, "roles": ["vendor"]}
            assert admin.post("/api/v1/suppliers", json=supplier).status_code == 201
        order = {"number": "4711", "supplier": "Acme", "currency": "EUR"}
        assert admin.post("/api/v1/orders", json=order).status_code == 201
        contract = {
            "number": "C-1", "name": "Support", "supplier": "Acme", "starts_on": "2026-01-01",
            "kind": "support",
        }  # fmt: skip
        assert admin.post("/api/v1/contracts", json=contract).status_code == 201
        item = {"code": "ST-1", "name": "Mouse", "stock_class": "accessory", "supplier": "Acme"}
        assert admin.post("/api/v1/stock-items", json=item).status_code == 201

        text = merge(admin, "supplier", "Acme", "Acme Inc.", step="look").text
        assert merge(admin, "supplier", "Acme", "Acme Inc.").status_code == 303

        assert "0 assets and 3 contracts, orders or stock items will have “Acme Inc.”" in text
        suppliers = admin.get("/api/v1/suppliers").json["items"]
        assert [one["name"] for one in suppliers] == ["Acme Inc."]
        for path in ("orders/4711", "contracts/C-1", "stock-items/ST-1"):
            assert admin.get(f"/api/v1/{path}").json["supplier"] == "Acme Inc."
        with work() as session:
            newest = select(ContractEvent.changes).order_by(ContractEvent.id.desc()).limit(1)
            assert session.scalar(newest) == {"supplier": ["Acme", "Acme Inc."]}

    @pytest.mark.parametrize("has_own", [False, True])
    def test_moves_what_was_set_up_for_the_category(self, admin, work, has_own):
        with work() as session:
            old, new = Category(name="Lapt"), Category(name="Laptop")
            session.add_all([old, new])
        lines = {"old": "Look at the old", "new": "Look at the new"}
        wanted = [("Lapt", lines["old"])] + [("Laptop", lines["new"])] * has_own
        for name, items in wanted:
            form = {"kind": "maintenance", "category": name, "items": items}
            assert admin.post("/tasks/checklists", data=form).status_code == 303
        form = {"name": "Yearly", "category": "Lapt", "every_months": "12", "next_on": "2026-04-01"}
        assert admin.post("/tasks/plans", data=form).status_code == 303

        assert merge(admin, "category", "Lapt", "Laptop").status_code == 303

        with work() as session:
            kept = session.scalars(select(Category.id)).one()
            plan, checklist = (session.scalars(select(one)).one() for one in (Plan, Checklist))
            assert (plan.category_id, checklist.category_id) == (kept, kept)
            assert lines["new" if has_own else "old"] in str(checklist.items)

    def test_refuses_what_is_not_there_or_is_one(self, admin, work):
        with work() as session:
            session.add(Category(name="Laptop"))

        for kind, old, new in (
            ("category", "Laptop", "Laptop"),
            ("category", "None", "Laptop"),
            ("supplier", "None", "Acme"),
        ):
            assert merge(admin, kind, old, new).status_code == 422


class TestAssetForm:
    def test_creates_a_category_only_where_its_box_says_so(self, admin, work):
        with work() as session:
            session.add(Category(name="Laptop"))
        form = {"asset_tag": "LT-1", "status": "in_stock", "category": "Lapt"}

        text = admin.post("/assets", data=form)

        assert text.status_code == 422
        assert "Did you mean “Laptop”?" in text.text
        assert admin.post("/assets", data={**form, "category": "LAPTOP"}).status_code == 303
        form = {**form, "asset_tag": "LT-2", "new_category": "yes"}
        assert admin.post("/assets", data=form).status_code == 303
        with work() as session:
            assert set(session.scalars(select(Category.name))) == {"Laptop", "Lapt"}
