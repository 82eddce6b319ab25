"""`scanner-readers` as it is called: stopped by a signal, killed, refused, asked for what it sees."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from hardware.cli import main
from hardware.delivery.spool import Parcel, Spool
from tests.hardware.audit_server import AuditServer
from tests.hardware.frames import text

ROOT = Path(__file__).parents[2]


def write_settings(folder: Path, url: str, extra: str = "") -> Path:
    path = folder / "readers.toml"
    path.write_text(
        f'[agent]\nserver = "{url}"\ntoken = "token-1"\n{extra}\n'
        '[[reader]]\nname = "door"\nkind = "virtual"\noptions = {tags = 5, rate = 100}\n'
    )
    return path


def start_agent(path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "hardware.cli", "run", "--config", str(path)],
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )


class TestCommand:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_run_stops_cleanly_on_a_signal(
        self, server: AuditServer, tmp_path: Path, number: signal.Signals
    ) -> None:
        process = start_agent(write_settings(tmp_path, server.url))
        assert process.stderr is not None
        for line in process.stderr:
            if "reader up" in line:
                break
        process.send_signal(number)
        _, log = process.communicate(timeout=30)

        assert process.returncode == 0
        assert "stopped, everything was sent" in log
        assert server.records

    def test_a_killed_agent_sends_its_spooled_records_after_the_next_start(
        self, server: AuditServer, tmp_path: Path
    ) -> None:
        """Without a clean stop, the next start sends what is on disk, each record once."""
        path = write_settings(tmp_path, "http://127.0.0.1:9")
        process = start_agent(path)
        assert process.stderr is not None
        for line in process.stderr:
            if "records wait" in line:
                break
        process.kill()
        process.communicate(timeout=30)
        with closing(Spool(tmp_path / "spool.sqlite3")) as spool:
            waiting = {parcel.id for parcel in spool.peek(1000)}

        second = start_agent(write_settings(tmp_path, server.url))
        assert second.stderr is not None
        for line in second.stderr:
            if "reader up" in line:
                break
        second.terminate()
        second.communicate(timeout=30)

        assert waiting
        assert waiting <= set(server.records)

    def test_a_second_agent_on_the_same_spool_is_refused(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = write_settings(tmp_path, "http://127.0.0.1:9")

        with closing(Spool(tmp_path / "spool.sqlite3")):
            assert main(["run", "--config", str(path)]) == 1

        assert "another scanner-readers uses the spool" in capsys.readouterr().err

    def test_run_reports_wrong_settings_before_it_opens_a_reader(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = write_settings(tmp_path, "http://x", "spol = 1")

        assert main(["run", "--config", str(path)]) == 2
        assert "'spol' is not known here" in capsys.readouterr().err

    def test_check_reports_that_the_settings_are_right(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = write_settings(tmp_path, "http://x")

        assert main(["run", "--config", str(path), "--check"]) == 0
        assert "1 readers, no errors" in capsys.readouterr().out
        assert not (tmp_path / "spool.sqlite3").exists()

    def test_probe_shows_reads_and_capture_writes_bytes(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        log, copy = tmp_path / "capture.log", tmp_path / "copy.log"
        log.write_text(f"+0.000001 rx {text(b'LT-0042').hex()}\n")
        target = ["--kind", "replay", "--port", str(log), "--protocol", "text"]

        assert main(["probe", *target]) == 0
        assert "barcode LT-0042" in capsys.readouterr().out
        assert main(["capture", *target, "--out", str(copy)]) == 0
        assert "0D0A" in copy.read_text()

    def test_dead_letters_are_shown_and_queued_again(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = write_settings(tmp_path, "http://x")
        with closing(Spool(tmp_path / "spool.sqlite3")) as spool:
            spool.put([Parcel("id-1", "reads", "door", {"epc": "30"})], now=0)
            spool.settle([], [(spool.peek(1)[0], "invalid: \x1b[2Jepc")], now=1)

        assert main(["dead-letters", "--config", str(path)]) == 0
        assert "id-1 door: invalid: <1B>[2Jepc" in capsys.readouterr().out
        assert main(["dead-letters", "--config", str(path), "--retry"]) == 0
        assert "1 dead letters will be sent again" in capsys.readouterr().out

    def test_list_names_every_kind_and_protocol(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["list", "--kinds"]) == 0
        shown = capsys.readouterr().out
        assert "llrp" in shown
        assert "[experimental]" in shown

    def test_list_opens_no_device_and_succeeds(self) -> None:
        assert main(["list"]) == 0
