"""Writers of one SQLite file, in threads and processes, take turns."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from scanner_app.storage.write_lock import WriteLock

HOLD = """
import sys
from pathlib import Path
from scanner_app.storage.write_lock import WriteLock
with WriteLock(Path(sys.argv[1])).take():
    print("held", flush=True)
    sys.stdin.read()
"""
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "scanner.sqlite3-turn"


@pytest.fixture
def holder(path):
    """Another process that holds the turn until it is told to end, or killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()


def is_free(path: Path) -> bool:
    """Return whether the turn can be had, as another process would find out."""
    turn = WriteLock(path)
    with turn.take(longest=0):
        return turn._holds_file


class TestTake:
    def test_holds_the_turn_until_its_end(self, path):
        with WriteLock(path).take():
            assert not is_free(path)

        assert is_free(path)

    def test_gives_it_back_after_an_error(self, path):
        with pytest.raises(RuntimeError), WriteLock(path).take():
            raise RuntimeError("the work failed")

        assert is_free(path)

    def test_within_a_turn_of_the_same_thread_goes_on(self, path):
        turn = WriteLock(path)

        with turn.take():
            with turn.take():
                pass
            assert not is_free(path)

        assert is_free(path)

    def test_of_threads_is_one_at_a_time(self, path):
        turn, inside, most = WriteLock(path), 0, 0

        def write() -> None:
            nonlocal inside, most
            for _ in range(50):
                with turn.take():
                    inside += 1
                    most = max(most, inside)
                    inside -= 1

        threads = [threading.Thread(target=write) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert (inside, most) == (0, 1)
        assert is_free(path)

    def test_waits_for_another_process(self, path, holder):
        got = threading.Event()

        def write() -> None:
            with WriteLock(path).take(longest=60):
                got.set()

        thread = threading.Thread(target=write)
        thread.start()
        assert not is_free(path)
        assert not got.is_set()
        holder.stdin.close()
        thread.join()

        assert got.is_set()

    def test_goes_on_after_waiting_in_vain(self, path, holder):
        with WriteLock(path).take(longest=0.05):
            pass

        assert holder.poll() is None

    def test_goes_on_where_no_lock_can_be_had(self, tmp_path):
        turn = WriteLock(tmp_path / "no such folder" / "turn")

        with turn.take():
            assert not turn._holds_file

    def test_of_a_process_that_was_killed_is_free(self, path, holder):
        holder.kill()
        holder.wait()

        assert is_free(path)

    def test_of_a_forked_process_is_its_own(self, path):
        turn = WriteLock(path)
        with turn.take():
            pass  # the file is open now, as in a server that forks after its migrations

        with turn.take():
            child = os.fork()
            if child == 0:
                turn._lock = threading.RLock()
                turn._depth = 0
                with turn.take(longest=0.05):
                    os._exit(int(turn._holds_file))
            _, status = os.waitpid(child, 0)

        assert os.waitstatus_to_exitcode(status) == 0
