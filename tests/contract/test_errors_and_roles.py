"""The contract's frame: tokens, roles, problems, lists, health, the description."""

from __future__ import annotations

import json
import re

import pytest

from tests.contract.client import Client, assert_problem, new_id

READS = ["/assets", "/locations", "/people", "/scans", "/audits", "/identify?code=x"]


class TestToken:
    @pytest.mark.parametrize("header", ["", "Bearer ", "Bearer wrong", "Basic eDp5", "Token x"])
    def test_is_asked_for(self, service, header):
        answer = Client(service.port).send(
            "GET", "/api/v1/assets", headers={"Authorization": header} if header else {}
        )

        assert_problem(answer, 401, "not_signed_in")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")

    def test_is_taken_from_nowhere_else(self, service, api):
        bare = Client(service.port)

        assert_problem(bare.get(f"/assets?token={api.token}"), 401)
        assert_problem(Client(service.port, cookie=f"token={api.token}").get("/assets"), 401)

    def test_makes_no_tokens_or_users(self, service, api):
        for path in ("/admin/tokens", "/admin/users"):
            answer = api.send("POST", path, "name=x&role=admin&email=x@example.org",
                              {"Content-Type": "application/x-www-form-urlencoded"})  # fmt: skip

            assert answer.status == 403


class TestSignIn:
    def test_opens_the_api_too_and_ends_on_the_server(self, service):
        browser = service.sign_in("ana@example.org", "viewer")

        before = browser.get("/assets").status
        browser.send("POST", "/sign-out", "")

        assert before == 200
        assert_problem(browser.get("/assets"), 401)


def make_read(reader: str) -> dict:
    return {
        "reader": reader,
        "reads": [{"read_id": new_id(), "epc": "E200", "last_seen_at": "2026-03-02T09:00:00Z"}],
    }


class TestRole:
    """technician: scan; stockroom: scan, custody; auditor: audits, findings; approver: sign a
    closure; admin: all; reader: post reads and scans only; viewer: read only."""

    @pytest.mark.parametrize(
        "role", ["technician", "stockroom", "auditor", "approver", "admin", "viewer"]
    )
    @pytest.mark.parametrize("path", READS)
    def test_reads(self, clients, role, path):
        assert clients[role].get(path).status == 200

    @pytest.mark.parametrize("path", READS)
    def test_reader_reads_nothing(self, clients, path):
        assert_problem(clients["reader"].get(path), 403, "not_allowed")

    def test_scans(self, clients):
        allowed = {
            role for role, c in clients.items() if self.ask(c, "/scans", {"scans": []}) != 403
        }

        assert allowed == {"technician", "stockroom", "auditor", "admin", "reader"}

    def test_posts_reads(self, clients):
        asked = {r: self.ask(c, "/reads", make_read("nobody")) for r, c in clients.items()}

        assert {role for role, status in asked.items() if status != 403} == {"admin", "reader"}

    def test_edits_the_register(self, clients):
        for path in ("/assets", "/locations", "/people"):
            allowed = {role for role, c in clients.items() if self.ask(c, path, {}) != 403}
            assert allowed == {"stockroom", "admin"}

    def test_runs_audits(self, clients):
        for path in (
            "/audits",
            "/audits/1/counting",
            "/audits/1/reconciliation",
            "/audits/1/revision",
        ):
            allowed = {role for role, c in clients.items() if self.ask(c, path, {}) != 403}
            assert allowed == {"auditor", "admin"}

    def test_decides_findings(self, clients):
        asked = {r: c.patch("/audits/999999/findings/1", {}).status for r, c in clients.items()}

        assert {role for role, status in asked.items() if status != 403} == {"auditor", "admin"}

    def test_signs_a_closure(self, clients):
        asked = {r: self.ask(c, "/audits/999999/closure", None) for r, c in clients.items()}

        allowed = {role for role, status in asked.items() if status != 403}
        assert allowed == {"approver", "auditor", "admin"}

    @staticmethod
    def ask(client: Client, path: str, body) -> int:
        return client.post(path, body).status


