"""Checkpoints taken outside: time stamps that plain OpenSSL checks, and an address they are sent to.

The authority is real: `openssl ts`, behind HTTP on loopback.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from scanner_app.domain.jobs import JobKind
from scanner_app.domain.seals.leaves import Tree
from scanner_app.domain.seals.timestamps import BadStamp, read_answer, write_request
from scanner_app.domain.seals.witnesses import Way
from scanner_app.edge.state import app_state
from scanner_app.models import LogWitness
from scanner_app.queries.seals.log import list_checkpoints
from scanner_app.queries.seals.witnesses import find_stamped, load_states
from scanner_app.storage.database import reading, unit_of_work
from scanner_app.worker.handlers import find_handler
from scanner_app.worker.log import seal_windows
from tests.audits.conftest import fill_office
from tests.audits.steps import close, open_audit, reject_all
from tests.seals.outside.authority import make_authority, openssl, serve_authority
from tests.seals.test_log import post

DIGEST, NONCE = hashlib.sha256(b"a checkpoint").digest(), 0xF123456789ABCDEF


@pytest.fixture
def contents():
    return fill_office


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return make_authority(tmp_path_factory.mktemp("tsa") / "authority")


class TestRequest:
    @pytest.mark.parametrize("nonce", [1, 0x7F, 0x80, NONCE])
    def test_is_what_openssl_writes(self, tmp_path, nonce):
        (tmp_path / "ours.tsq").write_bytes(write_request(DIGEST, nonce))
        shown = openssl("ts", "-query", "-in", tmp_path / "ours.tsq", "-text").stdout.decode()
        assert "Hash Algorithm: sha256" in shown
        assert "Certificate required: yes" in shown
        assert f"Nonce: 0x{nonce:02X}" in shown

    def test_is_answered_with_a_time_that_openssl_confirms(self, made, tmp_path):
        answer = made.reply(write_request(DIGEST, NONCE))
        at = read_answer(answer, DIGEST, NONCE)

        (tmp_path / "it.tsr").write_bytes(answer)
        shown = openssl("ts", "-reply", "-in", tmp_path / "it.tsr", "-text").stdout.decode()
        stated = next(line for line in shown.splitlines() if line.startswith("Time stamp: "))
        assert f"{at:%b} {at.day:2} {at:%H:%M:%S %Y} GMT" in stated
        checked = openssl(
            "ts", "-verify", "-digest", DIGEST.hex(), "-in", tmp_path / "it.tsr", "-CAfile", made.ca
        )
        assert checked.returncode == 0, checked.stderr.decode()


class TestAnswer:
    def test_of_another_request_or_thing_is_refused(self, made):
        answer = made.reply(write_request(DIGEST, NONCE))
        other = hashlib.sha256(b"another").digest()
        with pytest.raises(BadStamp, match="something else"):
            read_answer(answer, other, NONCE)
        with pytest.raises(BadStamp, match="another request"):
            read_answer(answer, DIGEST, NONCE - 1)

    def test_that_refuses_is_no_stamp(self, made):
        # A hash of a kind that this authority does not take, which OpenSSL answers with status 2.
        request = write_request(DIGEST, NONCE).replace(b"\x04\x02\x01", b"\x04\x02\x03")
        with pytest.raises(BadStamp, match="status 2"):
            read_answer(made.reply(request), DIGEST, NONCE)

    def test_that_is_cut_or_damaged_anywhere_is_refused_by_its_own_error(self, made):
        answer = made.reply(write_request(DIGEST, NONCE))
        for end in range(0, len(answer), 7):
            with pytest.raises(BadStamp):
                read_answer(answer[:end], DIGEST, NONCE)
        for junk in (b"", b"\x30", b"\x30\x80", b"\x30\x84\xff\xff\xff\xff", b"<html>no</html>"):
            with pytest.raises(BadStamp):
                read_answer(junk, DIGEST, NONCE)
        for at in range(120):
            damaged = bytearray(answer)
            damaged[at] ^= 0x21
            try:  # what openssl then says of its signature is not ours to know
                read_answer(bytes(damaged), DIGEST, NONCE)
            except BadStamp:
                pass


@pytest.fixture
def authority(tmp_path):
    with serve_authority(tmp_path / "authority") as served:
        yield served


def run_worker(app, now: datetime) -> None:
    with app.app_context():
        find_handler(JobKind.WITNESS)(0, now)


def set_up(app, **settings: Any) -> None:
    app_state(app).settings = replace(app_state(app).settings, **settings)


class TestStamps:
    def test_are_beside_the_checkpoints_and_in_the_pack(self, app, api, admin, authority, tmp_path):
        set_up(app, timestamp_url=f"{authority.url}/tsr")
        audit = open_audit(api)
        post(api, 3, audit)
        api.post(f"/audits/{audit}/reconciliation")
        reject_all(api, audit)
        run_worker(app, datetime.now(UTC))  # nothing is in the log yet, or the newest alone
        close(api, audit)
        seal_windows(app)
        run_worker(app, datetime.now(UTC))

        pack = zipfile.ZipFile(io.BytesIO(api.get(f"/audits/{audit}/pack.zip").data))
        pack.extractall(tmp_path / "pack")
        words = ["ts", "-verify", "-data", "checkpoint.txt", "-in", "checkpoint.tsr", "-CAfile"]
        assert " ".join(["openssl", *words, "TSA.pem"]) in pack.read("README.txt").decode()
        folder = tmp_path / "pack"
        said = openssl("ts", "-verify", "-data", folder / "checkpoint.txt",
                       "-in", folder / "checkpoint.tsr", "-CAfile", authority.ca)  # fmt: skip
        assert (said.returncode, b"OK" in said.stdout + said.stderr) == (0, True)
        # Another note than the one that was stamped.
        (folder / "checkpoint.txt").write_text(pack.read("checkpoint.txt").decode() + " ")
        said = openssl("ts", "-verify", "-data", folder / "checkpoint.txt",
                       "-in", folder / "checkpoint.tsr", "-CAfile", authority.ca)  # fmt: skip
        assert said.returncode != 0
        assert "Known outside" in admin.get("/audits/chain").text

        written = tmp_path / "newest.tsr"
        with app.app_context(), reading() as session:
            note, answer = find_stamped(session, Tree.ACTS)
        written.write_bytes(answer)
        (tmp_path / "newest.txt").write_text(note)
        said = openssl("ts", "-verify", "-data", tmp_path / "newest.txt",
                       "-in", written, "-CAfile", authority.ca)  # fmt: skip
        assert said.returncode == 0

    def test_that_do_not_come_stop_nothing_and_are_asked_for_again(
        self, app, api, admin, authority
    ):
        set_up(app, timestamp_url=f"{authority.url}/tsr", checkpoint_hook=f"{authority.url}/hook")
        authority.is_away = True
        post(api, 2)
        seal_windows(app)
        now = datetime.now(UTC)
        run_worker(app, now)

        page = admin.get("/audits/chain").text
        assert "It answered 503." in page
        assert "Nothing else waits for it." in page
        # Scans, windows and closing go on.
        audit = open_audit(api)
        post(api, 1, audit)
        api.post(f"/audits/{audit}/reconciliation")
        reject_all(api, audit)
        close(api, audit)
        seal_windows(app)
        asked = len(authority.received)
        run_worker(app, now + timedelta(seconds=30))  # its pause is not over
        assert len(authority.received) == asked

        authority.is_away = False
        run_worker(app, now + timedelta(minutes=2))
        with app.app_context(), reading() as session:
            states = {state.way: state for state in load_states(session)}
            # Of acts there was none when it was set up: the newest alone was taken.
            acts = list_checkpoints(session, Tree.ACTS)[-1:]
            points = [*acts, *list_checkpoints(session, Tree.SCANS)]
            stamps = session.execute(
                select(LogWitness.tree, LogWitness.size).where(LogWitness.answer.is_not(None))
            ).all()
        assert {(state.waits, state.error) for state in states.values()} == {(0, "")}
        assert set(states) == set(Way)
        assert sorted(stamps) == sorted((one.tree, one.size) for one in points)
        assert {one.note.encode() for one in points} <= set(authority.received)
        assert "It answered 503." not in admin.get("/audits/chain").text

    def test_of_something_else_are_not_kept(self, app, api, authority):
        set_up(app, timestamp_url=f"{authority.url}/tsr")
        authority.answer = authority.reply(write_request(DIGEST, NONCE))
        post(api, 2)
        seal_windows(app)
        run_worker(app, datetime.now(UTC))
        with app.app_context(), reading() as session:
            [state] = load_states(session)
            assert session.scalars(select(LogWitness.answer)).all() == [None] * state.waits
        assert state.error == "The time stamp is of something else."

    def test_cannot_be_changed_once_they_are_there(self, app, api, authority):
        set_up(app, timestamp_url=f"{authority.url}/tsr")
        post(api, 1)
        seal_windows(app)
        run_worker(app, datetime.now(UTC))
        for change in ("UPDATE log_witness SET size = 9", "DELETE FROM log_witness"):
            with app.app_context(), pytest.raises(DBAPIError, match="time stamp"):
                with unit_of_work() as session:
                    session.execute(text(change))

    def test_are_asked_for_by_nobody_without_the_setting(self, app, api):
        post(api, 1)
        seal_windows(app)
        run_worker(app, datetime.now(UTC))
        with app.app_context(), reading() as session:
            assert session.scalars(select(LogWitness.size)).all() == []
