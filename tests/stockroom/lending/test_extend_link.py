"""A loan extended by the link of a reminder: by the person who has the thing, once, as the rules say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from scanner_app.edge.stockroom.extensions import LASTS, write_extension_path
from scanner_app.models import Asset, Custody, LendingRule, Scan
from scanner_app.storage.database import reading, unit_of_work
from tests.scanning.steps import post as post_scans
from tests.scanning.steps import scan
from tests.stockroom.steps import handover, line, now, post

pytestmark = pytest.mark.usefixtures("counter")
DAY = timedelta(days=1)


@pytest.fixture
def set_rule(app, counter):
    """`set_rule(extensions=2)` changes the default rule."""

    def change(**columns: Any) -> None:
        with app.app_context(), unit_of_work() as session:
            session.execute(update(LendingRule).values(**columns))

    return change


@pytest.fixture
def lent(api, set_rule):
    """LT-001 is lent to Dana until tomorrow; the rule extends it twice, by seven days."""
    set_rule(extensions=2, extension_days=7)
    due = (datetime.now(UTC) + DAY).isoformat()
    assert post(api, handover(line("LT-001", due_at=due))).status_code == 201


def link(app, tag: str = "LT-001", *, written_at: datetime | None = None) -> str:
    with app.app_context(), reading() as session:
        one = session.scalars(
            select(Custody)
            .join(Asset, Asset.id == Custody.asset_id)
            .where(Asset.asset_tag == tag, Custody.ended_at.is_(None))
        ).one()
        return write_extension_path(
            one.asset_id, one.person_id, one.due_at, written_at=written_at or datetime.now(UTC)
        )


def due_of(api, tag: str = "LT-001") -> datetime:
    return datetime.fromisoformat(api.get(f"/assets/{tag}").json["due_at"])


@pytest.mark.usefixtures("lent")
class TestExtend:
    def test_a_get_shows_and_only_a_post_extends(self, app, api):
        path, before = link(app), due_of(api)
        anybody = app.test_client()

        shown = anybody.get(path)

        assert shown.status_code == 200
        assert "LT-001" in shown.text
        assert due_of(api) == before
        assert anybody.post(path).status_code == 303
        assert due_of(api).date() == (before + 7 * DAY).date()

    def test_the_history_names_the_person_and_the_link(self, app, api, page_as):
        app.test_client().post(link(app))

        with app.app_context(), reading() as session:
            [told] = session.scalars(select(Scan).where(Scan.intent == "extend"))
            assert told.actor.startswith("person:")
            assert (told.actor_name, told.device) == ("Dana Reyes, by link", "link in a reminder")
        assert "Dana Reyes, by link" in page_as("stockroom").get("/assets/LT-001?tab=history").text

    def test_pressed_twice_it_extends_once(self, app, api):
        path, before = link(app), due_of(api)
        anybody = app.test_client()

        for _ in range(2):
            anybody.post(path)

        assert due_of(api).date() == (before + 7 * DAY).date()
        assert "This link has done its work" in anybody.get(path).text

    def test_each_reminder_extends_until_the_rule_ends_it(self, app, api):
        before = due_of(api)
        for _ in range(2):
            assert app.test_client().post(link(app)).status_code == 303
        last = link(app)

        answer = app.test_client().post(last)

        assert answer.status_code == 409
        assert "extended as often as its rule of lending allows" in app.test_client().get(last).text
        assert due_of(api).date() == (before + 14 * DAY).date()

    def test_an_undone_extension_is_not_made_again(self, app, api):
        path, before = link(app), due_of(api)
        app.test_client().post(path)
        with app.app_context(), reading() as session:
            made = session.scalars(select(Scan.scan_id).where(Scan.intent == "extend")).one()
        [undone] = post_scans(api, scan("LT-001", "void", voids=str(made), scanned_at=now()))
        assert undone["outcome"] == "applied"

        assert app.test_client().post(path).status_code == 409

        assert due_of(api) == before


@pytest.mark.usefixtures("lent")
class TestRefused:
    def test_a_thing_that_is_back_or_with_somebody_else(self, app, api):
        path = link(app)
        post(api, handover("LT-001", kind="return"))
        assert "no loan any more" in app.test_client().get(path).text
        due = (datetime.now(UTC) + DAY).isoformat()
        post(api, handover(line("LT-001", due_at=due), person="1002"))
        before = due_of(api)

        app.test_client().post(path)

        text = app.test_client().get(path).text
        assert "no loan any more" in text
        assert "Bob" not in text
        assert due_of(api) == before

    def test_a_link_that_is_too_old_or_was_changed(self, app, api):
        before = due_of(api)
        old = link(app, written_at=datetime.now(UTC) - LASTS)
        good = link(app)
        altered = good[:-1] + ("A" if good[-1] != "A" else "B")

        for path in (old, altered, good[:-5], "/extend/x"):
            assert app.test_client().get(path).status_code == 404
            assert app.test_client().post(path).status_code == 404

        assert due_of(api) == before

    def test_what_somebody_else_reserved(self, app, api):
        begin = datetime.now(UTC) + 3 * DAY
        span = {"starts_at": begin.isoformat(), "ends_at": (begin + DAY).isoformat()}
        body = {"person": "1002", "things": [{"code": "LT-001"}], **span}
        assert api.post("/reservations", json=body).status_code == 201
        path, before = link(app), due_of(api)

        assert app.test_client().post(path).status_code == 409

        assert "is reserved for somebody else" in app.test_client().get(path).text
        assert due_of(api) == before

    def test_where_no_rule_says_how_often(self, app, api, set_rule):
        set_rule(extensions=None)
        before = due_of(api)

        assert app.test_client().post(link(app)).status_code == 409

        assert due_of(api) == before
