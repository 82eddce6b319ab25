"""Erasing by three people (scenario 23 of the life of an asset), on pages and for programs."""

from __future__ import annotations

import io
import uuid

import pytest
from PIL import Image
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from scanner_app.domain.access.roles import Actor, Role
from scanner_app.domain.disposal.levels import Destination
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.models import User
from scanner_app.services.access.tokens import add_token, take_over_token
from scanner_app.services.disposal.sanitizations import list_unerased
from scanner_app.storage.database import reading, unit_of_work
from tests.custody.steps import START, load_asset, make
from tests.disposal.steps import ADA, ALICE, SSD, TOM, erase, record, validate, verify


@pytest.fixture
def left(app, desk):
    def load(tag: str = "LT-1", destination: str = "resale") -> list[str]:
        asset_id = load_asset(app, tag).id
        with app.app_context(), reading() as session:
            return list_unerased(session, asset_id, Destination(destination))

    return load


class TestThreePeople:
    def test_erase_verify_and_accept(self, app, left):
        number = record(app, "LT-1", minute=1)
        with pytest.raises(Conflict) as by_same:
            verify(app, number, minute=2, actor=TOM)
        with pytest.raises(Conflict) as too_early:
            validate(app, number, minute=2)
        verify(app, number, minute=3)
        before = left()
        with pytest.raises(Conflict) as by_verifier:
            validate(app, number, minute=4, actor=ALICE)
        validate(app, number, minute=5)

        codes = [one.value.code for one in (by_same, too_early, by_verifier)]
        assert codes == ["second_person_required", "no_such_step", "second_person_required"]
        assert before == ["SSD: verified, not accepted yet"]
        assert left() == []

    def test_an_admin_who_erased_does_not_accept(self, app, desk):
        number = record(app, "LT-1", minute=1, actor=ADA)
        verify(app, number, minute=2)
        token = Actor(kind="token", id=3, name="Script", role=Role.ADMIN, token_id=3, owner_id=15)

        nobodys = Actor(kind="token", id=4, name="Script", role=Role.ADMIN, token_id=4)
        for actor in (ADA, token, nobodys):
            with pytest.raises(Conflict) as caught:
                validate(app, number, minute=3, actor=actor)
            assert caught.value.code == "second_person_required"

    def test_who_took_over_the_program_that_erased_is_not_a_second_person(self, app, desk, work):
        with work() as session:
            owner = User(
                email="ada@example.org", name="Ada", role=Role.ADMIN, password_hash=None,
                created_at=START,
            )  # fmt: skip
            session.add(owner)
            session.flush()
            token = add_token(
                session, name="Eraser", role=Role.TECHNICIAN, created_by="test", now=START
            ).id
            owner_id = owner.id
        script = Actor("token", token, "Eraser", Role.TECHNICIAN, token_id=token)
        number = record(app, "LT-1", minute=1, actor=script)
        with work() as session:
            take_over_token(session, token_id=token, owner_id=owner_id)

        with pytest.raises(Conflict) as caught:
            verify(
                app, number, minute=2,
                actor=Actor("user", owner_id, "Ada", Role.ADMIN, user_id=owner_id),
            )  # fmt: skip
        verify(app, number, minute=3)

        assert caught.value.code == "second_person_required"

    def test_an_overwrite_of_flash_reaches_nothing(self, app, left):
        erase(app, "LT-1", minute=1, technique="overwrite")

        assert left() == ["SSD: resale needs purge, reached is none"]

    def test_what_was_used_again_is_not_erased(self, app, post, left):
        erase(app, "LT-1", minute=1)
        assert left() == []
        post(make("LT-1", "check_out", minute=10, custodian="1001"), actor=ALICE)
        post(make("LT-1", "check_in", minute=20), make("LT-1", "retire", minute=21), actor=ALICE)

        assert left() == ["no medium was erased since it was last used"]

    def test_a_failed_try_leaves_only_destroying(self, app, left):
        failed = record(app, "LT-1", minute=1)
        state = verify(app, failed, minute=2, result="unknown")
        erase(app, "LT-1", minute=3)
        after_purge = left()
        erase(app, "LT-1", minute=5, technique="shred")

        assert state == "failed"
        assert after_purge == ["SSD: resale needs destroy, reached is purge"]
        assert left() == []

    def test_a_rejection_says_why(self, app, desk):
        number = record(app, "LT-1", minute=1)
        verify(app, number, minute=2)

        with pytest.raises(Invalid) as caught:
            validate(app, number, minute=3, is_accepted=False)
        state = validate(app, number, minute=4, is_accepted=False, reason="Wrong serial")

        assert "reason" in caught.value.errors
        assert state == "rejected"

    def test_what_is_accepted_is_never_changed(self, app, desk):
        erase(app, "LT-1", minute=1)

        for statement in (
            "UPDATE sanitization SET level = 3",
            "UPDATE sanitization SET state = 'performed'",
            "DELETE FROM sanitization",
        ):
            with app.app_context(), pytest.raises(DBAPIError, match="cannot be changed"):
                with unit_of_work() as session:
                    session.execute(text(statement))


