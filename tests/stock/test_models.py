"""Assets in stock: models by locations, what is low, and how many were free day by day."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import Asset, AssetModel, Custody, Location, Person
from scanner_app.queries.register.known_values import name_one
from scanner_app.queries.stock.models import Matrix, load_matrix
from scanner_app.services.register.merging.models import merge_models
from tests.stock.steps import START
from tests.support.register import add_asset, add_location

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def models(work, stockroom) -> dict[str, int]:
    """Two models in two sites: 3 Tripods (Stockroom 2, Lab 1), 1 Camera in Berlin, 1 nowhere."""
    with work() as session:
        store = session.scalars(select(Location).where(Location.code == "R-STORE")).one()
        lab = session.scalars(select(Location).where(Location.code == "R-LAB")).one()
        berlin = add_location(session, "BER", "Berlin", now=START)
        ids = {}
        for name, places in (("Tripod", (store, store, lab)), ("Camera", (berlin, None))):
            model = AssetModel(name=name, manufacturer="Acme")
            session.add(model)
            session.flush()
            ids[name] = model.id
            for n, place in enumerate(places):
                id_ = add_asset(session, f"{name}-{n}", location=place, now=START)
                session.get_one(Asset, id_).model_id = model.id
        return ids


def matrix(work, **wanted) -> Matrix:
    with work() as session:
        return load_matrix(session, limit=25, now=NOW, zone=ZoneInfo("UTC"), **wanted)


def show(found: Matrix) -> list[tuple[str, int, dict[str, int]]]:
    names = {one.id: one.name for one in found.columns}
    return [
        (row.name, row.total, {names[key]: count for key, count in row.cells.items()})
        for row in found.rows
    ]


class TestMatrix:
    def test_counts_each_model_by_site_and_inside_one(self, work, models, stockroom):
        assert show(matrix(work)) == [
            ("Acme Camera", 2, {"Berlin": 1, "No location": 1}),
            ("Acme Tripod", 3, {"Head office": 3}),
        ]
        with work() as session:
            hq = session.scalars(select(Location.id).where(Location.code == "HQ")).one()
        assert show(matrix(work, inside=hq)) == [
            ("Acme Camera", 2, {}),
            ("Acme Tripod", 3, {"Stockroom": 2, "Lab": 1}),
        ]

    def test_what_somebody_has_or_is_elsewhere_in_its_life_is_not_in_stock(self, work, models):
        with work() as session:
            assets = {one.asset_tag: one for one in session.scalars(select(Asset))}
            assets["Tripod-0"].custodian_id = session.scalars(select(Person.id)).first()
            assets["Tripod-1"].status = Stage.IN_MAINTENANCE

        assert show(matrix(work))[1] == ("Acme Tripod", 1, {"Head office": 1})

    def test_what_is_low_comes_first_and_alone(self, work, models):
        for least, is_low in ((2, False), (3, True), (4, True), (None, False)):
            with work() as session:
                session.get_one(AssetModel, models["Tripod"]).min_in_stock = least
            found = matrix(work)
            assert [row.is_low for row in found.rows if row.name == "Acme Tripod"] == [is_low]
            assert found.low == int(is_low)
            assert (found.rows[0].name == "Acme Tripod") is is_low
            assert [row.name for row in matrix(work, only_low=True).rows] == [
                "Acme Tripod"
            ] * is_low

    def test_a_model_with_a_minimum_and_none_in_stock_is_low_at_zero(self, work, stockroom):
        with work() as session:
            session.add(AssetModel(name="Projector", min_in_stock=0))

        [row] = matrix(work).rows
        assert (row.name, row.total, row.is_low) == ("Projector", 0, True)

    def test_pages_hold_each_model_once(self, work, stockroom):
        with work() as session:
            session.add_all(AssetModel(name=f"M{n:02}", min_in_stock=1) for n in range(7))
        seen = []
        with work() as session:
            for first in (0, 3, 6):
                found = load_matrix(session, first=first, limit=3, now=NOW, zone=ZoneInfo("UTC"))
                assert found.models == 7
                seen += [row.name for row in found.rows]
        assert seen == [f"M{n:02}" for n in range(7)]

    @pytest.mark.parametrize(("own", "other", "kept"), [(None, 3, 3), (2, 3, 2), (0, 3, 0)])
    def test_of_two_models_that_are_one_the_own_minimum_holds(
        self, work, models, clerk, own, other, kept
    ):
        with work() as session:
            tripod, camera = (session.get_one(AssetModel, one) for one in models.values())
            tripod.min_in_stock, camera.min_in_stock = own, other
            old, new = name_one(camera), name_one(tripod)
            merge_models(session, old=old, new=new, actor=clerk, now=NOW)

        [row] = matrix(work).rows
        assert (row.name, row.total, row.least) == ("Acme Tripod", 5, kept)


class TestLine:
    def test_is_what_was_assigned_to_nobody_on_each_day(self, work, models):
        # Lent for days 80 to 70 and 40 to 30 before now, and one since 10 days.
        with work() as session:
            ana = session.scalars(select(Person.id)).first()
            ids = session.scalars(select(Asset.id).where(Asset.model_id == models["Tripod"])).all()
            for asset_id, start, end in ((ids[0], 80, 70), (ids[1], 40, 30), (ids[2], 10, None)):
                session.add(
                    Custody(
                        asset_id=asset_id,
                        person_id=ana,
                        started_at=NOW - start * DAY,
                        ended_at=NOW - end * DAY if end else None,
                    )
                )
            session.get_one(Asset, ids[2]).custodian_id = ana
            session.get_one(Asset, ids[2]).status = Stage.IN_USE

        [line] = [row.line for row in matrix(work).rows if row.name == "Acme Tripod"]

        values = {point.label: point.value for point in line.points}
        for days, free in ((85, 3), (75, 2), (60, 3), (35, 2), (20, 3), (5, 2), (0, 2)):
            assert values[(NOW - days * DAY).date().isoformat()] == free, days
        assert len(values) == 90

    def test_what_was_added_or_ended_in_the_time_was_not_there_before_or_is_not_after(
        self, work, models
    ):
        with work() as session:
            ids = session.scalars(select(Asset.id).where(Asset.model_id == models["Tripod"])).all()
            session.get_one(Asset, ids[0]).created_at = NOW - 20 * DAY
            gone = session.get_one(Asset, ids[1])
            gone.status, gone.state_at = Stage.RETIRED, NOW - 10 * DAY

        [line] = [row.line for row in matrix(work).rows if row.name == "Acme Tripod"]

        values = {point.label: point.value for point in line.points}
        for days, free in ((30, 2), (15, 3), (5, 2)):
            assert values[(NOW - days * DAY).date().isoformat()] == free, days


@pytest.mark.either_database
class TestPage:
    def test_shows_the_matrix_and_leads_into_a_location(self, page_as, models):
        reader = page_as("auditor")

        top = reader.get("/stock/models").text
        inside = reader.get("/stock/models?location=HQ").text

        assert 'href="/stock/models?location=HQ"' in top
        assert "Lab" in inside
        assert "Everywhere" in inside
        assert "<svg" in top
        assert 'name="least"' not in top
        assert reader.get("/stock/models?location=NO-SUCH").status_code == 404

    def test_a_minimum_is_set_and_taken_away_by_who_manages_stock(self, work, page_as, models):
        clerk, walker = page_as("stockroom"), page_as("technician")
        path = f"/stock/models/{models['Tripod']}/minimum"

        assert walker.post(path, data={"least": "3"}).status_code == 403
        for text, kept in (("3", 3), ("", None), ("5", 5), ("-1", 5), ("x", 5), ("99999999", 5)):
            assert clerk.post(path, data={"least": text}).status_code == 303
            with work() as session:
                assert session.get_one(AssetModel, models["Tripod"]).min_in_stock == kept, text
        shown = clerk.get("/stock/models?show=low").text
        assert re.search(r"<tr data-low>\s*<th scope=\"row\"><a[^>]*><bdi>Acme Tripod", shown)
        assert "Acme Camera" not in shown
        assert clerk.post("/stock/models/99999/minimum", data={"least": "1"}).status_code == 404
