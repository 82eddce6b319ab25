"""The dashboard: its figures against a reckoning by hand, and each figure against its list."""

from __future__ import annotations

import html
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.register.usage import By
from scanner_app.models import Asset, AssetModel, Category, Custody
from scanner_app.queries.home.usage import load_places, load_usage
from scanner_app.queries.register.assets import get_asset
from tests.support.register import add_asset, add_location, add_person

DAY = timedelta(days=1)
TILE = re.compile(r'<a class="tile" href="([^"]*)"[^>]*><span class="figure">([\d,]+)<')


def fill(session: Session, now: datetime) -> None:
    """Add ten assets of two categories, a model and two sites, with what was done with them."""
    sites = [
        add_location(session, code, name, now=now)
        for code, name in (("HQ", "Head office"), ("W", "Works"))
    ]
    room = add_location(session, "R-1", "Room", parent=sites[0], now=now)
    ana = add_person(session, "1001", "Ana", now=now)
    laptop, phone = Category(name="Laptop"), Category(name="Phone & tablet")
    session.add_all([laptop, phone])
    session.flush()
    model = AssetModel(name="T14", manufacturer="Lenovo", category_id=laptop.id)
    session.add(model)
    session.flush()
    for number in range(10):
        place = (room, sites[0], sites[1], None)[number % 4]
        add_asset(session, f"A-{number}", location=place, now=now)
        asset = session.scalars(select(Asset).where(Asset.asset_tag == f"A-{number}")).one()
        asset.purchase_cost_cents, asset.currency = 1000 * number, "EUR"
        asset.purchase_date = (now - 400 * DAY).date()
        asset.model_id = model.id if number < 3 else None
        asset.category_id = phone.id if number in (3, 4) else None
        asset.status = Stage.IN_STOCK
        asset.last_seen_at = now - (number * 40) * DAY if number else None
    spans = [(0, 200, 95), (0, 90, 80), (1, 50, None), (3, 10, 5), (4, 300, 200)]
    for number, first, last in spans:
        asset = session.scalars(select(Asset).where(Asset.asset_tag == f"A-{number}")).one()
        ended = now - last * DAY if last is not None else None
        session.add(
            Custody(
                asset_id=asset.id, person_id=ana.id, started_at=now - first * DAY, ended_at=ended
            )
        )
        if ended is None:
            asset.status, asset.custodian_id, asset.due_at = Stage.IN_USE, ana.id, now - DAY
    # Bought twenty days ago, and gone for ten: owned for ten of the last hundred days.
    gone = session.scalars(select(Asset).where(Asset.asset_tag == "A-4")).one()
    gone.purchase_date, gone.status, gone.state_at = (
        (now - 20 * DAY).date(),
        Stage.RETIRED,
        now - 10 * DAY,
    )


@pytest.fixture
def contents() -> None:
    """An empty register: each test knows all that is in it."""


@pytest.fixture
def used(work, now) -> None:
    with work() as session:
        fill(session, now)


@pytest.mark.usefixtures("used")
class TestUsage:
    def test_is_days_assigned_of_days_owned_in_the_span(self, work, now):
        with work() as session:
            rows = {
                row.name: row
                for row in load_usage(session, By.CATEGORY, since=now - 100 * DAY, now=now)
            }
            models = load_usage(session, By.MODEL, since=now - 100 * DAY, now=now)
            places = load_usage(session, By.PLACE, since=now - 100 * DAY, now=now)

        # 5 days up to the first end, and 10; A-1: 50 up to now.
        assert rows["Laptop"].used == pytest.approx(65, abs=0.01)
        assert rows["Laptop"].owned == pytest.approx(300, abs=0.01)
        assert rows["Phone & tablet"].used == pytest.approx(5, abs=0.01)
        part_of_day = (now - datetime.combine(now.date(), datetime.min.time(), now.tzinfo)) / DAY
        assert rows["Phone & tablet"].owned == pytest.approx(110 + part_of_day, abs=0.01)
        assert [row.assets for row in rows.values()] == [5, 2, 3]
        assert {row.name: row.assets for row in models} == {"No model": 7, "Lenovo T14": 3}
        assert {row.key: row.assets for row in places} == {"HQ": 6, "W": 2, None: 2}

    def test_of_places_counts_what_is_inside_and_what_lies_there_directly(self, work, now):
        with work() as session:
            site = get_asset(session, "A-1")
            top = load_places(session, None)
            inside = load_places(session, session.get_one(Asset, site.id).location_id)

        assert [(row.code, row.total, dict(row.values)) for row in top] == [
            ("HQ", 6, {"EUR": 27000}),
            ("W", 2, {"EUR": 8000}),
            (None, 2, {"EUR": 10000}),
        ]
        assert [(row.code, row.total, row.has_more) for row in inside] == [
            ("HQ", 3, False),
            ("R-1", 3, False),
        ]


@pytest.mark.either_database
@pytest.mark.usefixtures("used")
class TestPage:
    def read_links(self, client: Any, address: str) -> list[tuple[str, int]]:
        text = client.get(address).text
        found = re.findall(r'<a class="figure-link" href="(/assets\?[^"]*)">([\d,]+)</a>', text)
        found += re.findall(TILE, text)
        found += re.findall(r'<a class="small" href="(/assets[^"]*)">All ([\d,]+)</a>', text)
        links = [(html.unescape(href), int(number)) for href, number in found]
        return [(href, number) for href, number in links if href.startswith("/assets")]

    @pytest.mark.parametrize("by", list(By))
    def test_leads_from_each_figure_to_as_many_assets(self, page_as, by):
        client = page_as("stockroom")

        links = self.read_links(client, f"/dashboard?by={by}&span=30&idle=90")

        assert len(links) > 10
        for href, number in links:
            rows = set(re.findall(r'href="/assets/(A-\d)"', client.get(href).text))
            assert len(rows) == number, href

    def test_by_site_is_by_place(self, page_as):
        client = page_as("stockroom")

        links = [self.read_links(client, f"/dashboard?by={by}") for by in ("site", "place")]

        assert links[0] == links[1]
        assert links[0] != self.read_links(client, "/dashboard")

    def test_of_today_leads_to_what_waits(self, page_as, work, now):
        client = page_as("stockroom")

        text = client.get("/dashboard").text

        figures = {html.unescape(a): number for a, number in re.findall(TILE, text)}
        assert figures["/assets?overdue=yes&sort=due"] == "1"
        assert set(figures) >= {"/stock?show=low", "/handovers?waiting=yes", "/notices"}
        for address in figures:
            assert client.get(address).status_code == 200

    def test_takes_an_address_that_is_not_known_as_the_usual_one(self, page_as):
        client = page_as("viewer")

        assert client.get("/dashboard?by=poem&span=x&idle=-1").status_code == 200
        assert client.get("/dashboard?place=NOWHERE").status_code == 404
        assert client.get("/assets?model=99").status_code == 200
