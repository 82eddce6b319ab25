"""`scanner-app epc`: what is written on tags, held against the published vectors."""

from __future__ import annotations

import csv
import json
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from scanner_app.cli.epc import commands as command
from scanner_app.cli.epc import table as epc_table
from scanner_app.decoding.epc.writing import list_schemes
from tests.support.register import add_asset

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
VECTOR_FILE = Path(__file__).parents[1] / "decoding" / "epc" / "epc_vectors.csv"
with VECTOR_FILE.open(newline="", encoding="utf-8") as _file:
    VECTORS = [v for v in csv.DictReader(_file) if v["scheme"] in list_schemes()]
TDS1 = [v for v in VECTORS if v["pure_identity_uri"]]
# Two that GS1's translator wrote have a wrong check digit: a tag may hold it, nobody should write it.
WRONG = {"V33", "V38"}
WRITABLE = [v for v in VECTORS if v["id"] not in WRONG]


def run(*words: str, fails: bool = False) -> Result:
    result = CliRunner().invoke(command.epc_command, list(words))
    assert (result.exit_code != 0) == fails, result.output
    return result


def encode(*words: str) -> dict:
    return json.loads(run("encode", "--json", *words).stdout)


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("SCANNER_GS1_COMPANY_PREFIX", raising=False)


@pytest.fixture
def office(app, work, monkeypatch):
    """Four laptops; the commands use the test's database."""

    @contextmanager
    def this_app():
        with app.app_context():
            yield app

    monkeypatch.setattr(command, "open_app", this_app)
    monkeypatch.setattr(epc_table, "open_app", this_app)
    monkeypatch.setenv("SCANNER_GS1_COMPANY_PREFIX", "9521141")
    with work() as session:
        add_asset(session, "42", now=NOW, name="Dell Latitude")
        add_asset(session, "IT-000042", now=NOW, serial="SER-9")
        add_asset(session, "LT 1", now=NOW)
        add_asset(session, "OLD", now=NOW, identifiers=[("giai", "95211417")])


class TestEncodeValue:
    @pytest.mark.parametrize("vector", TDS1, ids=[v["id"] for v in TDS1])
    def test_writes_every_vector_from_its_identity(self, vector):
        made = encode(
            vector["pure_identity_uri"], "--scheme", vector["scheme"], "--filter", vector["filter"]
        )

        wanted = vector["epc_hex"]
        assert made["hex"] == wanted + "0" * (-len(wanted) % 4)
        assert made["tag_uri"] == vector["tag_uri"]
        assert made["element_string"] == vector["element_string"]

    @pytest.mark.parametrize("vector", WRITABLE, ids=[v["id"] for v in WRITABLE])
    def test_writes_every_vector_from_its_elements(self, vector):
        uri = vector["pure_identity_uri"]
        prefix = uri.split(":")[4].split(".")[0] if uri else "0614141"

        made = encode(
            vector["element_string"],
            *("--scheme", vector["scheme"], "--filter", vector["filter"], "--prefix", prefix),
        )

        wanted = vector["epc_hex"]
        assert made["hex"] == wanted + "0" * (-len(wanted) % 4)
        assert made["bits"] <= len(made["hex"]) * 4 < made["bits"] + 16

    def test_a_tag_uri_names_its_scheme(self):
        made = encode("urn:epc:tag:giai-202:3.0614141.5678")

        assert (made["scheme"], made["filter"]) == ("giai-202", 3)

    def test_says_what_it_takes(self):
        assert "reference" in str(run("encode", "hello", fails=True).exception)
        assert "GS1 key" in str(run("encode", "urn:epc:id:gid:1.2.3", fails=True).exception)

    def test_a_scheme_that_needs_the_prefix_says_so(self):
        done = run("encode", "(8003)006141411234525678", "--scheme", "grai-96", fails=True)

        assert "enter the prefix. It fits into grai+ (90 bits)" in done.output

    def test_a_wrong_check_digit_is_told(self):
        done = run("encode", "(01)80614141123459(21)1", "--prefix", "0614141", fails=True)

        assert "check digit" in done.output


class TestEncodeReference:
    @pytest.mark.parametrize(
        ("reference", "scheme", "bits"),
        [("42", "giai-96", 96), ("0042", "giai+", 60), ("IT-000042", "giai+", 100)],
    )
    def test_takes_the_smallest_scheme_that_holds_it(self, reference, scheme, bits):
        made = encode("--reference", reference, "--prefix", "9521141")

        assert (made["scheme"], made["bits"]) == (scheme, bits)
        assert made["pure_identity_uri"] == f"urn:epc:id:giai:9521141.{reference}"
        assert made["digital_link"] == f"https://id.gs1.org/8004/9521141{reference}"

    def test_a_scheme_that_is_too_small_names_those_that_are_not(self):
        done = run(
            *("encode", "--reference", "IT-000042", "--prefix", "9521141", "--scheme", "giai-96"),
            fails=True,
        )

        assert "giai+ (100 bits) or giai-202 (202 bits)" in done.output

    @pytest.mark.parametrize("reference", ["A" * 24, "9" * 24, "LT#1", "LT 1"])
    def test_what_no_scheme_holds_is_told_with_each_reason(self, reference):
        done = run("encode", "--reference", reference, "--prefix", "9521141", fails=True)

        assert all(f"{scheme}: " in done.output for scheme in ("giai-96", "giai+", "giai-202"))

    @pytest.mark.parametrize(
        ("prefix", "words"), [("", "SCANNER_GS1_COMPANY_PREFIX"), ("12", "6 to 12 digits")]
    )
    def test_needs_a_company_prefix(self, prefix, words):
        done = run("encode", "--reference", "42", "--prefix", prefix, fails=True)

        assert words in str(done.exception)

    def test_a_bank_of_more_than_96_bits_is_pointed_out(self):
        assert "112 bits" in run("encode", "--reference", "IT-000042", "--prefix", "9521141").stderr
        assert "Check" not in run("encode", "--reference", "42", "--prefix", "9521141").stderr


