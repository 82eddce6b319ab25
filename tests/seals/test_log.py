"""The log of scans and acts: each is in one leaf, proofs hold, and what is altered is named."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from scanner_app.domain.seals.leaves import Tree, digest_leaf, label_leaf, scan_leaf
from scanner_app.domain.seals.merkle import follow_inclusion, is_consistent
from scanner_app.domain.seals.notes import Checkpoint, read_checkpoint, sign_checkpoint
from scanner_app.edge.state import app_state
from scanner_app.models import LogTile, Scan
from scanner_app.queries.seals.log import list_checkpoints, load_size
from scanner_app.services.seals import log as log_service
from scanner_app.services.seals.log_check import check_tree
from scanner_app.storage.database import reading, unit_of_work
from scanner_app.storage.keys import load_public_keys, load_signing_key
from scanner_app.worker.log import seal_windows
from tests.audits.conftest import fill_office
from tests.audits.steps import START, close, open_audit, reject_all
from tests.seals.tamper import tamper


@pytest.fixture
def contents():
    return fill_office


def post(api, count: int, audit: int | None = None) -> list[str]:
    """Send this many scans, and return their ids."""
    ids = [str(uuid.uuid4()) for _ in range(count)]
    scans = [
        {
            "scan_id": scan_id,
            "code": f"A-{n % 3 + 1}",
            "intent": "sighting",
            "location": "R-1",
            "scanned_at": (START + timedelta(seconds=n)).isoformat(),
            **({"audit": audit} if audit else {}),
        }
        for n, scan_id in enumerate(ids)
    ]
    assert api.post("/scans", json={"scans": scans}).status_code == 200
    return ids


def faults(app: Flask, *trees: Tree, outside: str | None = None) -> list[str]:
    with app.app_context(), reading() as session:
        keys = load_public_keys(app_folder(app))
        # Later than any window could still be waited for.
        now = datetime.now(UTC) + timedelta(hours=1)
        return [
            str(fault)
            for tree in trees or tuple(Tree)
            for fault in check_tree(session, tree, keys=keys, now=now, outside=outside)
        ]


def app_folder(app: Flask) -> Path:
    return app_state(app).settings.instance_dir


def checkpoint(api, tree: str = "scans") -> str:
    return api.get(f"/log/{tree}/checkpoint").json["note"]


class TestLeaf:
    def test_names_its_fields_and_leaves_out_later_ones_that_are_not_set(self):
        columns = [f"value {n}" for n in range(24)]
        leaf = scan_leaf([*columns, None, False, False], ["b", "a"])

        assert list(leaf) == [
            "v", "scan_id", "fingerprint", "code", "symbology", "source", "intent", "scanned_at",
            "recorded_at", "effective_at", "clock_suspect", "asset", "location", "person",
            "audit", "voids", "due_at", "condition", "note", "device", "actor", "actor_name",
            "outcome", "refusal", "answer", "pictures",
        ]  # fmt: skip
        assert leaf["pictures"] == ["a", "b"]
        assert len(leaf["answer"]) == 64
        assert scan_leaf([*columns, "faint", True, True])["is_faint"] is True

    def test_of_a_seal_has_a_name(self):
        assert label_leaf(Tree.ACTS, {"kind": "sealed", "about": {"number": 9}}) == "`sealed` 9"
        assert label_leaf(Tree.ACTS, {"kind": "closed", "about": {}}) is None


class TestWindows:
    def test_hold_every_scan_once_over_several_tiles(self, app, api, monkeypatch):
        monkeypatch.setattr(log_service, "MAX_WINDOW", 200)  # several windows, none a whole tile
        ids = post(api, 300)
        assert seal_windows(app) >= 300
        ids += post(api, 230)
        seal_windows(app)
        assert seal_windows(app) == 0

        assert faults(app) == []
        with app.app_context(), reading() as session:
            tiles = session.scalars(
                select(LogTile.refs).where(LogTile.tree == Tree.SCANS, LogTile.level == 0)
            ).all()
            refs = [ref for tile in tiles for ref in tile]
            assert sorted(refs) == sorted(session.scalars(select(Scan.id)))
            assert len(refs) == len(set(refs)) == load_size(session, Tree.SCANS) == 530
            points = list_checkpoints(session, Tree.SCANS)
        for one in (0, 255, 256, 529):
            shown = api.get(f"/log/scans/{ids[one]}/proof").json
            root = follow_inclusion(
                digest_leaf(shown["leaf"]),
                shown["index"],
                shown["size"],
                [bytes.fromhex(node) for node in shown["proof"]],
            )
            assert root == read_checkpoint(shown["checkpoint"]).root
            assert shown["leaf"]["scan_id"] == ids[one]
        for first, second in pairwise(points):
            path = api.get(f"/log/scans/consistency?from={first.size}&to={second.size}").json
            assert is_consistent(
                first.size, second.size, bytes.fromhex(first.root), bytes.fromhex(second.root),
                [bytes.fromhex(node) for node in path["proof"]],
            )  # fmt: skip

    def test_a_row_that_commits_later_with_a_lower_id_comes_in_a_later_window(self, app, api):
        post(api, 3)
        tamper(app, "UPDATE scan SET id = -1 WHERE id = 1")  # as if it were not committed yet
        seal_windows(app)
        tamper(app, "UPDATE scan SET id = 1 WHERE id = -1")
        assert [fault.split(":")[0] for fault in faults(app, Tree.SCANS)] == ["unsealed"]

        seal_windows(app)

        assert faults(app, Tree.SCANS) == []

    def test_what_a_full_window_left_over_is_sealed_however_old_it_is(self, app, api, monkeypatch):
        monkeypatch.setattr(log_service, "MAX_WINDOW", 2)
        post(api, 5)
        tamper(app, "UPDATE scan SET recorded_at = '2026-03-01 08:00:00'")

        seal_windows(app)

        assert faults(app, Tree.SCANS) == []
        with app.app_context(), reading() as session:
            assert load_size(session, Tree.SCANS) == 5

    def test_one_that_was_overtaken_writes_nothing(self, app, api):
        post(api, 2)
        key = load_signing_key(app_folder(app))
        now = datetime.now(UTC)
        with app.app_context():
            with reading() as session:
                window = log_service.read_window(session, Tree.SCANS, now=now)
            seal_windows(app)
            with unit_of_work() as session:
                assert log_service.write_window(session, window, key=key, now=now) is None
        assert faults(app) == []

    def test_closing_seals_what_its_report_rests_on(self, app, api):
        audit = open_audit(api)
        post(api, 3, audit)
        api.post(f"/audits/{audit}/reconciliation")
        reject_all(api, audit)
        close(api, audit)

        report = json.loads(api.get(f"/audits/{audit}/report.json").data)

        sizes = {tree: read_checkpoint(n).size for tree, n in report["checkpoints"].items()}
        assert sizes["scans"] == 3
        acts = api.get(f"/audits/{audit}/acts").json["items"]
        assert sizes["acts"] == len(acts) - 1  # all but `sealed`, which comes after the report
        assert faults(app, Tree.SCANS) == []
        assert faults(app, Tree.ACTS) == [f"unsealed: act {acts[-1]['id']} is in no window"]
        seal_windows(app)
        assert faults(app) == []


class TestProofs:
    def test_of_what_is_not_there_are_not_found(self, app, api):
        assert api.get("/log/scans/checkpoint").status_code == 404
        [scan_id] = post(api, 1)
        assert "in no window" in api.get(f"/log/scans/{scan_id}/proof").json["detail"]
        seal_windows(app)

        assert api.get(f"/log/scans/{uuid.uuid4()}/proof").status_code == 404
        assert api.get("/log/rooms/checkpoint").status_code == 404
        assert api.get("/log/scans/consistency?from=0&to=2").status_code == 404
        assert api.get("/log/scans/consistency?from=0&to=1").json["proof"] == []


class TestAlterations:
    """Alterations 27 to 30: with the triggers off, by somebody who holds the database."""

    def test_a_changed_scan_is_named_with_its_leaf(self, app, api):
        ids = post(api, 5)
        seal_windows(app)

        tamper(app, "UPDATE scan SET scanned_at = '2026-03-02 08:00:00' WHERE id = "
                    "(SELECT max(id) FROM scan)")  # fmt: skip

        assert faults(app, Tree.SCANS) == [f"leaf: scan {ids[4]} is not what leaf 4 says"]

    def test_a_scan_that_is_put_in_with_an_old_time_is_in_no_window(self, app, api):
        post(api, 2)
        seal_windows(app)
        [late] = post(api, 1)
        tamper(
            app,
            "UPDATE scan SET recorded_at = '2026-03-01 08:00:00' WHERE id = "
            "(SELECT max(id) FROM scan)",
        )

        seal_windows(app)

        assert faults(app, Tree.SCANS) == [f"unsealed: scan {late} is in no window"]

    def test_the_newest_seal_that_is_deleted_is_missed(self, app, api):
        audit = open_audit(api)
        api.post(f"/audits/{audit}/reconciliation")
        reject_all(api, audit)
        close(api, audit)
        seal_windows(app)

        tamper(app, "DELETE FROM seal")
        assert faults(app) == ["leaf: act `sealed` 1 is there, and its seal is gone"]
        tamper(app, "DELETE FROM act WHERE kind = 'sealed'")
        assert faults(app) == ["leaf: act `sealed` 1 is gone"]

    def test_a_tile_a_root_and_a_signature_that_were_altered_are_named(self, app, api):
        post(api, 3)
        seal_windows(app)
        tamper(app, "UPDATE log_checkpoint SET root = 'x' WHERE tree = 'scans'")
        assert faults(app, Tree.SCANS) == [
            "root: checkpoint 3 of scans has another root than the log"
        ]
        tamper(app, "UPDATE log_checkpoint SET key_id = 'x' WHERE tree = 'scans'")
        assert faults(app, Tree.SCANS)[0].startswith("signature: checkpoint 3 of scans")
        tamper(app, "DELETE FROM log_tile WHERE tree = 'scans'")
        assert "tile: tile 0/0 of scans lacks hashes" in faults(app, Tree.SCANS)

    def test_a_log_that_was_rewritten_whole_is_a_fork_of_a_checkpoint_kept_outside(self, app, api):
        post(api, 4)
        seal_windows(app)
        outside = checkpoint(api)
        assert faults(app, Tree.SCANS, outside=outside) == []

        # Everything goes: the scan, its tiles, roots and checkpoints; then all is signed again.
        tamper(
            app,
            "DELETE FROM scan WHERE id = (SELECT min(id) FROM scan)",
            "DELETE FROM log_tile WHERE tree = 'scans'",
            "DELETE FROM log_checkpoint WHERE tree = 'scans'",
            "UPDATE log_head SET size = 0 WHERE tree = 'scans'",
        )
        seal_windows(app)
        assert faults(app, Tree.SCANS) == []
        [short] = faults(app, Tree.SCANS, outside=outside)
        post(api, 1)
        seal_windows(app)
        [other] = faults(app, Tree.SCANS, outside=outside)

        assert short == "fork: the log has 3 leaves, the checkpoint had 4"
        assert other == "fork: the log has another root at 4 than the checkpoint"

    def test_a_checkpoint_of_a_stranger_is_refused(self, app, api):
        post(api, 1)
        seal_windows(app)
        key = type(load_signing_key(app_folder(app))).make()
        forged = sign_checkpoint(Checkpoint("scanner-app/x/scans", 1, bytes(32)), key)

        assert faults(app, Tree.SCANS, outside=forged) == [
            "signature: the checkpoint given: the checkpoint is not signed with this key"
        ]
