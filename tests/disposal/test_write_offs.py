"""A write-off: what two audits missed, listed, signed and closed by others, with a certificate."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.register.change_kinds import ChangeKind
from scanner_app.domain.register.kinds import AssetKind
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.seals.report import verify_report
from scanner_app.models import Asset
from scanner_app.services.disposal.consignments import hand_over, reopen_list, sign_list
from scanner_app.services.disposal.writing_off import add_lost
from scanner_app.services.register.plan import AssetDraft
from scanner_app.services.register.write import create_assets
from scanner_app.storage.database import unit_of_work
from tests.audits.steps import close as close_audit
from tests.audits.steps import later, open_audit, scan
from tests.custody.steps import START, load_asset, make
from tests.disposal.steps import (
    ALICE,
    BOB,
    CAROL,
    KEY,
    TAGS,
    TAKEN,
    at,
    close,
    in_work,
    open_one,
    read_certificate,
)
from tests.disposal.test_certificates import CHECKER, change, check, reseal

__all__ = ["check"]
SAID = {"statement": "Stolen from the cage, police report 4711"}
WAIVER = {"waiver": "The disk was encrypted"}


@pytest.fixture
def lost(app, api, desk):
    """Two audits in a row that found nothing in the cage, and confidential data on OLD-01."""
    with app.app_context(), unit_of_work() as session:
        create_assets(
            session,
            drafts=[
                AssetDraft(
                    {"asset_tag": "DAT-1", "name": "Customer list", "kind": AssetKind.DATA,
                     "status": Stage.IN_USE,
                     "custom": {"Kept on": "old-01, CLD-9", "Classification": "confidential"}}
                )
            ],
            kind=ChangeKind.CREATED, actor="test", now=START,
        )  # fmt: skip
    for _ in range(2):
        audit = open_audit(api, scope={"locations": ["CAGE"]})
        api.post(f"/audits/{audit}/reconciliation")
        for item in api.get(f"/audits/{audit}/findings").json["items"]:
            done = api.patch(
                f"/audits/{audit}/findings/{item['id']}",
                json={"decision": "accept", "reason": "Not there"},
            )
            assert done.status_code == 200, done.text
        close_audit(api, audit)


@pytest.fixture
def number(app, lost) -> str:
    return open_one(app, method="write_off", recipient="")


def sign(app, number: str, values: dict[str, str], *, actor=BOB, minute: float = 4) -> None:
    in_work(app, sign_list, number, actor=actor, now=at(minute), values=values)


def write_off(app, number: str, tags=("OLD-01", "OLD-02")) -> str:
    in_work(app, add_lost, number, list(tags), actor=ALICE, now=at(3))
    sign(app, number, SAID | WAIVER)
    return close(app, number, cost="", statement="I read the police report")


class TestWriteOff:
    def test_is_listed_signed_and_closed_by_others(self, app, number, check):
        listed = in_work(app, add_lost, number, ["OLD-01", "OLD-02"], actor=ALICE, now=at(3))
        with pytest.raises(Conflict) as own:
            sign(app, number, SAID | WAIVER, actor=ALICE)
        with pytest.raises(Invalid) as unsaid:
            sign(app, number, WAIVER)
        with pytest.raises(Invalid) as unwaived:
            sign(app, number, SAID)
        sign(app, number, SAID | WAIVER)
        with pytest.raises(Conflict) as handed:
            in_work(app, hand_over, number, TAKEN, actor=ALICE, now=at(5))
        with pytest.raises(Conflict) as by_lister:
            close(app, number, actor=ALICE, cost="", statement="All right")
        with pytest.raises(Invalid) as silent:
            close(app, number, cost="")
        certificate = close(app, number, cost="", statement="I read the police report")
        text = read_certificate(app, certificate)
        body = json.loads(text)
        first, second = body["items"]

        assert listed == 2
        assert (own.value.code, by_lister.value.code) == ("second_person_required",) * 2
        assert [*unsaid.value.errors, *unwaived.value.errors] == ["statement", "waiver"]
        assert [*silent.value.errors] == ["statement"]
        assert handed.value.code == "no_such_step"
        assert {load_asset(app, tag).status for tag in ("OLD-01", "OLD-02")} == {"disposed"}
        assert load_asset(app, "OLD-03").status == "missing"
        assert (first["sanitized"], first["sanitizations"]) == (False, [])
        assert [one["audit"] for one in first["missing_in"]] == [2, 1]
        assert [one["asset_tag"] for one in first["data_held"]] == ["DAT-1"]
        assert second["data_held"] == []
        assert body["consignment"]["recipient"] == "Nobody: it was not found"
        people = {one["did"]: one for one in body["people"]}
        assert people["signed"]["waiver"] == WAIVER["waiver"]
        assert people["closed"]["statement"] == "I read the police report"
        assert body["differences"][0]["reason"] == "Missing in audits 2, 1."
        assert verify_report(text.encode(), public_pem=KEY.public_pem)
        assert check(text)[0] == 0

    def test_takes_only_what_two_audits_missed(self, app, api, number):
        in_work(app, add_lost, number, ["OLD-01"], actor=ALICE, now=at(3))
        for tags in (["LT-1"], ["NOBODY"], ["OLD-01"], []):
            with pytest.raises(Invalid) as refused:
                in_work(app, add_lost, number, tags, actor=ALICE, now=at(3))
            assert [*refused.value.errors] == ["tags"]
        other = open_one(app)
        with pytest.raises(Conflict, match="added to"):
            in_work(app, add_lost, other, ["OLD-02"], actor=ALICE, now=at(3))

    def test_is_not_packed_by_scanning(self, app, post, number):
        [packed] = post(make("OLD-01", "pack", minute=4, task=number), actor=ALICE)
        assert packed.refusal == "task_not_open"

    def test_of_what_was_found_meanwhile_is_refused(self, app, post, number):
        in_work(app, add_lost, number, ["OLD-01", "OLD-02"], actor=ALICE, now=at(3))
        sign(app, number, SAID | WAIVER)
        with app.app_context(), unit_of_work() as session:
            asset = session.scalars(select(Asset).where(Asset.asset_tag == "OLD-02")).one()
            asset.status = Stage.IN_STOCK
        with pytest.raises(Conflict) as found:
            close(app, number, cost="", statement="All right")
        in_work(app, reopen_list, number, actor=ALICE, now=at(9))

        assert found.value.code == "register_changed"
        assert "OLD-02" in str(found.value)
        assert load_asset(app, "OLD-01").status == "missing"

    @pytest.mark.parametrize("intent", ["lookup", "sighting"])
    def test_of_what_was_scanned_since_the_audits_is_refused(self, app, api, number, intent):
        in_work(app, add_lost, number, ["OLD-01", "OLD-02"], actor=ALICE, now=at(3))
        sign(app, number, SAID | WAIVER)
        scan(api, "OLD-02", None, "CAGE", intent=intent, scanned_at=later())

        with pytest.raises(Conflict) as found:
            close(app, number, cost="", statement="All right")

        assert found.value.code == "register_changed"
        assert "OLD-02" in str(found.value)
        assert "OLD-01" not in str(found.value)

    def test_any_other_is_not_closed_before_it_left(self, app, post, desk):
        from tests.disposal.steps import retire_and_erase, scan_all

        number = open_one(app)
        retire_and_erase(app, post, ["LT-1"])
        scan_all(post, number, ["LT-1"], "pack", minute=5)
        in_work(app, sign_list, number, actor=BOB, now=at(6))
        with pytest.raises(Conflict) as early:
            close(app, number)
        assert early.value.code == "no_such_step"


# What was sealed although it may not be, and how the stand-alone check says so.
WRONG = [
    (change("items.0.missing_in.1", None), "OLD-01 was not missing in two audits"),
    (change("items.0.sanitized", True), "OLD-01 was not missing in two audits"),
    (change("items.0.listed_person", "user:13"), "who listed also signed or closed"),
    (change("items.0.listed_person", "user:14"), "who listed also signed or closed"),
    (change("people.2.waiver", None), "nobody says why the data of OLD-01 may be lost"),
    (change("people.2.statement", None), "nobody states why"),
    (change("people.0.statement", None), "nobody states why"),
]


@pytest.mark.either_database
class TestCertificate:
    def test_is_checked_even_if_it_is_sealed(self, app, number, check):
        text = read_certificate(app, write_off(app, number))
        assert [one["did"] for one in json.loads(text)["people"]] == ["closed", "opened", "signed"]
        for edit, said in WRONG:
            code, told = check(reseal(text, edit, KEY))
            assert (code, said in told) == (1, True), (said, told)
        assert CHECKER is not None


@pytest.mark.either_database
def test_pages_lead_from_the_list_to_the_certificate(app, admin, page_as, lost):
    made = admin.post("/consignments/new", data={"method": "write_off", "recipient": ""})
    number = made.location.rsplit("/", 1)[1]
    offered = admin.get(f"/consignments/{number}").text
    admin.post(f"/consignments/{number}/losses", data={"asset": ["OLD-01", "OLD-02"]})
    boss = page_as("approver", "boss@example.org")
    asked = boss.get(f"/consignments/{number}").text
    bare = boss.post(f"/consignments/{number}/readiness", data={"waiver": "x"})
    signed = boss.post(f"/consignments/{number}/readiness", data={**SAID, **WAIVER})
    silent = boss.post(f"/consignments/{number}/closure", data={"cost": ""})
    sealed = boss.post(f"/consignments/{number}/closure", data={"cost": "", "statement": "Read."})
    page = admin.get("/certificates/C-2026-1").text
    pdf = admin.get("/certificates/C-2026-1/certificate.pdf")

    assert all(tag in offered for tag in TAGS)
    assert "Scan to pack" not in offered
    assert "Holds" in asked
    assert "Customer list" in asked
    assert [one.status_code for one in (bare, signed, silent, sealed)] == [422, 303, 422, 303]
    assert "never found, not sanitized; missing in audits 2, 1" in page
    assert pdf.data.startswith(b"%PDF")
    assert CAROL.name == "Carol"