@pytest.mark.usefixtures("office")
class TestEncodeAsset:
    def test_makes_a_giai_of_the_prefix_and_the_tag(self):
        made = encode("--asset", "42")

        assert (made["asset"], made["element_string"]) == ("42", "(8004)952114142")

    def test_finds_the_asset_by_any_of_its_codes(self):
        assert encode("--asset", "ser-9")["asset"] == "IT-000042"

    def test_keeps_the_key_that_the_asset_has(self):
        assert encode("--asset", "old")["element_string"] == "(8004)95211417"

    def test_refuses_an_identity_that_another_asset_has(self, work):
        with work() as session:
            add_asset(session, "7", now=NOW)

        done = run("encode", "--asset", "7", fails=True)

        assert "OLD already has the identity" in str(done.exception)

    def test_an_asset_that_is_not_there_is_told(self):
        assert "No asset" in str(run("encode", "--asset", "NOPE", fails=True).exception)


@pytest.mark.usefixtures("office")
class TestEncodeTable:
    def encode(self, tmp_path: Path, text: str, *words: str) -> tuple[int, list[dict]]:
        source, target = tmp_path / "in.csv", tmp_path / "out.csv"
        source.write_text(text, encoding="utf-8")
        done = CliRunner().invoke(
            command.epc_command, ["encode", "--csv", str(source), "-o", str(target), *words]
        )
        assert done.exit_code in {0, 1}, done.output
        with target.open(newline="", encoding="utf-8") as file:
            return done.exit_code, list(csv.DictReader(file))

    def test_encodes_the_export_of_the_register(self, tmp_path):
        code, rows = self.encode(
            tmp_path, "Asset Tag,Asset Name\r\n42,Dell\r\nIT-000042,HP\r\nOLD,IBM\r\n"
        )

        assert code == 0
        assert [row["Asset Name"] for row in rows] == ["Dell", "HP", "IBM"]
        assert [row["element_string"] for row in rows] == [
            "(8004)952114142",
            "(8004)9521141IT-000042",
            "(8004)95211417",
        ]

    def test_a_row_that_cannot_be_says_why_and_spoils_no_other(self, tmp_path):
        code, rows = self.encode(
            tmp_path,
            "asset_tag,reference,scheme,filter\n"
            "42,,,\nNOPE,,,\nLT 1,,,\n,5,giai-96,9\n,5,giai-95,\n,,,\n,42,,\n,7,,\n",
        )

        assert code == 1
        errors = [row["error"] for row in rows]
        assert errors[0] == ""
        assert "No asset" in errors[1]
        assert "cannot hold" in errors[2]
        assert "filter" in errors[3]
        assert "giai-95" in errors[4]
        assert "The row is empty" in errors[5]
        assert "42 has this identity" in errors[6] or "line 2" in errors[6]
        assert "OLD already has this identity" in errors[7]
        assert all(bool(row["epc_hex"]) != bool(row["error"]) for row in rows)

    def test_an_epc_is_given_once(self, tmp_path):
        _, rows = self.encode(tmp_path, "reference\n11\n12\n11\n")

        assert "line 2" in rows[2]["error"]
        assert [bool(row["epc_hex"]) for row in rows] == [True, True, False]

    def test_what_is_no_such_table_is_told(self, tmp_path):
        source = tmp_path / "in.csv"
        for text in (b"", b"name\nx\n", b'asset_tag\n"open\n', b"asset_tag\n\xff\n"):
            source.write_bytes(text)

            done = run("encode", "--csv", str(source), fails=True)

            assert "in.csv" in str(done.exception), text


class TestDecode:
    @pytest.mark.parametrize("vector", VECTORS, ids=[v["id"] for v in VECTORS])
    def test_says_what_every_vector_holds(self, vector):
        line = json.loads(run("decode", "--json", vector["epc_hex"]).stdout)

        assert line["scheme"] == vector["scheme"]
        assert line["element_string"] == vector["element_string"]

    def test_a_number_of_no_scheme_is_explained(self):
        done = run("decode", "E28011700000020D1F2A4C55", "3474257BF40000000000162E", fails=True)

        assert "off the shelf" in done.stdout
        assert "giai:06141415678" in done.stdout
