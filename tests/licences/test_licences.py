"""Licences on their pages and for programs: seats are given, refused and taken back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from scanner_app.domain.scanning.refusals import Refusal
from scanner_app.models import Asset, Notice
from scanner_app.services.licences.seats import take_all_of
from scanner_app.storage.database import reading, unit_of_work
from scanner_app.worker.daily import run_check
from tests.custody.steps import make
from tests.licences.conftest import buy

FORM = {"product": "Mail", "metric": "user", "seats": "3", "unit_price": "10", "reassignable": "on"}


def open_notices(app) -> list[str]:
    with app.app_context(), reading() as session:
        return sorted(session.scalars(select(Notice.kind).where(Notice.cleared_at.is_(None))))


class TestSeats:
    def test_are_given_and_refused_at_each_door(self, app, admin, api, office):
        page, one = "/licences/LIC-1/seats", "/licences/LIC-1"
        by_page = admin.post(page, data={"person": "1001"})
        by_api = api.post("/licences/LIC-1/seats", json={"asset": "PC-1"})
        low = open_notices(app)
        refused = [
            admin.post(page, data={"asset": "PC-2"}),
            api.post("/licences/LIC-1/seats", json={"person": "1002"}),
        ]
        shown = api.get(one).json

        assert (by_page.status_code, by_api.status_code) == (303, 201)
        assert low == ["low_seats"]
        assert [answer.status_code for answer in refused] == [409, 409]
        none = admin.post(page, data={"asset": "PC-2", "quantity": "0"})
        assert (none.status_code, "from 1 to" in none.text) == (422, True)
        assert refused[1].json["code"] == "no_free_seat"
        assert "0 of 2 seats are free" in refused[0].text
        assert (shown["given"], shown["free"]) == (2, 0)
        [person, asset] = shown["seat_holders"]
        assert (person["person"], asset["asset"]) == ("1001", "PC-1")
        assert api.delete(f"/licences/LIC-1/seats/{asset['id']}").status_code == 204
        assert api.delete(f"/licences/LIC-1/seats/{asset['id']}").status_code == 404
        back = admin.post(f"{page}/removal", data={"seat": str(person["id"])})
        assert back.status_code == 303
        assert (api.get(one).json["given"], open_notices(app)) == (0, [])

    @pytest.mark.either_database
    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"person": "1001", "asset": "PC-1"}, 422),
            ({}, 422),
            ({"person": "9999"}, 422),
            ({"asset": "NOPE"}, 422),
            ({"asset": "LIC-1"}, 409),
            ({"person": "1001", "quantity": 3}, 409),
            ({"person": "1001", "quantity": 0}, 422),
        ],
    )
    def test_for_what_cannot_have_one_are_refused(self, api, office, body, code):
        assert api.post("/licences/LIC-1/seats", json=body).status_code == code

    @pytest.mark.either_database
    def test_are_given_to_a_holder_once(self, api, office):
        api.post("/licences/LIC-1/seats", json={"person": "1001"})
        again = api.post("/licences/LIC-1/seats", json={"person": "1001"})

        assert (again.status_code, again.json["code"]) == (409, "seat_given")

    def test_of_what_is_gone_are_taken_back(self, app, api, office, now):
        api.post("/licences/LIC-1/seats", json={"asset": "PC-1"})
        with app.app_context(), unit_of_work() as session:
            gone = session.scalars(select(Asset.id).where(Asset.asset_tag == "PC-1")).all()
            assert take_all_of(session, asset_ids=gone, by="Disposal", now=now) == 1

        assert api.get("/licences/LIC-1").json["given"] == 0

    def test_too_many_are_refused_by_the_database_itself(self, app, api, office):
        api.post("/licences/LIC-1/seats", json={"asset": "PC-1"})

        with app.app_context(), pytest.raises(IntegrityError), unit_of_work() as session:
            session.execute(text("UPDATE licence SET given = 3"))


class TestScenario18:
    def test_seats_lowered_below_what_is_given(self, app, admin, api, office):
        with app.app_context(), unit_of_work() as session:
            buy(session, asset_tag="LIC-9", seats="5")
        for number in range(1, 6):
            assert api.post("/licences/LIC-9/seats", json={"asset": f"PC-{number}"}).json["given"]
        refused = api.patch("/licences/LIC-9", json={"seats": 4})
        shown = admin.post("/licences/LIC-9/edit", data=FORM | {"seats": "4"})
        accepted = api.patch("/licences/LIC-9", json={"seats": 4, "accept_overuse": True})
        told = open_notices(app)
        api.patch("/licences/LIC-9", json={"min_cores": 1})  # still over: told once
        more = api.post("/licences/LIC-9/seats", json={"person": "1001"})
        first = api.get("/licences/LIC-9").json["seat_holders"][0]
        api.delete(f"/licences/LIC-9/seats/{first['id']}")

        assert (refused.status_code, refused.json["code"]) == (409, "seats_below_assigned")
        assert 'name="accept_overuse"' in shown.text
        assert (accepted.json["seats"], accepted.json["over"]) == (4, 1)
        assert told == ["over_allocated"]
        assert more.json["code"] == "no_free_seat"
        assert open_notices(app) == []
        with app.app_context(), reading() as session:
            kinds = session.scalars(select(Notice.kind)).all()
            assert kinds.count("over_allocated") == 1


class TestLicences:
    @pytest.mark.either_database
    def test_are_added_as_assets_of_their_kind(self, app, admin, api, office):
        form = FORM | {"product_key": "ABCDE-FGHIJ-KLMNO", "supplier": "Acme"}
        added = admin.post("/licences", data=form)
        page = admin.get(added.headers["Location"]).text
        asset = admin.get("/assets/LIC-0001").text

        assert added.headers["Location"] == "/licences/LIC-0001"
        assert "KLMNO" in page
        assert "FGHIJ" not in page
        assert "Software" in asset
        assert "/scan?mode=check_out" not in asset
        assert "LIC-0001" in admin.get("/licences?q=mail").text

    @pytest.mark.either_database
    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"product": " "}, "product"),
            ({"seats": ""}, "seats"),
            ({"seats": "-1"}, "seats"),
            ({"seats": "1000001"}, "seats"),
            ({"metric": "x"}, "metric"),
            ({"unit_price": "1,5"}, "unit_price"),
            ({"starts_on": "2026-02-01", "ends_on": "2026-01-31"}, "ends_on"),
            ({"asset_tag": "..."}, "asset_tag"),
        ],
    )
    def test_that_cannot_be_used_name_the_field(self, admin, office, wrong, field):
        answer = admin.post("/licences", data=FORM | wrong)

        assert answer.status_code == 422
        marked = answer.text.split(f'name="{field}"', 1)[1].split("</div>", 1)[0]
        assert 'class="error"' in marked

    def test_are_told_of_before_they_end(self, app, admin, office):
        day = datetime.now(UTC).date()
        admin.post("/licences", data=FORM | {"ends_on": str(day + timedelta(days=30))})
        now = datetime.now(UTC)
        with app.app_context():
            for _ in range(2):
                run_check(day, now)
            told = open_notices(app)
            run_check(day + timedelta(days=31), now)

        assert told == ["licence_ends"]
        assert open_notices(app) == []

    def test_are_nothing_to_check_out_and_no_audit_expects_them(self, app, api, office):
        from tests.licences.conftest import SAM

        with app.app_context(), unit_of_work() as session:
            from scanner_app.services.scanning.record import record_scans

            scans = [make("LIC-1", "check_out", custodian="1001"), make("LIC-1", "sighting")]
            [out, seen] = record_scans(
                session, scans=scans, actor=SAM, now=datetime(2026, 3, 2, 10, 30, tzinfo=UTC)
            )
        audit = api.post("/audits", json={"name": "All", "scope": {}}).json["id"]
        api.post(f"/audits/{audit}/counting")
        expected = api.get(f"/audits/{audit}/findings").json["items"]

        assert out.refusal is Refusal.NOT_PHYSICAL
        assert seen.refusal is None
        assert sorted(one["asset"] for one in expected) == [f"PC-{n}" for n in range(1, 6)]


@pytest.mark.either_database
def test_what_a_device_has_is_reported_whole(api, admin, office):
    path = "/assets/PC-1/installations"
    both = {"source": "intune", "items": [{"name": "Mail", "version": "1"}, {"name": "Draw"}]}
    first = api.put(path, json=both).json["items"]
    newer = {"name": "MAIL", "version": "2", "last_used_on": "2026-03-01"}
    api.put(path, json={"source": "intune", "items": [newer]})
    [left] = api.get(path).json["items"]

    assert [one["name"] for one in first] == ["Draw", "Mail"]
    assert (left["name"], left["version"], left["last_used_on"]) == ("MAIL", "2", "2026-03-01")
    assert "last used" in admin.get("/assets/PC-1").text
