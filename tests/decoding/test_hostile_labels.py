"""Hostile labels, inputs 5 to 20 of docs/hardening.md, from the scan to every page with them."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from scanner_app.models import Asset, Identifier, Scan
from tests.audits.steps import open_audit
from tests.support.databases import Fill
from tests.support.register import add_asset, add_location

NOW = datetime.now(UTC)
START = NOW - timedelta(days=30)
ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"])
MARKUP = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' hx-get=/logout hx-trigger=load x='",
    "<div hx-on:load=alert(1)>",
    "{{7*7}}",
    "${7*7}",
    "{%raw%}",
]


def fill_office(session: Session) -> None:
    site = add_location(session, "HQ", "Head office", now=START)
    room = add_location(session, "R-101", "Room 101", parent=site, now=START)
    for number in (1, 2):
        add_asset(session, f"LT-{number:03}", location=room, now=START)


@pytest.fixture
def contents(request: pytest.FixtureRequest) -> Fill | None:
    return fill_office if "office" in request.fixturenames else None


@pytest.fixture
def office(filled: Any) -> Any:
    return filled


def scan(code: str, **fields) -> dict:
    return {
        "scan_id": str(uuid.uuid4()),
        "code": code,
        "intent": "sighting",
        "scanned_at": NOW.isoformat(),
        **fields,
    }


def post(api, *scans: dict) -> list[dict]:
    answer = api.post("/scans", json={"scans": list(scans)})
    assert answer.status_code == 200, answer.text
    return answer.json["results"]


class Elements(HTMLParser):
    """Every element of a page with its attributes, as a browser would see them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def hostile(self) -> list[str]:
        return [
            f"{tag} {attributes}"
            for tag, attributes in self.found
            if attributes.get("hx-get") == "/logout"
            or any(name.startswith(("on", "hx-on")) for name in attributes)
            or (
                tag == "script"
                and "src" not in attributes
                # A block of data: a browser parses it and never runs it.
                and attributes.get("type") != "application/json"
            )
            or (tag == "img" and attributes.get("src") == "x")
        ]


class TestMarkup:
    @ON_SQLITE
    def test_is_inert_on_every_page_that_shows_a_scanned_code(self, api, office, page_as, work):
        audit = open_audit(api, scope={"locations": ["HQ"]})
        client = page_as("auditor")
        for code in MARKUP:
            assert client.post("/scan", data={"code": code, "audit": str(audit)}).status_code == 303
        post(api, *(scan(c, audit=audit, location="R-101", note=c, device=c) for c in MARKUP))
        findings = api.get(f"/audits/{audit}/findings?state=unregistered").json["items"]
        paths = ["/", "/scan", f"/scan?audit={audit}", f"/audits/{audit}", "/assets?q=%3Cscript%3E"]
        paths += [f"/audits/{audit}/here?place=R-101", f"/audits/{audit}/findings/1"]
        paths += [f"/audits/{audit}/findings/{item['id']}" for item in findings]

        shown = [client.get(path, follow_redirects=True).text for path in paths]
        api.post(f"/audits/{audit}/reconciliation")
        shown.append(client.get(f"/audits/{audit}").text)

        assert len(findings) == len(MARKUP)
        assert [Elements(html).hostile() for html in shown] == [[]] * len(shown)
        assert not any("<script>alert" in html for html in shown)
        # The label's template text is on the page as it was printed; nothing evaluated it.
        assert any("{{7*7}}" in html for html in shown)

    def test_is_found_by_the_test_if_it_is_on_the_page(self):
        html = "<div hx-get='/logout'></div><img src=x onerror=alert(1)><script>alert(1)</script>"

        assert len(Elements(html).hostile()) == 3


@ON_SQLITE
class TestWhatCannotBeSeen:
    @pytest.mark.parametrize(
        ("code", "escape"),
        [
            ("LT-001\u202egnp.exe", "\\u202e"),
            ("LT-\u200b001", "\\u200b"),
            ("\ufeffLT-001", "\\ufeff"),
            ("LT\u00ad-001", "\\xad"),
        ],
    )
    def test_is_recorded_unchanged_means_nothing_and_is_shown_by_its_code_point(
        self, api, office, work, code, escape
    ):
        [result] = post(api, scan(code))

        assert result["outcome"] == "unregistered"
        assert escape in result["message"]
        with work() as session:
            assert session.scalar(select(Scan.code)) == code

    def test_a_lookalike_tag_is_a_different_tag(self, api, office):
        results = post(api, scan("L\u0422-001"), scan("\u041bT-001"), scan("LT-00\u0031\u030a"))

        assert [r["outcome"] for r in results] == ["unregistered"] * 3

    def test_full_width_letters_are_the_same_tag(self, api, office):
        assert [r["outcome"] for r in post(api, scan("ＬＴ-００１"))] == ["noted"]


