"""Terms by version, accepted at the counter or on the person's own phone by a link."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from scanner_app.domain.circulation.terms import TermsText, find_current, find_held, hash_terms
from scanner_app.domain.errors import Invalid
from scanner_app.domain.seals.report import BrokenSeal, verify_report
from scanner_app.domain.stockroom.new_handover import parse_handover
from tests.stockroom.steps import add_terms, handover, post, put_in_tray
from tests.stockroom.test_receipts import STROKES, read


def day(number: int) -> datetime:
    return datetime(2026, 3, number, 9, tzinfo=UTC)


def version(number: int, *, of: int = 1, starts: int = 1, category: int | None = None) -> TermsText:
    return TermsText(of * 100 + number, of, number, "T", "B", "", day(starts), category)


class TestRules:
    def test_the_newest_version_that_is_in_force_holds(self):
        versions = [version(1), version(3, starts=20), version(2, starts=5), version(1, of=2)]

        assert [(one.terms_id, one.version) for one in find_current(versions, day(6))] == [
            (1, 2), (2, 1),
        ]  # fmt: skip

    def test_a_thing_has_the_terms_of_its_category_and_those_of_everything(self):
        current = [version(1), version(1, of=2, category=7), version(1, of=3, category=8)]

        assert [one.text.terms_id for one in find_held(current, 7, {}, day(6))] == [1, 2]

    def test_an_acceptance_of_a_version_holds_for_a_year(self):
        late = day(6) + timedelta(days=365)
        for moment, is_held in ((late - timedelta(seconds=1), True), (late, False)):
            [one] = find_held([version(1)], None, {101: day(6)}, moment)
            assert (one.accepted_at is not None) is is_held

    @pytest.mark.parametrize(
        ("more", "field"),
        [
            ({"terms": [{"id": 1, "version": 1}]}, "terms"),
            ({"terms": [{"id": 1, "version": 1}], "signature": STROKES, "signed_by": "Bob"}, "terms"),
            ({"terms": [{"id": True, "version": 1}]}, "terms"),
            ({"terms": [{"id": 1}]}, "terms"),
            ({"terms": {"id": 1}}, "terms"),
            ({"by_link": "yes"}, "by_link"),
            ({"by_link": True, "kind": "return"}, "by_link"),
        ],
    )  # fmt: skip
    def test_terms_are_accepted_by_who_gets_the_things_and_signs(self, more, field):
        with pytest.raises(Invalid) as refused:
            parse_handover(handover("LT-001", **more))

        assert field in refused.value.errors


def refs(terms) -> list[dict]:
    return [{"id": one["id"], "version": one["version"]} for one in terms]


@pytest.mark.either_database
@pytest.mark.usefixtures("office")
class TestAtTheCounter:
    def test_twelve_things_with_three_terms_take_one_signature(self, api):
        """Scenario 6 of the counter."""
        codes = [f"LT-{n:03}" for n in range(1, 13)]
        shown = api.get(f"/trays/{put_in_tray(api, 'B-77', *codes)}").json["terms"]
        assert [(one["title"], len(one["covers"])) for one in shown] == [
            ("Laptops, use", 4), ("Phones, use", 4), ("Cameras, use", 4),
        ]  # fmt: skip

        made = post(api, handover(*codes, terms=refs(shown), signature=STROKES))

        assert made.status_code == 201, made.text
        kept = made.json["terms"]
        assert [(one["acceptance"], one["version"], len(one["covers"])) for one in kept] == [
            ("here", 1, 4)
        ] * 3
        assert [one["sha256"] for one in kept] == [hash_terms(t["title"], t["text"]) for t in kept]
        sealed = api.get(f"/handovers/{made.json['handover_id']}/receipt.json").data
        verify_report(sealed)
        with pytest.raises(BrokenSeal, match=r"terms"):
            verify_report(sealed.replace(b"Handle Phones", b"Handle phones"))
        words, _ = read(api.get(f"/handovers/{made.json['handover_id']}/receipt.pdf").data)
        for title in ("Laptops, use, version 1: accepted", "Phones, use, version 1", "Cameras"):
            assert title in words

    def test_what_was_accepted_is_not_asked_again_before_its_next_version(self, api, work):
        first = api.get(f"/trays/{put_in_tray(api, 'B-77', 'LT-001')}").json["terms"]
        post(api, handover("LT-001", terms=refs(first), signature=STROKES))

        again = api.get(f"/trays/{put_in_tray(api, 'B-77', 'LT-002')}").json["terms"]
        other = api.get(f"/trays/{put_in_tray(api, 'B-78', 'LT-002')}").json["terms"]
        with work() as session:
            same = add_terms(
                session,
                "Laptops, use",
                "Handle Laptops with care.\r\n\r\nBring them back.",
                "Laptops",
            )
            assert same.version == 1
            add_terms(session, "Laptops, use", "Do not lend them on.", "Laptops")
        new = api.get(f"/trays/{put_in_tray(api, 'B-77', 'LT-002')}").json["terms"]

        assert again[0]["accepted_at"] is not None
        assert other[0]["accepted_at"] is None
        assert [(one["version"], one["accepted_at"]) for one in new] == [(2, None)]
        assert post(api, handover("LT-002")).json["terms"][0]["acceptance"] == "open"

    def test_a_rule_that_needs_a_signature_keeps_the_thing_until_the_terms_are_accepted(self, api):
        api.post("/loan-rules", json={"place": "HQ", "signature": "needed"})

        refused = post(api, handover("LT-001"))
        courier = post(api, handover("LT-001", signature=STROKES, signed_by="Bob, courier"))
        unknown = post(api, handover("LT-001", signature=STROKES, terms=[{"id": 99, "version": 1}]))
        by_link = post(api, handover("LT-001", by_link=True))
        fact = post(api, handover("LT-002", mode="fact"))

        assert refused.json["lines"][0]["findings"][0]["code"] == "terms_not_accepted"
        assert (courier.status_code, unknown.status_code) == (409, 422)
        assert (by_link.status_code, by_link.json["state"]) == (201, "waiting")
        assert by_link.json["terms"][0]["acceptance"] == "link"
        assert fact.json["terms"][0]["acceptance"] == "open"

    def test_pages_write_the_next_version_and_end_terms(self, admin, page_as, work):
        form = {"title": "All", "body": "Be kind.", "category": "", "valid_from": "2999-01-01"}
        assert admin.post("/terms/new", data=form).status_code == 303
        with work() as session:
            later = session.execute(
                text("SELECT terms_id FROM terms_version WHERE title = 'All'")
            ).scalar()
        assert "Be kind." in admin.get(f"/terms/{later}/1").text
        prefilled = admin.get(f"/terms/new?terms={later}&version=1").text
        for wrong in (
            {"category": "No such"},
            {"body": ""},
            {"valid_from": "2001-01-01"},
            {"valid_from": "x"},
            {"title": "a\x00"},
        ):
            assert admin.post("/terms/new", data={**form, **wrong}).status_code == 422
        ended = admin.post(f"/terms/{later}/end")
        clerk = page_as("technician")

        assert "Be kind." in prefilled
        assert ended.status_code == 303
        assert "Not asked for" in admin.get("/terms").text
        assert clerk.post("/terms/new", data=form).status_code == 403
        assert "Laptops, use" in clerk.get("/terms").text

    def test_merging_categories_keeps_the_terms_of_the_one_that_stays(self, admin, api):
        moved = admin.post(
            "/admin/values",
            data={"kind": "category", "old": "Phones", "new": "Laptops", "step": "apply"},
        )

        assert moved.status_code < 400, moved.text
        shown = api.get(f"/trays/{put_in_tray(api, 'B-77', 'LT-005')}").json["terms"]
        assert [one["title"] for one in shown] == ["Laptops, use"]

    def test_without_script_the_form_has_a_tick_for_each_text(self, page_as):
        clerk = page_as("stockroom")
        path = "/counter"
        for code in ("B-77", "LT-001"):
            tray = dict(part.split("=") for part in path.partition("?")[2].split("&") if part)
            path = clerk.post("/counter", data={**tray, "code": code}).headers["Location"]
        tick = re.search(r'name="terms"\s+value="(\d+:1)"', clerk.get(path).text)[1]
        tray_id = re.search(r"tray=([0-9a-f-]{36})", path)[1]

        done = clerk.post(
            "/counter/handover",
            data={
                "tray": tray_id,
                "terms": tick,
                "signature_typed": "Dana Reyes",
                "signature_is_mine": "on",
            },
        )

        assert "Laptops, use</bdi>, version 1" in clerk.get(done.headers["Location"]).text


def test_a_version_is_never_changed_in_place(office, work):
    for statement in ("UPDATE terms_version SET body = 'x'", "DELETE FROM terms_version"):
        with pytest.raises(DBAPIError, match="cannot be changed"), work() as session:
            session.execute(text(statement))
