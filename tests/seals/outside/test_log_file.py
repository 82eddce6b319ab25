"""Leaves of the log in a file: a part of the log that is kept elsewhere, and checked there."""

from __future__ import annotations

import base64
import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest

from scanner_app.domain.seals.leaves import Tree
from scanner_app.domain.seals.merkle import hash_leaf
from scanner_app.queries.seals.log import load_size
from scanner_app.services.seals.log_check import Fault
from scanner_app.services.seals.log_file import check_file, write_leaves
from scanner_app.storage.database import reading
from scanner_app.worker.log import seal_windows
from tests.audits.conftest import fill_office
from tests.seals.test_log import post

NO_LEAF = "leaf: line 3 of the file does not hold a leaf"


@pytest.fixture
def contents():
    return fill_office


def export(app, tree: Tree = Tree.SCANS, **times: datetime) -> str:
    file = io.StringIO(newline="")
    with app.app_context(), reading(snapshot=True) as session:
        write_leaves(session, tree, file, **times)
    return file.getvalue()


def check(app, text: str, tree: Tree = Tree.SCANS) -> list[str | int]:
    with app.app_context(), reading(snapshot=True) as session:
        found = list(check_file(session, tree, io.StringIO(text, newline="")))
    return [str(one) if isinstance(one, Fault) else one for one in found]


class TestExported:
    def test_holds_each_leaf_of_the_tree_as_it_is_hashed(self, app, api):
        sent = post(api, 300)  # more than one tile
        seal_windows(app)
        text = export(app)
        rows = list(csv.DictReader(io.StringIO(text, newline="")))

        assert [int(row["leaf"]) for row in rows] == list(range(300))
        assert sorted(json.loads(row["json"])["scan_id"] for row in rows) == sorted(sent)
        with app.app_context(), reading() as session:
            assert load_size(session, Tree.SCANS) == 300
        assert check(app, text) == list(range(300))

    def test_of_acts_is_checked_in_the_same_way(self, app, api):
        api.post("/audits", json={"name": "Spring", "scope": {}})
        seal_windows(app)
        text = export(app, Tree.ACTS)
        assert check(app, text, Tree.ACTS) == list(range(text.count("\n") - 1))
        # The same lines are no leaves of the other tree.
        assert all("is not what leaf" in str(one) for one in check(app, text))

    def test_takes_what_was_recorded_in_a_time(self, app, api):
        post(api, 4)
        seal_windows(app)
        rows = list(csv.DictReader(io.StringIO(export(app), newline="")))
        at = datetime.fromisoformat(rows[0]["at"])

        day = timedelta(days=1)
        assert export(app, since=at - day, until=at + day).count("\n") == 5
        assert export(app, since=at + day).count("\n") == 1
        assert export(app, until=at - day).count("\n") == 1
        assert export(app, since=at, until=at).count("\n") == 1

    def test_with_a_change_names_its_line(self, app, api):
        post(api, 3)
        seal_windows(app)
        text = export(app)
        lines = text.splitlines(keepends=True)
        other = lines[2].replace("A-2", "A-3")
        assert other != lines[2]
        wrong_time = lines[2].replace(lines[2].split(",")[1], "2020-01-01T00:00:00.000000Z", 1)
        swapped = "2," + lines[2].split(",", 1)[1]
        beyond = "900," + lines[2].split(",", 1)[1]
        for line in (other, wrong_time, swapped, beyond):
            number = line.split(",")[0]
            said = f"leaf: line 3 of the file is not what leaf {number} says"
            assert check(app, "".join([*lines[:2], line, lines[3]])) == [0, said, 2]
        for digits in (16, 5000):
            long = "9" * digits + "," + lines[2].split(",", 1)[1]
            assert check(app, "".join([*lines[:2], long, lines[3]])) == [0, NO_LEAF, 2]
        assert check(app, "".join([*lines[:2], "x\r\n", lines[3]])) == [0, NO_LEAF, 2]
        assert check(app, "a,b\r\n1,2\r\n") == ["leaf: the file was not exported by `log export`"]
        # A line that was taken out is not there, and the others are still right.
        assert check(app, "".join([*lines[:2], lines[3]])) == [0, 2]

    def test_is_checked_by_anybody_without_this_software(self, app, api):
        post(api, 1)
        seal_windows(app)
        [row] = csv.DictReader(io.StringIO(export(app), newline=""))
        proof = api.get(f"/log/scans/{json.loads(row['json'])['scan_id']}/proof").json
        # A tree of one leaf has its hash as root.
        root = proof["checkpoint"].splitlines()[2]
        assert base64.b64decode(root) == hash_leaf(row["json"].encode())
        assert datetime.fromisoformat(row["at"]) <= datetime.now(UTC)
