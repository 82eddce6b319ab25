"""Run work in a forked process that dies at a chosen moment, as `kill -9` ends it.

A moment is a change of the file system, a sync, an SQL statement, or some thousand steps inside of
one. The process counts its moments and kills itself at the one that it was given. A limit on the
size of files ends it in the middle of a write, and a clock anywhere, with its tools.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

import pysqlite3.dbapi2 as sqlite
from sqlalchemy import Engine, event

CHANGES = frozenset(
    {"os.chmod", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.truncate"}
    | {"shutil.copyfile", "subprocess.Popen"}
)
STEPS = 3000  # of SQLite's machine, from one moment in a statement to the next
PAGE = 4096
# Of what takes a tenth of a second; of what takes longer fewer.
KILLS = int(os.environ.get("KILLS", "16"))
OLD, NEW = "old", "new"

total: Counter[str] = Counter()


@dataclass(frozen=True)
class Kill:
    """How a run ends: at a moment, where a file outgrows a size, or after a time."""

    moment: int = 0
    size: int = 0
    seconds: float = 0.0


def torment(
    name: str,
    work: Callable[[], object],
    *,
    prepare: Callable[[], object],
    find_state: Callable[[], str],
    count: int = KILLS,
    size: int = 0,
) -> None:
    """Kill the work again and again; each time the state that is found must be `OLD` or `NEW`."""
    for _ in range(2):  # the first time takes longer, and more moments
        prepare()
        moments, seconds = measure(work)
        assert find_state() == NEW
    seen: Counter[str] = Counter()
    for kill in spread(moments, kills=count, size=size, seconds=seconds):
        prepare()
        was_killed = run(work, kill)
        state = find_state()
        assert state in ({OLD, NEW} if was_killed else {NEW}), kill
        total[name] += was_killed
        seen[state] += was_killed
    assert seen[OLD], "no kill came early enough to tell"
    assert sum(seen.values()) >= count * 2 // 3, seen


def spread(moments: int, *, kills: int, size: int, seconds: float) -> Iterator[Kill]:
    """Return kills at moments, at sizes of a file and at times, spread over a piece of work."""
    at_sizes = kills // 5 if size else 0
    at_times = kills // 5
    at_moments = kills - at_sizes - at_times
    for number in range(at_moments):
        yield Kill(moment=1 + number * (moments - 1) // max(1, at_moments - 1))
    for number in range(at_sizes):
        yield Kill(size=PAGE + number * size // at_sizes)
    for number in range(at_times):
        yield Kill(seconds=seconds * (number + 1) / (at_times + 1))


def measure(work: Callable[[], object]) -> tuple[int, float]:
    """Run the work to its end in another process; return its moments and how long it took."""
    reading, writing = os.pipe()
    before = time.monotonic()
    child = os.fork()
    if child == 0:
        _live(work, Kill(), writing)
    os.close(writing)
    told = os.read(reading, 100)
    os.close(reading)
    _, status = os.waitpid(child, 0)
    assert status == 0, "the work failed without a kill"
    return int(told), time.monotonic() - before


def run(work: Callable[[], object], kill: Kill) -> bool:
    """Run the work in another process; return whether it was killed before its end."""
    child = os.fork()
    if child == 0:
        _live(work, kill, None)
    if kill.seconds:
        time.sleep(kill.seconds)
        with contextlib.suppress(ProcessLookupError):  # it has no session yet, or has ended
            os.killpg(child, signal.SIGKILL)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return True
    assert status == 0, "the work failed by itself"
    return False


def _live(work: Callable[[], object], kill: Kill, teller: int | None) -> NoReturn:
    """Do the work in the process that was forked for it, and end."""
    seen = 0

    def live_moment(*_: object) -> int:
        nonlocal seen
        seen += 1
        if seen == kill.moment:
            os.kill(os.getpid(), signal.SIGKILL)
        return 0  # or SQLite would end the statement

    status = 1
    try:
        os.setsid()
        if kill.size:
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
            resource.setrlimit(resource.RLIMIT_FSIZE, (kill.size, kill.size))
        _watch(live_moment)
        work()
        if teller is not None:
            os.write(teller, str(seen).encode())
        status = 0
    except BaseException:
        traceback.print_exc(file=sys.__stderr__)
    finally:
        os._exit(status)


def _watch(live_moment: Callable[..., int]) -> None:
    """Call for each moment from now on, before it happens."""

    def look(name: str, arguments: tuple[Any, ...]) -> None:
        writes = name == "open" and isinstance(arguments[2], int) and arguments[2] & os.O_CREAT
        if writes or name in CHANGES:
            live_moment()

    sync, connect = os.fsync, sqlite.connect

    def sync_watched(fd: Any) -> None:
        live_moment()
        sync(fd)

    def connect_watched(*arguments: Any, **named: Any) -> Any:
        connection = connect(*arguments, **named)
        connection.set_trace_callback(live_moment)
        connection.set_progress_handler(live_moment, STEPS)
        return connection

    sys.addaudithook(look)
    os.fsync, sqlite.connect = sync_watched, connect_watched
    event.listen(Engine, "before_cursor_execute", lambda *_: live_moment() and None)
    event.listen(Engine, "commit", lambda *_: live_moment() and None)
