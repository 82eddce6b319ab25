"""The report as a PDF: what it shows, and that hostile texts are only shown."""

from __future__ import annotations

import io
import json

import pytest
from PIL import Image

from scanner_app import ROOT
from scanner_app.services.audits import report_pdf
from scanner_app.services.audits.records.findings_pdf import show_moment
from scanner_app.services.audits.report_pdf import Letterhead, write_report
from scanner_app.services.files import pdf as paper
from scanner_app.services.files.pdf import REGULAR, SIZE, Paper, load_fonts, measure, wrap
from tests.audits.steps import close, open_audit, reject_all, scan
from tests.support import on_both

FONTS = ROOT / "static" / "vendor" / "dejavu-2.37"
# SQLite only: the PDF is drawn from a report, whichever database it came from.
database = on_both.database
LABELS = {
    "expected": "Expected",
    "verified": "Right place",
    "misplaced": "Wrong place",
    "missing": "Missing",
    "unexpected": "Extra",
    "unregistered": "Unknown label",
}


@pytest.fixture(autouse=True)
def fonts():
    load_fonts(FONTS)


@pytest.fixture
def drawn(monkeypatch) -> list[str]:
    """Every line that is drawn, in its order."""
    lines: list[str] = []

    class RecordingPaper(Paper):
        def _draw(self, x, y, line, font, size):
            lines.append(line)
            assert x >= 0
            assert x + measure(line, font, size) <= paper.WIDTH
            assert 0 < y < paper.HEIGHT
            super()._draw(x, y, line, font, size)

    monkeypatch.setattr(report_pdf, "Paper", RecordingPaper)
    return lines


def write(report: dict) -> bytes:
    file = io.BytesIO()
    write_report(report, file, fonts=FONTS)
    return file.getvalue()


class TestWrap:
    @pytest.mark.parametrize(
        "text",
        ["x" * 5000, "a b " * 500, "漢字" * 300, "<para>" * 200, "Ω" * 400, "\U0001fae0" * 50],
        ids=["one word", "words", "chinese", "markup", "greek", "emoji"],
    )
    def test_wraps_into_lines_that_fit_and_loses_nothing(self, text):
        lines = wrap(text, 100)

        assert all(measure(line, REGULAR, SIZE) <= 100 for line in lines)
        whole = "".join(lines).replace(" ", "")
        assert whole == text.replace(" ", "").replace("\U0001fae0", "<U+1FAE0>")

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("<para>&amp;</para>", "<para>&amp;</para>"),
            ('<img src="file:///etc/passwd"/>', '<img src="file:///etc/passwd"/>'),
            ("a\x00b\x1b[2J", "a\\x00b\\x1b[2J"),
            ("abc\u202egnp.exe", "abc\\u202egnp.exe"),
            ("A\u030a", "Å"),
            ("Żółć Ψ Жук 漢", "Żółć Ψ Жук 漢"),
            ("\U0001fae0", "<U+1FAE0>"),
            ("", ""),
        ],
    )
    def test_shows_control_characters_and_markup_as_text(self, text, shown):
        assert wrap(text, 1000) == [shown]


@pytest.mark.usefixtures("office")
class TestReport:
    def closed(self, api) -> int:
        audit = open_audit(api)
        scan(api, "A-1", audit)
        scan(api, "B-1", audit)
        scan(api, "<b>X</b>&amp;", audit)
        api.post(f"/audits/{audit}/reconciliation")
        reject_all(api, audit)
        close(api, audit)
        return audit

    def test_shows_what_the_sealed_json_holds(self, api, drawn):
        audit = self.closed(api)
        sealed = api.get(f"/audits/{audit}/report.json").json
        scan(api, "A-2", audit)

        answer = api.get(f"/audits/{audit}/report.pdf")

        assert (answer.status_code, answer.content_type) == (200, "application/pdf")
        assert answer.headers["Content-Disposition"] == f'attachment; filename="audit-{audit}.pdf"'
        assert answer.data.startswith(b"%PDF-")
        text = "\n".join(drawn)
        assert "Sealed report" in drawn
        assert sealed["seal"]["sha256"] in text
        assert sealed["seal"]["key_id"] in text
        for finding in sealed["findings"]:
            assert (finding["asset_tag"] or finding["code"]) in "".join(drawn)
        for state, count in sealed["counts"].items():
            label = LABELS[state]
            assert drawn[drawn.index(label) + 1] == str(count)

    def test_shows_who_counted_where_and_two_counts_compared(self, api, drawn):
        report = json.loads(api.get(f"/audits/{self.closed(api)}/report.json").data)
        drawn.clear()
        write(report)
        once = list(drawn)
        [room] = [one for one in report["rounds"] if one["code"] == "R-1"]
        room |= {
            "rounds": 2,
            "comparison": {
                "first": 1096, "second": 94, "both": 92, "only_first": ["A-7"],
                "only_second": ["B-9"], "agreement": 0.938776, "estimate": 1098.096774,
                "deviation": 0.4,
            },
        }  # fmt: skip
        write(report)

        assert "Locations (2)" in once
        assert "300.00" in once
        assert not any("counted twice" in line for line in once)
        assert "Locations that were counted twice (1)" in drawn
        row = drawn[drawn.index("1,096") - 1 :]
        assert row[:7] == ["R-1", "1,096", "94", "92", "93.9 %", "1,098.1", "A-7, B-9"]

    def test_draws_the_same_bytes_every_time(self, api):
        audit = self.closed(api)

        first, second = (api.get(f"/audits/{audit}/report.pdf").data for _ in range(2))

        assert first == second

    def test_is_preliminary_until_the_audit_is_closed(self, api, drawn):
        audit = open_audit(api)

        answer = api.get(f"/audits/{audit}/report.pdf")

        assert f"audit-{audit}-preliminary.pdf" in answer.headers["Content-Disposition"]
        assert "PRELIMINARY: not closed, not sealed" in drawn
        assert "Seal" not in drawn

    def test_lists_a_thousand_findings_over_pages_with_headers_on_each(self, api, drawn):
        report = json.loads(api.get(f"/audits/{self.closed(api)}/report.json").data)
        [one] = [f for f in report["findings"] if f["asset_tag"] == "A-1"]
        report["findings"] = [
            {**one, "asset_tag": f"T-{n}", "name": "x" * 300} for n in range(1000)
        ]
        drawn.clear()

        data = write(report)

        assert {f"T-{n}" for n in range(1000)} <= set(drawn)
        pages = data.count(b"/Type /Page\n") or data.count(b"/Type /Page ")
        assert pages > 20
        assert drawn.count("Asset or code") >= pages - 2


class TestShowMoment:
    def test_shows_a_time_to_the_minute_in_utc(self):
        assert show_moment("2026-03-02T09:00:59.000001+01:00") == "2026-03-02 08:00 UTC"
        assert show_moment(None) == ""


class TestLetterhead:
    def test_is_in_the_margin_whatever_the_name_and_the_same_each_time(self, api, office, drawn):
        report = api.get(f"/audits/{open_audit(api)}/report.json").json
        file = io.BytesIO()
        Image.new("RGB", (256, 200), "red").save(file, "JPEG")
        for name in ("Nordlicht Werke", "W" * 80, "名" * 80, ""):
            head = Letterhead(name, file.getvalue())
            papers = [io.BytesIO(), io.BytesIO()]
            drawn.clear()

            for paper_ in papers:
                write_report(report, paper_, fonts=FONTS, letterhead=head)

            assert papers[0].getvalue() == papers[1].getvalue()
            assert b"/DCTDecode" in papers[0].getvalue()
            assert drawn[0][:5] == (name or "Audit")[:5]
