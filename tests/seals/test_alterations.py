"""The thirty alterations of a sealed record, each named by its reason, by two separate readings.

21 and 22 are of samples: `test_altered_samples.py`. Those that the database shows are in
`test_records.py` and `test_log.py`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from scanner_app.domain.audits.accuracy import ratio
from scanner_app.domain.audits.checked import check_links, check_report
from scanner_app.domain.audits.checking import count_figures
from scanner_app.domain.seals.canonical import dump_canonical, hash_canonical
from scanner_app.domain.seals.check import Broken
from scanner_app.domain.seals.merkle import root_of_items
from scanner_app.domain.seals.report import DIGEST, DIGITS, SEAL, SigningKey, without_digest
from tests.audits.conftest import fill_office
from tests.audits.steps import close, open_audit, reject_all, scan
from tests.seals.alter_people import (
    APPROVER,
    COUNTED,
    DECIDED,
    NOR_DECIDER,
    let_a_counter_close,
    reword_a_statement,
    say_that_the_approver,
    set_policy,
    sign_for_somebody,
    take_a_statement_out,
)
from tests.seals.closed_audits import (
    Change,
    Closed,
    flip_bit,
    seal_again,
    strip,
    write_folder,
)

SCRIPT = Path(__file__).parents[2] / "static" / "verify_audit.py"
STRANGER = SigningKey.make()


@pytest.fixture
def contents():
    return fill_office


def name_case(value: object) -> str | None:
    """Return the part of a test's name; a function has none, since its address is never the same."""
    return str(value) if isinstance(value, int | str) else None


def both(closed: Closed | None, text: bytes, folder: Path, *, key: str | None = None,
         pack: dict[str, bytes] | None = None, others: list[bytes] | None = None) -> str:  # fmt: skip
    """Return what both readings say of a report: they must agree. Empty: untouched."""
    files = {name: one for name, one in (pack or {}).items() if name != "report.json"}
    files["report.json"] = text
    write_folder(folder, files)
    paths = [folder / "report.json"]
    for number, other in enumerate(others or []):
        write_folder(folder / str(number), {"report.json": other})
        paths.append(folder / str(number) / "report.json")
    words = [sys.executable, "-I", str(SCRIPT), *map(str, paths)]
    if key is not None:
        (folder / "given.pem").write_text(key)
        words += ["--key", str(folder / "given.pem")]
    done = subprocess.run(words, capture_output=True, text=True, env={}, check=False, timeout=60)
    assert done.returncode in {0, 1}, done.stderr
    said = done.stderr.strip().removeprefix("ALTERED: ")
    assert bool(said) is (done.returncode == 1)
    assert ours(text, key, files, others or []) == said
    return said


def ours(text: bytes, key: str | None, files: dict[str, bytes], others: list[bytes]) -> str:
    sealed = json.loads(files["sealed.json"]) if "sealed.json" in files else None
    pictures = {
        name.removeprefix("pictures/").removesuffix(".jpg"): content
        for name, content in files.items()
        if name.startswith("pictures/")
    }
    try:
        one = check_report(text, public_pem=key, sealed=sealed, pictures=pictures)
        check_links([one, *(check_report(other, public_pem=key) for other in others)])
    except Broken as broken:
        return str(broken)
    return ""


def find(report: dict[str, Any], tag: str) -> dict[str, Any]:
    return next(f for f in report["findings"] if f["asset_tag"] == tag)


def freshen(item: dict[str, Any]) -> None:
    item[DIGEST] = hash_canonical(without_digest(item))[:DIGITS]


def set_in(tag: str, **values: Any) -> Change:
    return lambda report: find(report, tag).update(values)


def with_right_digest(report: dict[str, Any]) -> None:
    finding = find(report, "A-3")
    finding["decision"] = "accept"
    freshen(finding)


def items(report: dict[str, Any]) -> list[dict[str, Any]]:
    return report["scans"]["items"]


def swap(report: dict[str, Any]) -> None:
    rows = items(report)
    rows[0], rows[1] = rows[1], rows[0]


ADDED = "(one added, taken away or moved)"
# Number, alteration, reason. `SCAN` stands for the id of the first scan.
CONTENT = [
    (1, set_in("A-3", state="verified"), "content: findings (A-3)"),
    (2, set_in("A-3", decision="accept"), "content: findings (A-3)"),
    (3, set_in("A-3", reason="it is on loam"), "content: findings (A-3)"),
    (4, with_right_digest, f"content: findings {ADDED}"),
    (5, lambda r: items(r).pop(), f"content: scans {ADDED}"),
    (6, lambda r: items(r)[0]["leaf"].update(scanned_at="2026-03-02T10:00:01.000000Z"),
     "content: scans (SCAN)"),
    (7, lambda r: items(r)[0]["leaf"].update(actor="user:9"), "content: scans (SCAN)"),
    (8, swap, f"content: scans {ADDED}"),
    (9, lambda r: r["population"]["items"].pop(), "content: population"),
    (10, lambda r: r["figures"][0].update(part=r["figures"][0]["part"] + 1), "content: figures"),
    (11, lambda r: r["statements"][0].update(name="Eve"), "content: statements"),
    (12, lambda r: r["places"]["R-1"].update({"in": "R-2"}), "content: places"),
]  # fmt: skip