class TestProblem:
    @pytest.mark.parametrize(
        ("method", "path", "status", "code"),
        [
            ("GET", "/nothing", 404, "not_found"),
            ("GET", "/assets/NO-SUCH-ASSET", 404, "not_found"),
            ("GET", "/assets/NO-SUCH-ASSET/history", 404, "not_found"),
            ("GET", "/locations/NOWHERE", 404, "not_found"),
            ("GET", "/people/NOBODY", 404, "not_found"),
            ("GET", "/audits/999999", 404, "not_found"),
            ("GET", "/audits/999999/findings", 404, "not_found"),
            ("GET", "/audits/999999/report.json", 404, "not_found"),
            ("POST", "/audits/999999/counting", 404, "not_found"),
            ("POST", "/audits/999999/closure", 404, "not_found"),
            ("DELETE", "/assets", 405, "method_not_allowed"),
            ("PUT", "/scans", 405, "method_not_allowed"),
            ("PATCH", "/assets/NO-SUCH-ASSET", 422, "not_json"),
            ("POST", "/scans", 422, "not_json"),
            ("POST", "/decodes", 422, "one_image"),
        ],
    )
    def test_has_one_shape(self, api, method, path, status, code):
        answer = api.send(method, f"/api/v1{path}")

        assert_problem(answer, status, code)
        if status == 405:
            assert "GET" in answer.headers["Allow"]

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ("", "bad_json"),
            ("{", "bad_json"),
            ('{"scans": NaN}', "bad_json"),
            ("[" * 100_000, "bad_json"),
            ('{"scans": [], "scans": []}', "bad_json"),
            ('{"scans": "\\ud800"}', "bad_json"),
            ("[]", "invalid"),
            ("{}", "invalid"),
            ('{"scans": {}}', "invalid"),
            ('{"scans": [], "more": 1}', "invalid"),
        ],
        ids=lambda value: value[:20],
    )
    def test_says_what_a_body_is_not(self, api, body, code):
        answer = api.send("POST", "/api/v1/scans", body, {"Content-Type": "application/json"})

        assert_problem(answer, 422, code)

    def test_takes_a_charset_beside_the_type(self, api):
        kind = {"Content-Type": "application/json; charset=utf-8"}
        scan = {"scan_id": new_id(), "code": "Zoë-ä", "intent": "lookup",
                "scanned_at": "2026-03-02T09:00:00Z"}  # fmt: skip

        answer = api.send("POST", "/api/v1/scans", json.dumps({"scans": [scan]}), kind)

        assert answer.status == 200

    def test_refuses_what_is_too_large(self, api):
        body = json.dumps({"scans": [{"code": "x" * 6_000_000}]})

        assert_problem(
            api.send("POST", "/api/v1/scans", body, {"Content-Type": "application/json"}),
            413,
            "too_large",
        )

    def test_keeps_its_shape_for_a_trailing_slash_and_a_head(self, api):
        assert_problem(api.send("GET", "/api/v1/assets/"), 404)
        head = api.send("HEAD", "/api/v1/assets")
        assert (head.status, head.data) == (200, b"")


class TestList:
    @pytest.mark.parametrize("path", ["/assets", "/locations", "/people", "/audits", "/scans"])
    def test_has_items_and_next_and_takes_limit_and_cursor(self, api, path):
        for n in range(2):
            api.post("/assets", {"asset_tag": f"LIST-{n}{path[1:]}"})
            api.post("/locations", {"name": f"List {n} {path[1:]}"})
            api.post("/people", {"name": f"List {n} {path[1:]}"})
            api.post("/audits", {"name": f"List {n}"})
            api.scan("LIST", "lookup")

        page = api.get(f"{path}?limit=1").json
        assert page.keys() == {"items", "next"}
        following = api.get(f"{path}?limit=1&cursor={page['next']}").json

        assert isinstance(page["next"], str)
        assert len(page["items"]) == len(following["items"]) == 1
        assert page["items"] != following["items"]

    @pytest.mark.parametrize("path", ["/assets", "/locations", "/people", "/audits", "/scans"])
    @pytest.mark.parametrize("query", ["limit=501", "limit=0", "limit=-1", "limit=1.5", "cursor=~"])
    def test_refuses_what_is_out_of_bounds(self, api, path, query):
        body = assert_problem(api.get(f"{path}?{query}"), 422)

        assert list(body["errors"]) == [query.partition("=")[0]]


class TestHealth:
    def test_is_told_to_everybody(self, service):
        bare = Client(service.port)

        for path, status in (("/healthz", "ok"), ("/readyz", "ready")):
            answer = bare.send("GET", path)
            assert (answer.status, answer.json["status"]) == (200, status)

    def test_counts_over_all_workers(self, service, api):
        bare = Client(service.port)

        def count() -> float:
            text = bare.send("GET", "/metrics").text
            [line] = re.findall(
                r'scanner_scans_total\{outcome="noted",status="recorded"\} (\S+)', text
            )
            return float(line)

        tag = "METRICS-1"
        api.post("/assets", {"asset_tag": tag})
        api.scan(tag, "lookup")
        before = count()
        for _ in range(12):
            api.scan(tag, "lookup")

        # Asked more than once: whichever worker answers knows of both.
        assert {count() for _ in range(6)} == {before + 12}

    def test_is_the_exposition_format(self, service):
        answer = Client(service.port).send("GET", "/metrics")

        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("text/plain; version=")
        for line in answer.text.splitlines():
            assert re.fullmatch(
                r"# (HELP|TYPE) scanner_\w+ .+|scanner_\w+(\{.*\})? [-+.\deInf]+", line
            )


class TestDescription:
    def test_is_openapi_and_names_what_the_contract_names(self, service):
        document = Client(service.port).get("/openapi.json").json

        assert document["openapi"].startswith("3.")
        paths = {re.sub(r"\{\w+\}", "{}", path): verbs for path, verbs in document["paths"].items()}
        for route in [
            "\n            POST /scans",
            " GET /scans",
            " GET /identify",
            " POST /decodes",
            " POST /reads",
            "\n            GET /assets",
            " POST /assets",
            " GET /assets/{}",
            " PATCH /assets/{}",
            " GET /assets/{}/history",
            "\n            GET /locations",
            " POST /locations",
            " GET /locations/{}",
            " PATCH /locations/{}",
            "\n            GET /people",
            " POST /people",
            " GET /people/{}",
            " PATCH /people/{}",
            "\n            GET /audits",
            " POST /audits",
            " GET /audits/{}",
            " POST /audits/{}/counting",
            "\n            POST /audits/{}/reconciliation",
            " GET /audits/{}/findings",
            " PATCH /audits/{}/findings/{}",
            "\n            POST /audits/{}/closure",
            " POST /audits/{}/revision",
            " GET /audits/{}/report.{}\n        ",
        ]:
            verb, path = route.split()
            assert verb.lower() in paths[f"/api/v1{path}"], route
