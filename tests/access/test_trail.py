"""The trail of admins: each change of the set-up is told with who made it."""

from __future__ import annotations

import html
import re

import pytest
from sqlalchemy import select

from scanner_app.domain.admin_trail import (
    STEPS,
    THINGS,
    Step,
    Thing,
    describe_change,
    say_change,
)
from scanner_app.models import Act, ApiToken, Category, StatusName, User
from tests.support import on_both

database = on_both.database


def read_trail(admin) -> list[str]:
    text = admin.get("/admin/trail").text
    return [
        html.unescape(re.sub(r"<[^>]+>", "", found)).strip()
        for found in re.findall(r'<div class="what">(.*?)</div>', text, re.DOTALL)
    ]


class TestWords:
    def test_say_what_was_changed_and_leave_out_what_stayed(self):
        about = describe_change(
            Thing.USER, Step.CHANGED, "a@b.c", {"role": ("viewer", "admin"), "name": ("A", "A")}
        )

        assert about["changes"] == {"role": ["viewer", "admin"]}
        assert say_change(about) == "User changed: a@b.c, role viewer to admin"
        empty = describe_change(Thing.PRICE, Step.MADE, "T14", {"price": ("900", "")})
        assert say_change(empty) == "Price of a new one made: T14, price 900 to empty"

    def test_of_a_later_version_are_shown_as_they_are(self):
        assert say_change({"of": "rocket", "step": "launched", "name": "V"}) == "rocket launched: V"

    def test_every_thing_and_step_has_its_row(self):
        assert set(THINGS) == set(Thing)
        assert set(STEPS) == set(Step)


class TestTrail:
    def test_tells_of_users_and_tokens(self, admin, work):
        admin.post(
            "/admin/users", data={"email": "new@example.com", "role": "viewer", "name": "New"}
        )
        with work() as session:
            user = session.scalar(select(User.id).where(User.email == "new@example.com"))
        admin.post(f"/admin/users/{user}", data={"role": "auditor"})
        admin.post(f"/admin/users/{user}", data={"role": "auditor"})  # nothing changed
        admin.post(f"/admin/users/{user}", data={"standing": "off"})
        admin.post("/admin/tokens", data={"name": "Robot", "role": "reader", "days": "90"})
        with work() as session:
            token = session.scalar(select(ApiToken.id).where(ApiToken.name == "Robot"))
        admin.post(f"/admin/tokens/{token}/revoke")

        assert read_trail(admin) == [
            "Token revoked: Robot",
            "Token added: Robot, role reader",
            "User changed: new@example.com, standing active to suspended",
            "User changed: new@example.com, role viewer to auditor",
            "User added: new@example.com, role viewer",
        ]

    def test_tells_of_readers_names_and_merges(self, admin, work):
        with work() as session:
            session.add_all([Category(name="Lapt"), Category(name="Laptop")])
        admin.post("/readers", data={"name": "Dock", "kind": "rfid", "silent_after": "10"})
        admin.post("/admin/statuses", data={"name": "Kaputt", "stage": "retired"})
        with work() as session:
            name = session.scalars(select(StatusName).order_by(StatusName.id.desc())).first().id
        admin.post(f"/admin/statuses/{name}", data={"stage": "missing"})
        admin.post(f"/admin/statuses/{name}/removal")
        merge = {"kind": "category", "old": "Lapt", "new": "Laptop", "step": "apply"}
        admin.post("/admin/values", data=merge)

        assert read_trail(admin) == [
            "Category merged: Lapt into Laptop",
            "Status name removed: kaputt",
            "Status name changed: kaputt, means retired to missing",
            "Status name added: kaputt, means retired",
            "Reader added: Dock, kind rfid",
        ]

    def test_tells_of_settings_in_their_own_words(self, admin):
        page = admin.get("/settings").text
        form = {"currency": "CHF", "seen_currency": "EUR"}
        assert 'name="currency"' in page
        admin.post("/settings", data=form)

        [told] = read_trail(admin)[:1]
        assert told.startswith("Setting changed: ")

    def test_what_was_refused_is_not_told(self, admin, work):
        admin.post("/admin/tokens", data={"name": "", "role": "reader", "days": "90"})
        admin.post("/admin/users", data={"email": "no address", "role": "viewer"})

        with work() as session:
            assert session.scalars(select(Act)).all() == []
        assert "Nothing was changed yet" in admin.get("/admin/trail").text

    @pytest.mark.parametrize("before", ["x", "-1", "99999999999999999999", "²"])
    def test_an_address_that_makes_no_sense_shows_the_newest(self, admin, before):
        assert admin.get("/admin/trail", query_string={"before": before}).status_code == 200