class TestUntouched:
    def test_records_pass_both_readings(self, closed, tmp_path):
        text = closed.pack["report.json"]

        said = both(
            closed, text, tmp_path, key=closed.key.public_pem, pack=closed.pack,
            others=closed.earlier,
        )  # fmt: skip

        assert said == ""
        report = json.loads(text)
        assert (report["format"], report["number"]) == ("scanner-app audit report 2", 3)
        kinds = {str(item["counts"]) for item in report["scans"]["items"]}
        assert kinds == {"True", "undone", "no_sighting"}

    def test_the_pack_has_the_signed_bytes_and_a_script_that_knows_nothing_of_us(self, closed):
        report = json.loads(closed.pack["report.json"])
        seal = report.pop(SEAL)

        closed.key.private.public_key().verify(closed.pack["body.sig"], closed.pack["body.json"])
        assert json.loads(closed.pack["body.json"]) == report
        assert closed.pack["key.pem"].decode() == seal["public_key"]
        assert [one["number"] for one in json.loads(closed.pack["chain.json"])] == [1, 2, 3]
        script = closed.pack["verify_audit.py"].decode()
        assert script == SCRIPT.read_text()
        assert "scanner_app" not in script
        assert script.count("\n") <= 150

    def test_a_picture_that_was_left_out_is_no_alteration(self, closed, tmp_path):
        files = {n: c for n, c in closed.pack.items() if not n.startswith("pictures/")}

        assert both(closed, files["report.json"], tmp_path, pack=files) == ""

    def test_what_is_not_a_report_of_this_format_is_not_called_altered(self, tmp_path):
        (tmp_path / "other.json").write_text('{"format": "something else"}')

        done = subprocess.run(
            [sys.executable, "-I", str(SCRIPT), str(tmp_path / "other.json")],
            capture_output=True, check=False, timeout=60,
        )  # fmt: skip

        assert done.returncode == 2


class TestOfAnAuditThatWasNeverCounted:
    """Frozen, and cancelled before counting started: nothing was expected yet."""

    @pytest.mark.parametrize("sample", [{"method": "none"}, {"method": "simple", "size": 3}])
    def test_passes_both_readings(self, api, filled, tmp_path, sample):
        audit = api.post("/audits", json={"name": "Spring", "scope": {}}).json["id"]
        api.put(f"/audits/{audit}/plan", json={"sample": sample})
        api.post(f"/audits/{audit}/freeze")
        api.post(f"/audits/{audit}/cancellation", json={"reason": "no time"})

        assert both(None, api.get(f"/audits/{audit}/report.json").data, tmp_path) == ""


class TestOfAClockThatIsAhead:
    def test_passes_both_readings_with_the_newer_arrival(self, api, filled, tmp_path):
        audit = open_audit(api)
        now = datetime.now(UTC)
        for place, ahead in (("HQ", 120), ("R-1", 60)):
            scanned_at = (now + timedelta(seconds=ahead)).isoformat()
            scan(api, "A-1", audit, place, scanned_at=scanned_at)
        api.post(f"/audits/{audit}/reconciliation")
        reject_all(api, audit)
        close(api, audit)

        text = api.get(f"/audits/{audit}/report.json").data
        leaves = [item["leaf"] for item in items(json.loads(text))]
        assert all(leaf["effective_at"] > leaf["recorded_at"] for leaf in leaves)
        assert both(None, text, tmp_path) == ""


