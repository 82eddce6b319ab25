"""The receipt on paper: what is on it, that it is always the same file, and where its code leads."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pypdfium2
import pytest
import zxingcpp
from sqlalchemy import select

from scanner_app.models import Handover, Setting
from tests.stockroom.steps import handover, line, post
from tests.support.on_both import database  # noqa: F401 - paper asks little of the database

STROKES = {"w": 1200, "h": 400, "strokes": [[[x, 200 + x % 60] for x in range(100, 900, 7)]]}


def read(pdf: bytes) -> tuple[str, pypdfium2.PdfDocument]:
    document = pypdfium2.PdfDocument(pdf)
    return "".join(page.get_textpage().get_text_range() for page in document), document


@pytest.mark.usefixtures("counter")
class TestReceipt:
    @pytest.mark.parametrize(("paper", "width"), [("a4", 210), ("80mm", 80)])
    def test_says_what_the_document_says(self, api, paper, width):
        made = post(
            api,
            handover(
                line("LT-001", note="With sleeve", due_at="2999-03-01T17:00:00Z"), "LT-002",
                signature=STROKES, signed_by="Bob, courier",
            ),
        ).json  # fmt: skip
        path = f"/handovers/{made['handover_id']}/receipt.pdf?paper={paper}"

        first, second = api.get(path).data, api.get(path).data

        assert first == second
        words, document = read(first)
        for word in (
            made["number"], "Dana Reyes", "LT-001", "SN-1", "With sleeve", "due 2999-03-01", "LT-002",
            "Signed by Bob, courier", made["sha256"][:16],
        ):  # fmt: skip
            assert word in words
        assert round(document[0].get_width() / 72 * 25.4) == width
        picture = document[0].render(scale=3).to_pil()
        [code] = zxingcpp.read_barcodes(picture)
        assert code.text.endswith(f"/h/{made['number']}")

    def test_is_in_the_language_that_its_document_was_sealed_in(self, api, work):
        english = post(api, handover("LT-001")).json
        with work() as session:
            now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
            session.add(
                Setting(key="language", value="de", revision=1, changed_at=now, changed_by="Ana")
            )
        german = post(api, handover("LT-002", person="1002")).json

        old, _ = read(api.get(f"/handovers/{english['handover_id']}/receipt.pdf").data)
        new, _ = read(api.get(f"/handovers/{german['handover_id']}/receipt.pdf").data)
        assert "Clerk:" in old
        assert "Ausgebende Person:" in new
        with work() as session:
            bodies = {row.number: json.loads(row.body) for row in session.scalars(select(Handover))}
            hashes = {row.number: row.body_sha256 for row in session.scalars(select(Handover))}
        assert "language" not in bodies[english["number"]]
        assert bodies[german["number"]]["language"] == "de"
        assert bodies[german["number"]]["kind"] == bodies[english["number"]]["kind"]
        assert hashes[german["number"]] == german["sha256"]

    def test_of_many_things_goes_on_on_the_next_page_and_says_what_is_contested(self, api):
        post(api, handover("LT-001", person="1002"))
        codes = [f"LT-{n:03}" for n in range(1, 13)] + [f"NO-SUCH-{n}" for n in range(60)]
        made = post(api, handover(*codes, mode="fact")).json

        words, document = read(api.get(f"/handovers/{made['handover_id']}/receipt.pdf").data)

        assert len(document) > 1
        assert words.count("Contested") == 61
        assert api.get(f"/handovers/{made['handover_id']}/receipt.pdf?paper=a3").status_code == 422

    def test_pages_offer_it_and_a_person_has_a_statement(self, api, admin):
        made = post(api, handover("LT-001")).json
        number = made["number"]

        assert admin.get(f"/h/{number}/receipt.pdf?paper=80mm").data.startswith(b"%PDF")
        assert json.loads(admin.get(f"/h/{number}/receipt.json").data)["number"] == number
        statement = admin.get("/people/1001/statement").text
        assert number in statement
        assert "LT-001" in statement
        assert "/counter?code=B-77" in admin.get("/people/1001").text