@ON_SQLITE
class TestLength:
    def test_a_megabyte_is_refused_and_its_log_line_is_short(self, api, office, caplog):
        caplog.set_level("INFO")

        [result] = post(api, scan("x" * 1_000_000))
        answer = api.get("/identify", query_string={"code": "x" * 5000})

        assert result["status"] == "invalid"
        assert "4096" in result["errors"]["code"][0]
        assert answer.status_code == 422
        assert max(len(record.getMessage()) for record in caplog.records) < 500


@ON_SQLITE
class TestProgrammingLabels:
    def test_of_a_scanner_mean_nothing_when_scanned(self, api, office):
        results = post(api, scan("~0000#SCNDFT;"), scan("]E0LT-001"), scan("$%FNC3LT"))

        assert [r["outcome"] for r in results] == ["unregistered", "noted", "unregistered"]

    def test_refuses_two_scans_joined_in_one_text(self, api, office, work):
        glued = "".join(f"LT-{n:03}\r" for n in range(1, 51))

        results = post(api, scan(glued), scan("LT-001\nLT-002"), scan("LT-001" * 50))

        assert [r["status"] for r in results] == ["invalid", "invalid", "recorded"]
        assert results[2]["outcome"] == "unregistered"
        with work() as session:
            assert session.scalars(select(Asset.last_seen_at)).all() == [None, None]


@ON_SQLITE
class TestForeignLinks:
    @pytest.mark.parametrize("code", ["https://evil.example/a/LT-001", "javascript:alert(1)"])
    def test_mean_nothing_here_and_are_shown_as_text(self, page_as, office, code):
        client = page_as("technician")

        answer = client.post("/scan", data={"code": code})
        html = client.get(answer.location).text

        assert code.split("/")[-1] in html
        links = [a.get("href") or "" for tag, a in Elements(html).found if tag == "a"]
        assert not [link for link in links if link.startswith(("javascript:", "https://evil"))]


class TestLabelsInTime:
    def test_a_scan_keeps_the_meaning_that_its_label_had(self, api, office, work):
        yesterday = NOW - timedelta(days=1)
        with work() as session:
            first, second = session.scalars(select(Asset.id).order_by(Asset.asset_tag)).all()
            label = {"scheme": "alias", "value": "STICKER-7"}
            session.add(Identifier(**label, asset_id=first, started_at=START, ended_at=yesterday))
            session.add(Identifier(**label, asset_id=second, started_at=yesterday))

        results = post(
            api,
            scan("STICKER-7", scanned_at=(NOW - timedelta(days=7)).isoformat()),
            scan("STICKER-7"),
        )

        assert [r["asset"]["asset_tag"] for r in results] == ["LT-001", "LT-002"]

    def test_one_code_on_two_assets_is_never_guessed(self, api, office, work):
        with work() as session:
            ids = session.scalars(select(Asset.id).order_by(Asset.asset_tag)).all()
            for asset_id, scheme in zip(ids, ("serial", "alias"), strict=True):
                session.add(
                    Identifier(scheme=scheme, value="TWICE", asset_id=asset_id, started_at=START)
                )

        [result] = post(api, scan("TWICE"))

        assert (result["outcome"], result["asset"]) == ("ambiguous", None)

    def test_two_labels_of_one_asset_both_mean_that_asset(self, api, office, work):
        with work() as session:
            asset_id = session.scalar(select(Asset.id).where(Asset.asset_tag == "LT-001"))
            session.add(
                Identifier(scheme="alias", value="OLD-1", asset_id=asset_id, started_at=START)
            )

        results = post(api, scan("LT-001"), scan("OLD-1"))

        assert [r["asset"]["asset_tag"] for r in results] == ["LT-001"] * 2

    def test_seeing_a_disposed_asset_is_recorded_and_flagged(self, api, office, work):
        with work() as session:
            session.execute(
                update(Asset).where(Asset.asset_tag == "LT-001").values(status="disposed")
            )
        audit = open_audit(api, scope={"locations": ["HQ"]})

        [result] = post(api, scan("LT-001", audit=audit, location="R-101"))

        assert result["outcome"] == "noted"
        assert result["finding"] == {"state": "unexpected", "flags": ["retired"]}


class TestArticleNumbers:
    def test_one_item_in_every_width_is_one_identity(self, api, office, work):
        with work() as session:
            asset_id = session.scalar(select(Asset.id).where(Asset.asset_tag == "LT-001"))
            session.add(
                Identifier(
                    scheme="gtin", value="00036000291452", asset_id=asset_id, started_at=START
                )
            )

        results = post(
            api,
            scan("036000291452", symbology="upc_a"),
            scan("0036000291452", symbology="ean_13"),
            scan("00036000291452", symbology="itf"),
            scan("(01)00036000291452"),
            scan("036000291453", symbology="upc_a"),
        )

        tags = [r["asset"] and r["asset"]["asset_tag"] for r in results]
        assert tags == ["LT-001"] * 4 + [None]