@pytest.mark.either_database
class TestRefused:
    @pytest.mark.parametrize(
        ("values", "field"),
        [
            ({"medium": "floppy"}, "medium"),
            ({"technique": ""}, "technique"),
            ({"medium": "no_medium"}, "technique"),
            ({"technique": "inspection"}, "technique"),
            ({"classification": "secret"}, "classification"),
            ({"destination": "moon"}, "destination"),
            ({"serial": "S" * 121}, "serial"),
            ({"note": "a\0b"}, "note"),
        ],
    )
    def test_is_what_cannot_be(self, app, desk, values, field):
        with pytest.raises(Invalid) as caught:
            record(app, "LT-1", minute=1, **values)

        assert list(caught.value.errors) == [field]

    @pytest.mark.parametrize(
        ("values", "field"),
        [
            ({"verification": "trust"}, "verification"),
            ({"result": ""}, "result"),
            ({"verification": "sample"}, "sample_percent"),
            ({"verification": "sample", "sample_percent": "101"}, "sample_percent"),
        ],
    )
    def test_is_a_verification_that_says_too_little(self, app, desk, values, field):
        number = record(app, "LT-1", minute=1)

        with pytest.raises(Invalid) as caught:
            verify(app, number, minute=2, **values)

        assert list(caught.value.errors) == [field]


@pytest.mark.either_database
class TestPages:
    def test_keep_what_was_typed_and_lead_to_the_next_person(self, app, admin, post):
        post(make("LT-1", "retire", minute=1), actor=ALICE)
        path = "/assets/LT-1/sanitizations/new"
        picture = io.BytesIO()
        Image.new("RGB", (80, 60), "red").save(picture, "JPEG")

        wrong = admin.post(path, data={**SSD, "medium": "", "tool": "nvme-cli 2.8"})
        sent = {**SSD, "uuid": str(uuid.uuid4())}
        first = admin.post(
            path, data={**sent, "file": (io.BytesIO(picture.getvalue()), "screen.jpg")}
        )
        again = admin.post(path, data=sent)
        shown = admin.get(first.location).text
        own = admin.post(
            f"{first.location}/verification", data={"verification": "full", "result": "pass"}
        )

        assert wrong.status_code == 422
        assert "nvme-cli 2.8" in wrong.text
        assert again.location == first.location
        assert "/attachments/" in shown
        assert "Another person verifies it." in shown
        assert own.status_code == 409
        for page in ("/disposal", "/assets/LT-1", "/tasks/R1"):
            assert admin.get(page).status_code == 200
        assert "SSD, block erase" in admin.get("/disposal").text
        assert "reached purge" in admin.get("/assets/LT-1").text

    def test_show_who_took_part(self, app, admin, desk):
        number = record(app, "LT-1", minute=1, technique="overwrite")
        verify(app, number, minute=2, verification="sample", sample_percent="10")
        accepted = admin.post(f"/sanitizations/{number}/validation", data={"step": "accept"})
        text = admin.get(f"/sanitizations/{number}").text

        assert accepted.status_code == 303
        for words in ("Tom", "Alice", "A sample of it was read (10 %)", "reaches none", "Accepted"):
            assert words in text


@pytest.mark.either_database
class TestPrograms:
    def test_record_and_are_told_who_has_to_go_on(self, app, api, desk):
        body = {**SSD, "id": str(uuid.uuid4()), "is_encrypted": False}
        made = api.post("/assets/LT-1/sanitizations", json=body)
        again = api.post("/assets/LT-1/sanitizations", json=body)
        number = made.json["number"]
        same = api.post(
            f"/sanitizations/{number}/verification", json={"verification": "full", "result": "pass"}
        )
        verify(app, number, minute=3)
        validate(app, number, minute=4)
        late = api.post(f"/sanitizations/{number}/validation", json={"is_accepted": True})
        [listed] = api.get("/assets/LT-1/sanitizations").json["items"]

        assert (made.status_code, again.json["number"]) == (201, number)
        assert (made.json["needed"], made.json["reached"]) == ("purge", "purge")
        assert (same.status_code, same.json["code"]) == (409, "second_person_required")
        assert (late.status_code, late.json["code"]) == (409, "no_such_step")
        assert (listed["state"], listed["validated_by"]) == ("accepted", "Carol")
        assert api.get("/sanitizations/999").status_code == 404
