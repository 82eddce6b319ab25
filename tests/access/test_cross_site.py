"""Where an unsafe request comes from: the table of Sec-Fetch-Site and Origin."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from scanner_app.models import Asset
from tests.access.conftest import PASSWORD, is_signed_in, sign_in

FORM = {"name": "x", "status": "in_stock"}
HERE = "http://localhost"
TABLE = [
    # Sec-Fetch-Site, Origin, taken
    ("same-origin", HERE, True),
    ("same-origin", None, True),
    ("same-origin", "https://evil.example", True),  # the browser's word counts; Origin may be cut
    ("none", None, True),  # typed or from a bookmark
    ("same-site", HERE, False),
    ("same-site", None, False),
    ("cross-site", HERE, False),
    ("cross-site", None, False),
    ("cross-site", "null", False),
    ("", None, False),
    ("nonsense", None, False),
    (None, None, True),  # no browser: it carries no victim's cookie
    (None, HERE, True),
    (None, "https://localhost", False),  # the other scheme is another origin
    (None, "null", False),
    (None, "", False),
    (None, "https://evil.example", False),
    (None, "http://localhost.evil.example", False),
    (None, "http://evil.example/localhost", False),
    (None, "http://localhost:8080", False),
    (None, "http://localhost@evil.example", False),
]


def headers_of(site: str | None, origin: str | None) -> dict[str, str]:
    pairs = {"Sec-Fetch-Site": site, "Origin": origin}
    return {name: value for name, value in pairs.items() if value is not None}


def test_a_form_is_taken_from_our_own_pages_only(page_as, work, subtests):
    browser = page_as("stockroom")
    for number, (site, origin, taken) in enumerate(TABLE):
        with subtests.test(site=site, origin=origin):
            tag = f"LT-{number}"

            answer = browser.post(
                "/assets", data={**FORM, "asset_tag": tag}, headers=headers_of(site, origin)
            )

            with work() as session:
                found = session.scalar(select(Asset.id).where(Asset.asset_tag == tag))
            assert (found is not None) is taken
            assert answer.status_code == (303 if taken else 403)


def test_no_foreign_header_opens_the_sign_in_to_another_site(app):
    for header in ("Basic YTpi", "Bearer sca_x_y", "x"):
        answer = app.test_client().post(
            "/sign-in",
            data={"email": "a@example.org", "password": PASSWORD},
            headers={"Authorization": header, "Sec-Fetch-Site": "cross-site"},
        )
        assert answer.status_code == 403, header


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "multipart/form-data"])
def test_no_content_type_gets_past_it(page_as, kind):
    """The API with a cookie: a form of another site can send JSON as text/plain."""
    browser = page_as("stockroom")

    answer = browser.post(
        "/api/v1/assets",
        data='{"asset_tag": "LT-1"}',
        content_type=kind,
        headers={"Sec-Fetch-Site": "cross-site"},
    )

    assert answer.status_code == 403
    assert answer.get_json()["code"] == "cross_site"


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/links/x", "/account/password"])
def test_signing_in_and_out_is_behind_it_too(app, person, path):
    person()
    client = app.test_client()
    sign_in(client)

    answer = client.post(
        path,
        data={"email": "ana@example.org", "password": PASSWORD},
        headers={"Sec-Fetch-Site": "cross-site"},
    )

    assert answer.status_code == 403
    assert is_signed_in(client)


def test_a_bearer_token_needs_no_origin(api_as):
    answer = api_as("stockroom").post(
        "/assets", json={"asset_tag": "LT-1"}, headers={"Origin": "https://tool.example"}
    )

    assert answer.status_code == 201


def test_no_answer_lets_another_site_read_it(page_as):
    browser = page_as("viewer")
    origin = {"Origin": "https://evil.example"}

    for answer in (
        browser.get("/api/v1/assets", headers=origin),
        browser.options("/api/v1/assets", headers=origin),
    ):
        assert not [name for name, _ in answer.headers if name.startswith("Access-Control-")]
