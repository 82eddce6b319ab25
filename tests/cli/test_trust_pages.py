"""The plain listener beside HTTPS: trust pages, and nothing that holds a secret."""

from __future__ import annotations

import pytest
from werkzeug.test import Client

from scanner_app.cli.tls.trust_pages import TrustPages, Unpinned

NAMES = ("vm.local", "localhost", "127.0.0.1", "192.168.1.5")


@pytest.fixture
def heard() -> list[dict]:
    return []


@pytest.fixture
def client(heard) -> Client:
    def app(environ, start_response):
        heard.append(dict(environ))
        csp = "default-src 'none'; connect-src 'self'; worker-src 'self'"
        start_response("200 OK", [("Content-Security-Policy", csp), ("Content-Type", "text/html")])
        return [b"page"]

    return Client(TrustPages(app, names=NAMES, port=8443))


class TestTrustPages:
    @pytest.mark.parametrize(
        "path",
        [
            "/install",
            "/install/ca.crt",
            "/install/ca.mobileconfig",
            "/static/css/app.css",
            "/js/0a1b2c3d4e5f/phone/install.js",
        ],
    )
    def test_what_trust_needs_is_served_without_any_secret(self, client, heard, path):
        headers = {"Cookie": "scanner=secret", "Authorization": "Bearer secret"}

        answer = client.get(path, base_url="http://192.168.1.5:8080", headers=headers)

        assert answer.status_code == 200
        assert "secret" not in str(heard[0])
        assert heard[0]["scanner.secure_origin"] == "https://192.168.1.5:8443"
        assert (
            "connect-src 'self' https://192.168.1.5:8443;"
            in answer.headers["Content-Security-Policy"]
        )

    @pytest.mark.parametrize(
        ("path", "location"),
        [
            ("/", "/install"),
            ("/scan?mode=move&x=%C3%A9", "https://vm.local:8443/scan?mode=move&x=%C3%A9"),
            ("/sign-in", "https://vm.local:8443/sign-in"),
            ("/assets/L%C3%A4ptop", "https://vm.local:8443/assets/L%C3%A4ptop"),
            ("/js/0a1b/../../api/v1/scans", "https://vm.local:8443/js/0a1b/../../api/v1/scans"),
            ("/healthz", "https://vm.local:8443/healthz"),
        ],
    )
    def test_the_rest_goes_on_to_https(self, client, heard, path, location):
        answer = client.get(path, base_url="http://vm.local:8080")

        assert (answer.status_code, answer.headers["Location"]) == (307, location)
        assert heard == []

    @pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "", "a:b:c", "[::1]:8"])
    def test_a_name_that_is_not_ours_leads_to_an_address_that_is(self, client, host):
        answer = client.get("/scan", headers={"Host": host})

        assert answer.headers["Location"] == "https://192.168.1.5:8443/scan"

    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
    def test_nothing_is_taken_in_the_clear(self, client, heard, method):
        answer = client.open("/install", method=method, base_url="http://vm.local:8080")

        assert (answer.status_code, answer.mimetype) == (403, "application/problem+json")
        assert answer.json["code"] == "https_needed"
        assert heard == []


class TestUnpinned:
    def test_a_name_is_not_bound_to_https_for_a_year(self):
        def app(_environ, start_response):
            start_response("200 OK", [("Strict-Transport-Security", "max-age=1"), ("X-A", "b")])
            return [b""]

        answer = Client(Unpinned(app)).get("/")

        assert "Strict-Transport-Security" not in answer.headers
        assert answer.headers["X-A"] == "b"
