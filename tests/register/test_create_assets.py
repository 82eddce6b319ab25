"""Assets created in bulk: record, codes, history and spans stay one story."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select

from scanner_app.domain.access.roles import Actor, Role
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import (
    Asset,
    Custody,
    Placement,
)
from tests.register.steps import codes_of, create, draft, newest_change


class TestActorKey:
    def test_names_users_and_tokens(self):
        assert Actor("user", 5, "Ana", Role.ADMIN, user_id=5).key == "user:5"
        assert Actor("token", 3, "script", Role.ADMIN, token_id=3).key == "token:3"


class TestCreateAssets:
    def test_writes_record_codes_history_and_spans(self, work, office):
        with work() as session:
            [asset_id] = create(
                session,
                draft(
                    " lt-1 ",
                    ("epc", "3034257BF7194E4000001A85"),
                    name="Laptop",
                    serial_number="c02x",
                    status=Stage.IN_USE,
                    location_id=office["room1"],
                    custodian_id=office["ana"],
                    purchase_cost_cents=123450,
                    purchase_date=date(2025, 5, 1),
                    custom={"Colour": "grey"},
                ),
            )

        with work() as session:
            asset = session.get(Asset, asset_id)
            assert (asset.asset_tag, asset.tag_key, asset.serial_number) == ("lt-1", "LT-1", "c02x")
            assert codes_of(session, asset_id) == {
                ("tag", "LT-1", True),
                ("serial", "C02X", True),
                ("epc", "3034257BF7194E4000001A85", True),
            }
            assert newest_change(session, asset_id).changes == {
                "asset_tag": [None, "lt-1"],
                "name": [None, "Laptop"],
                "serial_number": [None, "c02x"],
                "status": [None, "in_use"],
                "location": [None, "Room 1 (R-1)"],
                "custodian": [None, "Ana (1001)"],
                "purchase_date": [None, "2025-05-01"],
                "purchase_cost": [None, "1234.50"],
                "custom.Colour": [None, "grey"],
                "identifiers": [None, "epc:3034257BF7194E4000001A85"],
            }
            assert session.scalars(select(Custody.person_id)).all() == [office["ana"]]
            assert session.scalars(select(Placement.location_id)).all() == [office["room1"]]

    def test_gives_ids_in_the_order_of_many_drafts(self, work):
        tags = [f"T-{number:05d}" for number in range(1200)]
        with work() as session:
            ids = create(session, *(draft(tag) for tag in reversed(tags)))

            kept = dict(session.execute(select(Asset.id, Asset.asset_tag)).all())

        assert [kept[id_] for id_ in ids] == tags[::-1]

    @pytest.mark.parametrize("twin", ["LT-1", "lt-1", " lt-1\t"])
    def test_refuses_a_tag_that_is_taken(self, work, twin):
        with work() as session:
            create(session, draft("LT-1"))

        with (
            pytest.raises(Conflict, match=r"(?i)lt-1 is already taken") as caught,
            work() as session,
        ):
            create(session, draft("NEW-1"), draft(twin))

        assert caught.value.code == "tag_taken"
        with work() as session:
            assert session.scalar(select(func.count()).select_from(Asset)) == 1

    def test_refuses_two_drafts_with_one_tag(self, work):
        with pytest.raises(Conflict, match="LT-1 is already taken"), work() as session:
            create(session, draft("LT-1"), draft("LT-1"))

    def test_refuses_a_code_of_something_else(self, work, office):
        with pytest.raises(Conflict, match="R-1 ") as caught, work() as session:
            create(session, draft("LT-1", ("location_code", "R-1")))

        assert caught.value.code == "identifier_taken"

    def test_lets_two_assets_share_a_serial(self, work):
        with work() as session:
            create(
                session, draft("LT-1", serial_number="SAME"), draft("LT-2", serial_number="SAME")
            )

    @pytest.mark.parametrize("tag", ["", "  ", None, "a" * 65, "A\x00B", "A\u200bB", "..", "/"])
    def test_refuses_what_cannot_be_a_tag(self, work, tag):
        with pytest.raises(Invalid) as caught, work() as session:
            create(session, draft(tag))

        assert list(caught.value.errors) == ["asset_tag"]
