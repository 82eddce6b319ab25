"""Two spellings of a maker or a model become one, and nothing names the one that is gone."""

from __future__ import annotations

import pytest
from sqlalchemy import UniqueConstraint, select

from scanner_app.models import (
    Asset,
    AssetModel,
    Category,
    Kit,
    KitPiece,
    Policy,
    PolicyVersion,
    RegisterChange,
    ReplacementPrice,
    StockItem,
)
from scanner_app.services.register.merging.models import naming_tables
from tests.conftest import NOW
from tests.register.lists.test_values import merge
from tests.support.register import add_asset

T14, T_14 = "Lenovo · T14", "Lenovo · T 14"


@pytest.fixture
def models(work):
    """Return the ids of one model, of its other spelling, and of that by another maker."""
    with work() as session:
        rows = [
            AssetModel(name="T14", manufacturer="Lenovo"),
            AssetModel(name="T 14", manufacturer="Lenovo"),
            AssetModel(name="T14", manufacturer="LENOVO"),
        ]
        session.add_all(rows)
        session.flush()
        for tag, row in zip(("LT-1", "LT-2", "LT-3"), rows, strict=True):
            session.get_one(Asset, add_asset(session, tag, now=NOW)).model_id = row.id
        return [row.id for row in rows]


def narrow(work, **applies: list[str]) -> None:
    with work() as session:
        policy = session.scalars(select(Policy).where(Policy.code == "encrypted")).one()
        policy.applies = applies


def read_scope(work) -> tuple[dict[str, list[str]], int]:
    with work() as session:
        policy = session.scalars(select(Policy).where(Policy.code == "encrypted")).one()
        of_it = select(PolicyVersion).where(PolicyVersion.policy_id == policy.id)
        last = session.scalars(of_it.order_by(PolicyVersion.version.desc())).first()
        assert last.content["applies"] == policy.applies
        return policy.applies, last.version


class TestPolicies:
    def test_still_apply_to_what_a_model_is_called_then(self, admin, work, models):
        narrow(work, models=["t 14", "T14"])

        assert merge(admin, "model", T_14, T14).status_code == 303

        assert read_scope(work) == ({"models": ["T14"]}, 2)

    def test_still_apply_to_what_a_category_is_called_then(self, admin, work):
        with work() as session:
            session.add_all([Category(name="Notebook"), Category(name="Laptop")])
        narrow(work, categories=["Notebook"], kinds=["hardware"])

        assert merge(admin, "category", "Notebook", "Laptop").status_code == 303

        assert read_scope(work) == ({"categories": ["Laptop"], "kinds": ["hardware"]}, 2)


def put_price(work, model: int, cents: int) -> None:
    with work() as session:
        session.add(
            ReplacementPrice(model_id=model, amount_cents=cents, set_at=NOW, actor_name="Ana")
        )


class TestModels:
    def test_become_one_in_assets_and_all_else_that_names_them(self, admin, work, models):
        kept, gone, _ = models
        put_price(work, gone, 90_000)
        with work() as session:
            kit = Kit(tag="KIT-1", tag_key="KIT-1", name="Desk", is_fixed=False, created_at=NOW)
            session.add(kit)
            session.flush()
            of_kit = {"kit_id": kit.id, "is_required": True, "is_fixed": False, "quantity": 1}
            session.add(KitPiece(**of_kit, model_id=gone, started_at=NOW))

        text = merge(admin, "model", T_14, T14, step="look").text
        assert "1 asset and 1 order, kit or other record will have" in text
        assert merge(admin, "model", T_14, T14).status_code == 303

        with work() as session:
            assert session.get(AssetModel, gone) is None
            assert session.scalar(select(Asset.model_id).where(Asset.asset_tag == "LT-2")) == kept
            assert session.scalars(select(KitPiece.model_id)).all() == [kept]
            assert session.scalars(select(ReplacementPrice.model_id)).all() == [kept]
            edited = select(RegisterChange.changes).where(RegisterChange.kind == "edited")
            assert [set(changes) for changes in session.scalars(edited)] == [{"model"}]

    def test_keeps_what_the_one_that_stays_has_itself(self, admin, work, models):
        kept, gone, _ = models
        put_price(work, kept, 100_000)
        put_price(work, gone, 90_000)

        assert merge(admin, "model", T_14, T14).status_code == 303

        with work() as session:
            rows = session.execute(select(ReplacementPrice.model_id, ReplacementPrice.amount_cents))
            assert [tuple(row) for row in rows] == [(kept, 100_000)]

    def test_are_named_once_at_most_by_what_is_not_handled_by_itself(self):
        """A table where a model stands once at most would stop a merge: its rows are chosen from."""
        for table, column in naming_tables():
            unique = [one.columns for one in table.constraints if isinstance(one, UniqueConstraint)]
            unique += [one.columns for one in table.indexes if one.unique]
            assert not any(column in columns for columns in (*unique, table.primary_key.columns))


class TestMakers:
    def test_become_one_and_their_equal_models_too(self, admin, work, models):
        kept, other, gone = models
        with work() as session:
            session.add(AssetModel(name="Dock", manufacturer="LENOVO"))
        item = {"code": "ST-1", "name": "Mouse", "stock_class": "accessory"}
        assert (
            admin.post("/api/v1/stock-items", json=item | {"manufacturer": "LENOVO"}).status_code
            == 201
        )

        text = merge(admin, "maker", "LENOVO", "Lenovo", step="look").text
        assert "1 asset and 2 models and 1 stock item will have “Lenovo”" in text
        assert merge(admin, "maker", "LENOVO", "Lenovo").status_code == 303

        with work() as session:
            names = {(row.manufacturer, row.name) for row in session.scalars(select(AssetModel))}
            assert names == {("Lenovo", "T14"), ("Lenovo", "T 14"), ("Lenovo", "Dock")}
            assert session.get(AssetModel, gone) is None
            assert session.scalar(select(Asset.model_id).where(Asset.asset_tag == "LT-3")) == kept
            assert session.scalar(select(Asset.model_id).where(Asset.asset_tag == "LT-2")) == other
            assert session.scalars(select(StockItem.manufacturer)).all() == ["Lenovo"]

    def test_are_written_in_another_way_where_nobody_else_has_that(self, admin, work, models):
        assert merge(admin, "maker", "Lenovo", "LENOVO Ltd").status_code == 303
        with work() as session:
            assert set(session.scalars(select(AssetModel.manufacturer))) == {"LENOVO", "LENOVO Ltd"}


def test_refuses_what_is_not_there_or_is_one(admin, models):
    for kind, old, new in (
        ("model", T14, T14),
        ("model", "Lenovo · X1", T14),
        ("model", T14, "Lenovo · X1"),
        ("maker", "Dell", "Lenovo"),
        ("maker", "Lenovo", "Lenovo"),
    ):
        assert merge(admin, kind, old, new).status_code == 422
