"""Manifest, service worker, modules of one version, and the page that walks through trust."""

from __future__ import annotations

import gzip
import ipaddress
import json
import posixpath
import re
from dataclasses import replace

import pytest

from scanner_app.cli.tls import addresses
from scanner_app.cli.tls.certificate import make_certificate
from scanner_app.edge.state import app_state
from scanner_app.pages.phone import remove_comments, remove_style_comments

pytestmark = pytest.mark.either_database


def fetch(client, url: str) -> tuple[int, str, str]:
    """Return status, type and text of an answer whose file is closed again."""
    with client.get(url) as answer:
        return answer.status_code, answer.mimetype, answer.get_data().decode(errors="replace")


def read_shell(client) -> list[str]:
    _, _, worker = fetch(client, "/sw.js")
    return json.loads(re.search(r"const SHELL = (.*);", worker).group(1))["shell"]


@pytest.fixture
def certificate(monkeypatch, tmp_path):
    """Made without a look at this machine's network."""
    monkeypatch.setattr(addresses, "_own_addresses", lambda: {ipaddress.IPv4Address("192.168.7.5")})
    return make_certificate(tmp_path / "instance", host="0.0.0.0")


class TestModules:
    def test_every_file_of_the_shell_can_be_fetched_by_its_name(self, app):
        client = app.test_client()
        shell = read_shell(client)

        assert [fetch(client, url)[0] for url in shell] == [200] * len(shell)
        assert any("zxing_reader.wasm" in url for url in shell)

    def test_every_import_of_a_module_is_a_module_of_the_shell(self, app):
        client = app.test_client()
        modules = {url for url in read_shell(client) if url.startswith("/js/")}

        imported = {
            posixpath.normpath(posixpath.join(posixpath.dirname(url), path))
            for url in modules
            for path in re.findall(r'(?:from|import\()\s*"(\.[^"]+)"', fetch(client, url)[2])
        }

        assert imported
        assert imported <= modules

    def test_a_module_comes_without_its_comments_and_with_all_its_lines(self):
        script = "// @ts-check\n/** One. */\nconst a = 1; // stays\n/**\n * Two.\n */\nlet b = a\n  * 2;\n"

        assert remove_comments(script) == "\n\nconst a = 1; // stays\n\n\n\nlet b = a\n  * 2;\n"

    def test_a_module_comes_without_the_types_within_its_lines(self):
        script = (
            'const a = /** @type {HTMLElement} */ (find("a"));\n'
            "map((/** @type {string} */ name) => name);\nlet b = 2; /* stays */\n"
        )

        assert remove_comments(script) == (
            'const a = (find("a"));\nmap((name) => name);\nlet b = 2; /* stays */\n'
        )

    def test_a_style_comes_without_its_comments_and_with_all_its_lines(self, app):
        status, kind, sent = fetch(app.test_client(), "/static/css/scanner.css")

        style = "/* One,\n   two. */\na { top: 0; /* three */ }\n"
        assert remove_style_comments(style) == "\n\na { top: 0;  }\n"
        assert (status, kind, "/*" in sent) == (200, "text/css", False)

    def test_another_versions_module_is_not_given(self, app):
        client = app.test_client()

        assert fetch(client, "/js/000000000000/scan/page.js")[0] == 404
        assert fetch(client, "/js/000000000000/scan/..%2fvendor.js")[0] == 404

    def test_wasm_has_the_type_that_browsers_compile_while_it_comes(self, app):
        path = "/static/vendor/zxing-wasm-3.1.4/zxing_reader.wasm"

        assert fetch(app.test_client(), path)[:2] == (200, "application/wasm")

    def test_no_module_of_ours_names_another_origin(self, app):
        client = app.test_client()

        modules = [url for url in read_shell(client) if url.startswith("/js/")]

        for url in modules:
            assert re.findall(r"https?://[a-z0-9.-]+", fetch(client, url)[2]) == [], url


class TestCompression:
    def test_files_come_compressed_to_whoever_takes_it_and_are_the_same(self, app):
        client = app.test_client()
        [url] = [url for url in read_shell(client) if url.endswith("/scan/page.js")]
        plain = fetch(client, url)[2]

        with client.get(url, headers={"Accept-Encoding": "gzip, br"}) as answer:
            assert answer.headers["Content-Encoding"] == "gzip"
            assert len(answer.data) < len(plain) / 2
            assert gzip.decompress(answer.data).decode() == plain
            assert "Content-Disposition" not in answer.headers
            etag = answer.headers["ETag"]
        headers = {"Accept-Encoding": "gzip", "If-None-Match": etag}
        with client.get(url, headers=headers) as again:
            assert again.status_code == 304


class TestManifest:
    def test_its_icons_exist_and_it_starts_at_the_scan_page(self, app):
        client = app.test_client()

        manifest = json.loads(fetch(client, "/manifest.webmanifest")[2])

        assert (manifest["start_url"], manifest["display"]) == ("/scan", "standalone")
        assert [fetch(client, icon["src"])[0] for icon in manifest["icons"]] == [200] * 3


class TestInstall:
    def test_the_ca_is_public_and_its_fingerprint_is_that_of_the_terminal(self, app, certificate):
        client = app.test_client()

        assert certificate.fingerprint in fetch(client, "/install")[2]
        ca = fetch(client, "/install/ca.crt")
        assert ca == (200, "application/x-x509-ca-cert", certificate.ca.read_text())
        status, kind, profile = fetch(client, "/install/ca.mobileconfig")
        assert (status, kind) == (200, "application/x-apple-aspen-config")
        assert "com.apple.security.root" in profile

    def test_behind_a_proxy_there_is_nothing_to_install(self, app, certificate):
        settings = app_state(app).settings
        app_state(app).settings = replace(settings, proxy_hops=1)

        text = fetch(app.test_client(), "/install")[2]

        assert "Nothing to install" in text
        assert "ca.crt" not in text

    def test_the_plain_page_may_ask_over_https_whether_it_is_trusted(self, app, certificate):
        with app.test_client().get("/install/ca.crt") as answer:
            assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"

    @pytest.mark.parametrize(
        "name", ["ca.key", "leaf.key", "leaf.pem", "..%2fsecret-key", "%2e%2e", "ca.key%00"]
    )
    def test_no_key_is_ever_given(self, app, certificate, name):
        assert fetch(app.test_client(), f"/install/{name}")[0] == 404
