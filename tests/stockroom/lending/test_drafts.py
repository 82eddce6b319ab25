"""Drafts of reservations: they keep nothing, are changed, and are booked as if asked for then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from scanner_app.services.stockroom.booking.over import end_over
from scanner_app.storage.database import unit_of_work
from tests.stockroom.steps import handover, post
from tests.stockroom.test_reservations import HOUR, reserve, soon, state, tripods

__all__ = ["tripods"]


def end(app, at: datetime) -> int:
    with app.app_context(), unit_of_work() as session:
        return end_over(session, at)


@pytest.mark.usefixtures("counter")
class TestDraft:
    def test_keeps_nothing_and_is_not_on_the_calendar(self, api, page_as):
        number = reserve(api, "LT-001", begin=2, end=5, draft=True).json["number"]

        assert state(api, number) == "draft"
        assert reserve(api, "LT-001", begin=3, end=4, person="1002").status_code == 201
        assert post(api, handover("LT-001", person="1002")).status_code == 201
        shown = page_as("stockroom").get("/reservations").text
        assert shown.index("<h2>Drafts") < shown.index(number)

    def test_is_not_what_its_person_may_pick_up(self, api):
        number = reserve(api, "LT-001", begin=1, end=5, draft=True).json["number"]

        post(api, handover("LT-001"))

        assert state(api, number) == "draft"
        assert api.get(f"/reservations/{number}").json["lines"][0]["picked"] == []

    def test_is_changed_and_then_booked(self, api):
        number = reserve(api, "LT-001", draft=True).json["number"]
        body = {"person": "1002", "things": [{"code": "LT-002"}, {"code": "LT-003"}], **soon(1, 9)}

        changed = api.put(f"/reservations/{number}", json=body).json
        booked = api.post(f"/reservations/{number}/booking").json

        assert (changed["state"], booked["state"]) == ("draft", "booked")
        assert [one["ref"] for one in booked["lines"]] == ["LT-002", "LT-003"]
        assert booked["person"] == "1002"
        assert reserve(api, "LT-002", begin=2, end=3).status_code == 409
        assert reserve(api, "LT-001").status_code == 201

    def test_is_refused_if_somebody_booked_meanwhile_and_stays_a_draft(self, api, page_as):
        number = reserve(api, "LT-001", draft=True).json["number"]
        reserve(api, "LT-001", person="1002")

        answer = api.post(f"/reservations/{number}/booking")

        assert (answer.status_code, answer.json["code"]) == (409, "reserved")
        assert state(api, number) == "draft"
        shown = page_as("stockroom").get(f"/reservations/{number}").text
        assert "It cannot be reserved now" in shown
        assert "is reserved for Bob Brook" in shown

    def test_of_a_thing_that_is_gone_by_then_is_refused(self, api):
        number = reserve(api, "LT-001", draft=True).json["number"]
        assert api.patch("/assets/LT-001", json={"status": "retired"}).status_code == 200

        assert api.post(f"/reservations/{number}/booking").status_code == 422

    def test_once_booked_is_not_changed_any_more(self, api):
        number = reserve(api, "LT-001").json["number"]
        body = {"person": "1001", "things": [{"code": "LT-002"}], **soon(1, 9)}

        changed = api.put(f"/reservations/{number}", json=body)
        again = api.post(f"/reservations/{number}/booking")

        assert [one.json["code"] for one in (changed, again)] == ["not_a_draft"] * 2
        assert api.get(f"/reservations/{number}").json["lines"][0]["ref"] == "LT-001"

    def test_is_discarded(self, api):
        number = reserve(api, "LT-001", draft=True).json["number"]

        assert api.delete(f"/reservations/{number}").status_code == 204

        assert state(api, number) == "cancelled"
        assert api.post(f"/reservations/{number}/booking").status_code == 409

    def test_ends_when_its_time_is_over_or_its_person_left(self, app, api):
        old = reserve(api, "LT-001", begin=1, end=5, draft=True).json["number"]
        kept = reserve(api, "LT-002", begin=1, end=50, draft=True).json["number"]
        left = reserve(api, "LT-003", begin=1, end=50, person="1002", draft=True).json["number"]
        assert api.patch("/people/1002", json={"is_active": False}).status_code == 200

        assert end(app, datetime.now(UTC) + 6 * HOUR) == 2

        assert [state(api, one) for one in (old, kept, left)] == [
            "cancelled",
            "draft",
            "cancelled",
        ]


@pytest.mark.usefixtures("counter")
class TestPages:
    def form(self, things: str, **more: str) -> dict[str, str]:
        at = datetime.now(UTC)
        span = {
            name: (at + timedelta(days=day)).strftime("%Y-%m-%dT%H:%M")
            for name, day in (("starts_at", 1), ("ends_at", 2))
        }
        return {"person": "1001", "things": things, **span, **more}

    def test_write_change_and_book_a_draft(self, tripods, page_as, api):
        clerk = page_as("stockroom")
        made = clerk.post(
            "/reservations/new",
            data=self.form("LT-001", model="Tripod 3", quantity="2", **{"as": "draft"}),
        )
        number = made.headers["Location"].rpartition("/")[2]
        assert state(api, number) == "draft"

        shown = clerk.get(f"/reservations/{number}/edit").text
        assert "LT-001\n2 x Tripod 3</textarea>" in shown
        changed = clerk.post(
            f"/reservations/{number}/edit", data=self.form("LT-002\r\n3 x Tripod 3")
        )
        assert changed.status_code == 303
        assert clerk.post(f"/reservations/{number}/booking").status_code == 303

        got = api.get(f"/reservations/{number}").json
        assert got["state"] == "booked"
        assert [(one["ref"], one["quantity"]) for one in got["lines"]] == [
            ("LT-002", 1),
            ("Tripod 3", 3),
        ]
        assert clerk.get(f"/reservations/{number}/edit").status_code == 303

    def test_a_value_that_cannot_be_used_keeps_what_was_typed(self, page_as, api):
        clerk = page_as("stockroom")
        number = reserve(api, "LT-001", draft=True).json["number"]

        answer = clerk.post(f"/reservations/{number}/edit", data=self.form("NO-SUCH-THING"))

        assert answer.status_code == 422
        assert "NO-SUCH-THING</textarea>" in answer.text
        assert api.get(f"/reservations/{number}").json["lines"][0]["ref"] == "LT-001"
