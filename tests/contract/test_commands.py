"""The contract's Commands and settings: what is typed, what is printed, how it ends."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import sys
import time
from importlib.metadata import entry_points

import pytest
import xlsxwriter

from tests.contract.client import ROOT, Client, Service
from tests.contract.conftest import ROLES
from tests.contract.test_register_and_pictures import draw, save

COMMANDS = [
    (["serve"], ["--host", "--port", "--http", "--https", "--workers", "--no-worker"]),
    (["worker"], ["--once"]),
    (["users", "add"], ["EMAIL", "--role", "--name", "--password-stdin", *ROLES]),
    (["tokens", "add"], ["NAME", "--role", *ROLES, "--owner"]),
    (["import"], ["assets|locations|people", "FILE", "--dry-run"]),
    (["audits", "verify"], ["REPORT", "--key", "--checkpoint", "--all"]),
    (["log", "verify"], ["--from", "--tree"]),
    (["log", "checkpoint"], []),
    (["log", "proof"], ["SCAN_ID"]),
    (["db", "upgrade"], []),
    (["decode"], ["FILE|FOLDER..."]),
    (["backup"], ["FILE"]),
    (["restore"], ["FILE"]),
    (["demo"], []),
]


@pytest.fixture
def apart(tmp_path) -> Service:
    """An instance of its own, not started."""
    return Service(tmp_path, workers=1)


class TestScripts:
    def test_have_the_names_of_the_contract(self):
        scripts = {e.name: e.value for e in entry_points(group="console_scripts")}

        assert scripts["scanner-app"] == "scanner_app.cli:main"
        assert scripts["scanner-readers"] == "hardware.cli:main"

    @pytest.mark.parametrize("target", ["run", "test"])
    def test_make_has_the_two_targets(self, target):
        text = (ROOT / "Makefile").read_text()

        assert re.search(rf"^{target}:.*## ", text, re.MULTILINE)

    def test_tell_their_words(self, service):
        helps = service.run_all(*([*words, "--help"] for words, _ in COMMANDS))

        for (words, options), done in zip(COMMANDS, helps, strict=True):
            told = " ".join(done.stdout.split())
            assert done.returncode == 0, words
            assert [option for option in options if option not in told] == [], words

    def test_end_with_2_for_what_they_do_not_know(self, service):
        wrong = [["frobnicate"], ["users", "add", "x@example.org", "--role", "king"], ["import"]]

        assert [done.returncode for done in service.run_all(*wrong)] == [2, 2, 2]

    @pytest.mark.parametrize("words", [["list"], ["list", "--kinds"]])
    def test_of_the_readers_say_what_is_plugged_in(self, words, tmp_path):
        done = subprocess.run(
            [sys.executable, "-c", "from hardware.cli import main; raise SystemExit(main())", *words],
            cwd=ROOT, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip

        assert done.returncode == 0, done.stderr
        assert done.stdout.strip()

    def test_of_the_readers_name_the_settings_that_are_not_there(self, tmp_path):
        done = subprocess.run(
            [sys.executable, "-c", "from hardware.cli import main; raise SystemExit(main())",
             "run", "--config", str(tmp_path / "readers.toml")],
            cwd=ROOT, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip

        assert done.returncode != 0
        assert "readers.toml" in done.stderr
        assert "Traceback" not in done.stderr


class TestSettings:
    def test_stop_the_start_by_their_name(self, apart):
        wrong = {
            "SCANNER_DATABSE_URL": "x",
            "SCANNER_DATABASE_URL": "mysql://x",
            "SCANNER_SECRET_KEY": "short",
            "SCANNER_SECRET_KEY_FILE": "/none",
        }

        ends = apart.run_all(
            *[["serve", "--http"]] * len(wrong), environs=[dict([pair]) for pair in wrong.items()]
        )

        for name, done in zip(wrong, ends, strict=True):
            assert done.returncode == 2
            assert name in done.stderr
            assert "Traceback" not in done.stderr

    def test_have_the_defaults_of_the_contract(self, service):
        assert (service.instance / "scanner.sqlite3").is_file()
        key = service.instance / "secret-key"
        assert len(key.read_text()) >= 32
        assert key.stat().st_mode & 0o077 == 0


class TestTokens:
    def test_are_printed_alone_and_once(self, service):
        done = service.run("tokens", "add", "Nightly export", "--role", "viewer")

        assert re.fullmatch(r"\S+\n", done.stdout)
        assert Client(service.port, token=done.stdout.strip()).get("/assets").status == 200
        assert done.stdout.strip() not in service.run("tokens", "list").stdout


class TestImport:
    def test_shows_first_and_then_takes_all(self, service, api, tmp_path, name):
        place, number, tag = name("PLACE"), name("P"), name("A")
        files = {
            "locations": f"code,name,parent\n{place},Store {place},\n,Shelf of {place},{place}\n",
            "people": f"employee number,first,last,email,username,badge\n"
            f"{number},Ana,Žilina,{number}@example.org,u{number},B{number}\n",
            "assets": f"Asset Tag,Serial,Location,Checked Out To\n{tag},S{tag},Store {place},{number}\n",
        }
        for kind, text in files.items():
            file = tmp_path / f"{kind}.csv"
            file.write_text(text)
            dry, done = service.run_all(
                ["import", kind, str(file), "--dry-run"], ["import", kind, str(file)]
            )
            assert "created" in dry.stdout
            assert (dry.returncode, done.returncode) == (0, 0), done.stderr

        shown = api.get(f"/assets/{tag}").json
        assert (shown["location"], shown["custodian"], shown["serial_number"]) == (
            place, number, f"S{tag}",
        )  # fmt: skip
        assert [
            i["parent"]
            for i in api.get(f"/locations?q=Shelf of {place}".replace(" ", "%20")).json["items"]
        ] == [place]

    def test_finds_people_every_way_and_reads_xlsx(self, service, api, tmp_path, name):
        number = name("P")
        ways = [number, f"{number}@example.org", f"u{number}", f"Ana {number}"]
        api.create("/people", number=ways[0], email=ways[1], username=ways[2], name=ways[3])
        tags = [name("A") for _ in ways]
        book = tmp_path / "assets.xlsx"
        with xlsxwriter.Workbook(book) as workbook:
            sheet = workbook.add_worksheet()
            for row, cells in enumerate(
                [("Asset Tag", "Checked Out To"), *zip(tags, ways, strict=True)]
            ):
                sheet.write_row(row, 0, cells)

        service.run("import", "assets", str(book))

        assert [api.get(f"/assets/{tag}").json["custodian"] for tag in tags] == [number] * 4

    def test_changes_nothing_on_a_dry_run_or_where_a_row_is_refused(
        self, service, api, tmp_path, name
    ):
        tags = [name("A"), name("A")]
        good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
        good.write_text(f"Asset Tag\n{tags[0]}\n")
        bad.write_text(f"Asset Tag,Location\n{tags[0]},\n{tags[1]},Nowhere at all\n")

        dry, refused = service.run_all(
            ["import", "assets", str(good), "--dry-run"], ["import", "assets", str(bad)]
        )

        assert (dry.returncode, refused.returncode) == (0, 1)
        assert [api.get(f"/assets/{tag}").status for tag in tags] == [404, 404]


class TestDecode:
    def test_prints_a_line_for_each_symbol(self, service, tmp_path):
        folder = tmp_path / "pictures"
        folder.mkdir()
        (folder / "one.png").write_bytes(save(draw("LT-042", "R-204"), "PNG"))

        done = service.run("decode", str(folder))

        lines = [json.loads(line) for line in done.stdout.splitlines()]
        assert {line["text"] for line in lines} == {"LT-042", "R-204"}
        for line in lines:
            assert line.keys() >= {
                "file", "text", "bytes_base64", "symbology", "polygon", "identifier",
            }  # fmt: skip
            assert line["file"] == str(folder / "one.png")
            assert base64.b64decode(line["bytes_base64"]) == line["text"].encode()
            assert len(line["polygon"]) == 4

    def test_ends_with_1_where_a_file_is_no_picture(self, service, tmp_path):
        (tmp_path / "a.png").write_bytes(b"no picture")

        done = service.run("decode", str(tmp_path / "a.png"), check=False)

        assert done.returncode == 1
        assert json.loads(done.stdout)["error"]["message"]


class TestVerify:
    def test_takes_no_rubbish_for_a_report(self, service, tmp_path):
        texts = ["", "{}", "[]", "\x00", '{"seal": {}}', '{"seal": ']
        for index, text in enumerate(texts):
            (tmp_path / f"{index}.json").write_text(text)

        checked = service.run_all(
            *(["audits", "verify", str(tmp_path / f"{n}.json")] for n in range(len(texts)))
        )

        assert [done.returncode for done in checked] == [2, 2, 2, 2, 1, 1]
        assert not [done.stderr for done in checked if "Traceback" in done.stderr]


class TestService:
    """One start of an instance of its own: from nothing to a restored backup and a clean stop."""

    def test_comes_back_from_a_backup_and_stops_cleanly(self, apart, tmp_path):
        upgraded, made = apart.run_all(
            ["db", "upgrade"], ["tokens", "add", "first", "--role", "admin"]
        )
        assert upgraded.stdout.startswith("Schema at ")
        first = made.stdout.strip()
        apart.environ["SCANNER_LOG_JSON"] = "true"
        apart.start()
        api = Client(apart.port, token=first)
        api.create("/assets", asset_tag="KEPT")
        copy = tmp_path / "copy.sqlite3"
        apart.run("backup", str(copy))
        api.create("/assets", asset_tag="LOST")
        link = re.search(r"/links/(\S+)", apart.log.read_text())

        assert apart.stop() == 0
        with pytest.raises(OSError, match="refused"):
            api.get("/assets")
        assert list((apart.instance / "metrics").iterdir()) == []
        restored, refused = apart.run_all(["restore", str(copy)], ["demo"])
        apart.start()

        assert "kept as" in restored.stdout
        assert [api.get(f"/assets/{tag}").status for tag in ("KEPT", "LOST")] == [200, 404]
        assert (refused.returncode, "not empty" in refused.stderr) == (2, True)
        assert apart.stop() == 0
        self.check_log(apart.log.read_text(), first, link)

    def check_log(self, text: str, token: str, link: re.Match | None) -> None:
        entries = [line for line in text.splitlines() if line.startswith("{")]
        assert len(entries) > 5
        for line in entries:
            assert json.loads(line).keys() >= {"at", "level", "logger", "message"}
        assert token not in text
        assert link is not None, "the first start prints the admin's link"
        assert not [line for line in entries if link.group(1) in line]

    def test_refuses_a_backup_that_is_none(self, apart, tmp_path):
        (tmp_path / "no.sqlite3").write_text("no database")

        done = apart.run("restore", str(tmp_path / "no.sqlite3"), check=False)

        assert done.returncode == 2
        assert "not a backup" in done.stderr
        assert not (apart.instance / "scanner.sqlite3").exists()

    @pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
    def test_speaks_https_by_its_own_ca_unless_told_otherwise(self, apart):
        with apart.log.open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "scanner_app", "serve", "--host", "127.0.0.1", "--port",
                 str(apart.port), "--workers", "1"],
                cwd=ROOT, env=apart.environ, stdout=log, stderr=log,
            )  # fmt: skip
        try:
            command = ["openssl", "s_client", "-connect", f"127.0.0.1:{apart.port}", "-brief"]
            deadline = time.monotonic() + 60
            while True:
                told = subprocess.run(command, input=b"", capture_output=True, check=False)
                if told.returncode == 0:
                    break
                assert time.monotonic() < deadline, apart.log.read_text()
                time.sleep(0.2)
        finally:
            process.terminate()
            assert process.wait(timeout=60) == 0
        assert "https://" in apart.log.read_text()
