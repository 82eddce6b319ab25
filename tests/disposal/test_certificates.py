"""Certificates: what they say, thirty alterations that are each named, and both checks."""

from __future__ import annotations

import copy
import importlib.util
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from scanner_app.cli.certificates import certificates_command
from scanner_app.domain.seals.report import BrokenSeal, SigningKey, seal_report, verify_report
from scanner_app.services.disposal.confirmation import add_document, confirm_list, decide_item
from scanner_app.services.disposal.consignments import add_transfer
from tests.disposal.steps import (
    ALICE,
    KEY,
    PAPER,
    TAKEN,
    at,
    close,
    hand_out,
    in_work,
    open_one,
    read_certificate,
    record,
    retire_and_erase,
    scan_all,
    verify,
)
from tests.disposal.test_consignments import item_ids

ROOT = Path(__file__).resolve().parents[2]
TWO = ["OLD-01", "OLD-02"]


def load_checker():
    spec = importlib.util.spec_from_file_location(
        "verify_certificate", ROOT / "static" / "verify_certificate.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


CHECKER = load_checker()


@pytest.fixture
def text(app, post, desk) -> str:
    number = open_one(app)
    retire_and_erase(app, post, TWO)
    scan_all(post, number, TWO, "pack", minute=5)
    hand_out(app, post, number, TWO)
    in_work(app, add_transfer, number, {**TAKEN, "to_party": "Green IT"}, actor=ALICE, now=at(13))
    listed = "Serial,Weight kg,Disposition\nSN-OLD-01,1.8,resold\n"
    in_work(app, confirm_list, number, listed, actor=ALICE, now=at(14))
    in_work(app, add_document, number, PAPER, actor=ALICE, now=at(15))
    ids = item_ids(app, number)
    for tag, values in (
        ("OLD-02", {"decision": "accept", "reason": "Their list has a hole"}),
        ("OLD-01", {"proceeds": "150.00"}),
    ):
        in_work(
            app, decide_item, number, item_id=ids[tag], values=values, actor=ALICE, now=at(16)
        )  # fmt: skip
    return read_certificate(app, close(app, number))


@pytest.fixture
def check(tmp_path, capsys):
    """`check(text)` runs the stand-alone program, and returns its exit and what it said."""

    def run(text: str, *words: str):
        path = tmp_path / "certificate.json"
        path.write_text(text)
        return CHECKER.main([str(path), *words]), capsys.readouterr().err

    return run


def change(path: str, value):
    """Return an edit of one value, by its path; `None` takes it away."""

    def edit(body):
        *before, last = [int(one) if one.isdigit() else one for one in path.split(".")]
        for one in before:
            body = body[one]
        if value is None:
            del body[last]
        else:
            body[last] = value

    return edit


def swap(body):
    body["items"].reverse()


def add_item(body):
    body["items"].append(copy.deepcopy(body["items"][0]))


TRY = "items.0.sanitizations.0"
# Each: what is altered, and how both checks name it.
ALTERATIONS = [
    (change("items.0.weight_g", 1900), "items (OLD-01)"),
    (change("items.1.weight_g", 5), "items (OLD-02)"),
    (change("items.0.serial", "SN-X"), "items (OLD-01)"),
    (change("items.0.asset_tag", "OLD-09"), "items (OLD-09)"),
    (change("items.0.proceeds", "15.00"), "items (OLD-01)"),
    (change("items.0.disposition", "recycled"), "items (OLD-01)"),
    (change("items.0.needed", "clear"), "items (OLD-01)"),
    (change("items.1.confirmed", "received"), "items (OLD-02)"),
    (change(f"{TRY}.reached", "destroy"), "items (OLD-01)"),
    (change(f"{TRY}.technique", "shred"), "items (OLD-01)"),
    (change(f"{TRY}.serial", "DISK-X"), "items (OLD-01)"),
    (change(f"{TRY}.validated_by", "Mallory"), "items (OLD-01)"),
    (change(f"{TRY}.performed_at", "2026-03-02T09:00:00.000000Z"), "items (OLD-01)"),
    (change(f"{TRY}.tool_version", "9"), "items (OLD-01)"),
    (change("items.1", None), "items (one added, taken away or moved)"),
    (swap, "items (one added, taken away or moved)"),
    (add_item, "items (one added, taken away or moved)"),
    (change("certificate.number", "C-2026-9"), "certificate"),
    (change("certificate.issued_at", "2025-01-01T00:00:00.000000Z"), "certificate"),
    (change("organization.name", "Other Ltd"), "organization"),
    (change("consignment.recipient", "Other"), "consignment"),
    (change("consignment.schemes.0.number", "R2-78"), "consignment"),
    (change("differences.0.reason", "None"), "differences (OLD-02)"),
    (change("differences.0.decided_by", "Bob"), "differences (OLD-02)"),
    (change("chain.0.person", "Mallory"), "chain (step 1)"),
    (change("chain.1.sha256", "0" * 64), "chain (step 2)"),
    (change("chain.0", None), "chain (one added, taken away or moved)"),
    (change("attachments.0.sha256", "cd" * 32), "attachments (sale.pdf)"),
    (change("people.0.name", "Mallory"), "people (Mallory)"),
    (change("scans.items.0.leaf.actor", "user:99"), "scans ("),
    (change("scans.root", "0" * 64), "scans"),
    (change("number", 7), "number"),
    (change("previous", {"number": 1}), "previous"),
    (change("format", "scanner-app certificate 2"), "format"),
    (change("differences", None), "differences (removed)"),
    (change("extra", 1), "extra (added)"),
]


SEAL_ALTERATIONS = [
    ("signature", "A" * 86 + "==", "signature"),
    ("sha256", "0" * 64, "content"),
    ("key_id", "0" * 16, "key_id"),
    ("algorithm", "RSA", "seal"),
    ("public_key", "x", "seal"),
]
# What was sealed although it may not be, and how the stand-alone check says so.
WRONG = [
    (change(f"{TRY}.reached", "clear"), "items: OLD-01 needs purge"),
    (change(f"{TRY}.validation", "verified"), "is not accepted"),
    (change(f"{TRY}.validated_person", "user:12"), "one person did two steps"),
    (change("items.0.sanitizations", []), "OLD-01 was never erased"),
    (change("chain.1.previous_sha256", "0" * 64), "step 2 does not follow"),
    (change("chain.0.person", "Mallory"), "step 1 has another hash"),
    (change("differences.0.decision", "search"), "OLD-02 is not decided"),
    (change("scans.count", 3), "scans: the root is another"),
    (change("people.0.person", "user:11"), "who packed also"),
]


@pytest.mark.either_database
class TestAlterations:
    def test_are_each_named_by_both_checks(self, text, check):
        assert len(ALTERATIONS) >= 30
        for edit, named in ALTERATIONS:
            body = json.loads(text)
            edit(body)
            altered = json.dumps(body)
            with pytest.raises(BrokenSeal, match=re.escape(named)):
                verify_report(altered.encode())
            code, said = check(altered)
            assert (code, named in said) == (1, True), (named, said)

    def test_of_the_seal_are_found(self, text, check):
        for name, value, said in SEAL_ALTERATIONS:
            body = json.loads(text)
            body["seal"][name] = value
            with pytest.raises(BrokenSeal):
                verify_report(json.dumps(body).encode())
            code, told = check(json.dumps(body))
            assert (code, f"ALTERED: {said}" in told) == (1, True), told


def reseal(text: str, edit, key: SigningKey) -> str:
    body = json.loads(text)
    edit(body)
    bare = {name: part for name, part in body.items() if name not in {"seal", "parts"}}
    return seal_report(strip(bare), key).text


def strip(value):
    """Return a value without the hashes of items, as it was before it was sealed."""
    if isinstance(value, dict):
        return {name: strip(one) for name, one in value.items() if name != "digest"}
    return [strip(one) for one in value] if isinstance(value, list) else value


class TestContent:
    def test_is_checked_even_if_it_is_sealed(self, text, check):
        for edit, said in WRONG:
            code, told = check(reseal(text, edit, KEY))
            assert (code, said in told) == (1, True), (said, told)

    def test_says_who_did_what_and_what_came_of_it(self, text):
        body = json.loads(text)
        first, second = body["items"]

        assert [body["certificate"][name] for name in ("number", "kind")] == [
            "C-2026-1",
            "disposal",
        ]
        assert (first["weight_g"], first["proceeds"], first["needed"]) == (1800, "150.00", "purge")
        tried = first["sanitizations"][0]
        names = [tried[f"{did}_by"] for did in ("performed", "verified", "validated")]
        assert names == ["Tom", "Alice", "Carol"]
        assert second["confirmed"] == "missing"
        assert [one["to_party"] for one in body["chain"]] == ["Van Ltd", "Green IT"]
        assert body["scans"]["count"] == 4
        assert {one["did"]: one["name"] for one in body["people"]} == {
            "opened": "Alice",
            "signed": "Bob",
            "handed_over": "Alice",
            "confirmed": "Alice",
            "closed": "Carol",
        }


@pytest.mark.either_database
class TestChecks:
    def test_pass_what_is_untouched_with_its_key_alone(self, text, check, tmp_path):
        own, other = tmp_path / "own.pem", tmp_path / "other.pem"
        own.write_text(KEY.public_pem)
        other.write_text(SigningKey.make().public_pem)

        assert check(text)[0] == 0
        assert check(text, "--key", str(own))[0] == 0
        code, said = check(text, "--key", str(other))
        assert (code, "another key" in said) == (1, True)
        assert check("[]")[0] == 2

    def test_look_at_papers_that_lie_beside_it(self, text, check, tmp_path):
        (tmp_path / "sale.pdf").write_bytes(b"another")

        code, said = check(text)

        assert (code, "attachments: sale.pdf" in said) == (1, True)

    def test_of_the_command_line_exit_alike(self, text, tmp_path):
        path, key = tmp_path / "c.json", tmp_path / "key.pem"
        key.write_text(SigningKey.make().public_pem)
        found = []
        altered = text.replace('"weight_g":1800', '"weight_g":1801')
        for content, words in ((text, []), (altered, []), (text, ["--key", str(key)]), ("x", [])):
            path.write_text(content)
            result = CliRunner().invoke(certificates_command, ["verify", str(path), *words])
            found.append((result.exit_code, result.output))

        assert [code for code, _ in found] == [0, 1, 1, 2]
        assert "altered in items (OLD-01)" in found[1][1]


@pytest.mark.either_database
def test_a_medium_that_stays_inside_gets_one_as_it_is_accepted(app, page_as, desk, check):
    number = record(app, "LT-1", minute=1, destination="reuse")
    verify(app, number, minute=2)

    answer = page_as("auditor").post(f"/sanitizations/{number}/validation", data={"step": "accept"})
    text = read_certificate(app, "C-2026-1")

    assert answer.status_code == 303
    assert json.loads(text)["certificate"]["kind"] == "sanitization"
    assert check(text)[0] == 0