class TestOfTheSeal:
    @pytest.mark.parametrize(("number", "change", "reason"), CONTENT, ids=name_case)
    def test_in_the_content_are_named(self, closed, tmp_path, number, change, reason):
        report = json.loads(closed.pack["report.json"])
        first = items(report)[0]["scan_id"]
        change(report)

        said = both(closed, json.dumps(report).encode(), tmp_path)

        assert said == reason.replace("SCAN", first)

    def test_13_with_all_hashes_made_right_fails_by_signature(self, closed, tmp_path):
        report = json.loads(closed.pack["report.json"])
        find(report, "A-3")["decision"] = "accept"
        forged = json.loads(seal_again(report, STRANGER))
        forged[SEAL] |= {n: report[SEAL][n] for n in ("signature", "key_id", "public_key")}

        said = both(closed, json.dumps(forged).encode(), tmp_path, key=closed.key.public_pem)

        assert said.startswith("signature: ")

    def test_14_signed_by_a_stranger_fails_by_key(self, closed, tmp_path):
        forged = seal_again(json.loads(closed.pack["report.json"]), STRANGER)

        said = both(closed, forged, tmp_path, key=closed.key.public_pem)

        assert said.startswith("key: ")

    def test_15_another_public_key_in_the_seal_fails_by_key_id(self, closed, tmp_path):
        report = json.loads(closed.pack["report.json"])
        report[SEAL]["public_key"] = STRANGER.public_pem

        assert both(closed, json.dumps(report).encode(), tmp_path).startswith("key_id: ")

    def test_16_one_bit_of_the_signature_fails_by_signature(self, closed, tmp_path):
        report = json.loads(closed.pack["report.json"])
        report[SEAL]["signature"] = flip_bit(report[SEAL]["signature"])

        assert both(closed, json.dumps(report).encode(), tmp_path).startswith("signature: ")

    def test_17_one_name_twice_fails_by_json(self, closed, tmp_path):
        text = closed.pack["report.json"].replace(b'{"accuracy":', b'{"number":3,"accuracy":', 1)

        assert both(closed, text, tmp_path) == "json: a name is used twice in one object"

    @pytest.mark.parametrize(
        ("word", "reason"),
        [
            (b"NaN", "json: NaN is not a number"),
            (b"9007199254740992", "json: a number is beyond 2^53"),
        ],
    )
    def test_numbers_that_programs_read_differently_fail_by_json(
        self, closed, tmp_path, word, reason
    ):
        text = closed.pack["report.json"].replace(b'"number":3', b'"number":' + word, 1)

        assert both(closed, text, tmp_path) == reason

    def test_18_a_changed_picture_is_named_by_its_hash(self, closed, tmp_path):
        [name] = [name for name in closed.pack if name.startswith("pictures/")]
        files = {**closed.pack, name: b"another picture"}

        said = both(closed, files["report.json"], tmp_path, pack=files)

        assert said == f"pictures: {name.removeprefix('pictures/').removesuffix('.jpg')}"


def drop_scan(report: dict[str, Any]) -> None:
    """Leave one scan out everywhere, and make every count and root right again."""

    finding = find(report, "A-1")
    [gone] = finding["scan_ids"]
    finding |= {"state": "missing", "scan_ids": [], "flags": []}
    rows = [item for item in items(report) if item["scan_id"] != gone]
    root = root_of_items(dump_canonical(without_digest(row)) for row in rows)
    report["scans"] = {"count": len(rows), "root": root.hex(), "items": rows}
    for (name, currency), (part, whole) in count_figures(report["findings"]).items():
        for figure in report["figures"]:
            if (figure["name"], figure["currency"]) == (name, currency):
                figure.update(part=part, whole=whole)
        report["accuracy"][name] = ratio(part, whole)
    report["counts"]["verified"] -= 1
    report["counts"]["missing"] += 1


class TestByWhoHoldsTheKey:
    """19 to 24: sealed again with the house's own key, so only the meaning shows it."""

    @pytest.mark.parametrize(
        ("number", "change", "reason"),
        [
            (19, set_in("A-3", state="verified"), "findings: A-3 does not follow from its scans"),
            (19, set_in("B-1", state="verified"), "findings: B-1 does not follow from its scans"),
            (20, drop_scan, "log: sealed act's sha256 is another"),
            (23, set_in("A-3", reason=""), "decisions: a rejection without reason"),
            (24, let_a_counter_close, COUNTED),
            (24, say_that_the_approver("place_signed_off", "not_a_counter"), COUNTED),
            (24, say_that_the_approver("matched", NOR_DECIDER, code="X", asset=1), DECIDED),
            (
                24,
                reword_a_statement,
                f"decisions: the statement of {APPROVER} is not what its act says",
            ),
            (24, sign_for_somebody, f"decisions: the signature of {APPROVER} is another"),
            (24, take_a_statement_out, "decisions: a statement is missing"),
            (24, set_policy("statements", "typed"), "decisions: the approver stated nothing"),
            (24, set_policy("drawn_signature", "yes"), "decisions: the approver did not sign"),
        ],
        ids=name_case,
    )
    def test_are_named(self, closed, tmp_path, number, change, reason):
        report = json.loads(closed.pack["report.json"])
        change(report)
        text = seal_again(report, closed.key)

        said = both(closed, text, tmp_path, key=closed.key.public_pem, pack=closed.pack)

        assert said == reason


class TestOfTheChain:
    def test_25_a_record_that_is_missing_between_two_is_named(self, closed, tmp_path):
        said = both(closed, closed.pack["report.json"], tmp_path, others=closed.earlier[:1])

        assert said == "chain: number 2 is missing"

    def test_26_a_record_sealed_again_is_not_the_one_that_the_next_names(self, closed, tmp_path):
        before = json.loads(closed.earlier[1])
        before["software"] = "another"

        said = both(
            closed, closed.pack["report.json"], tmp_path, others=[seal_again(before, closed.key)]
        )

        assert said == "chain: number 3 names another predecessor"


def test_sealing_a_stripped_report_again_makes_the_same_record(closed):
    """The alterations change what they mean to change, and nothing else."""
    report = json.loads(closed.pack["report.json"])

    assert seal_again(report, closed.key) == closed.pack["report.json"]
    assert strip(report).keys() == report.keys() - {"seal", "parts"}
