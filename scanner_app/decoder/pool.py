"""A pool of decoder processes: a picture that kills one hurts neither the server nor the next one.

The only module of `decoding` that starts anything; the passes themselves run in `child`.
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from scanner_app.decoder.messages import HEADER, MAX_ANSWER, decoded_from_json, pack
from scanner_app.decoding.picture.open import MAX_BYTES, PictureRefused
from scanner_app.decoding.picture.symbols import SAFE_FORMATS, Decoded

START_TIMEOUT_S = 60.0
# Address space, not resident memory: the libraries alone map some 400 MB, and 60 megapixels of
# WebP with transparency take the rest.
DEFAULT_MEMORY_MB = 1536
MOST_PICTURES = 500
_ROOT = Path(__file__).resolve().parents[2]
_CHUNK = 65536
JPEG = b"\xff\xd8\xff"


class PoolBusy(RuntimeError):
    """More pictures are waiting than the pool takes; the same one can be sent again soon."""


class PictureFailed(RuntimeError):
    """The decoder died, ran out of time or stumbled over this picture; it should not be retried."""


class PicturePool:
    """Decoder processes, started when the first picture comes and replaced when one dies.

    Safe to call from many threads. Make it after a fork, or before: nothing is started until used.

    :param workers: processes, so pictures decoded at once.
    :param waiting: further pictures that may wait for a free process.
    :param timeout_s: wall clock for one picture, beyond its own budget.
    :param memory_mb: address space of a process.
    :param cpu_s: processor time for one picture, beyond its own budget.
    """

    def __init__(
        self,
        workers: int = 1,
        timeout_s: float = 10.0,
        memory_mb: int = DEFAULT_MEMORY_MB,
        *,
        waiting: int = 4,
        cpu_s: int = 8,
    ) -> None:
        self._timeout_s = timeout_s
        self._memory_mb = memory_mb
        self._cpu_s = cpu_s
        self._places = workers + waiting
        self._idle: list[_Child] = []
        self._slots = threading.Semaphore(workers)
        self._lock = threading.Lock()
        self._inside = 0
        self._owner = os.getpid()
        self._is_closed = False

    def decode(
        self,
        data: bytes,
        *,
        budget_ms: int = 1500,
        formats: frozenset[str] = SAFE_FORMATS,
        explain: bool = False,
        keep_side: int = 0,
    ) -> Decoded:
        """Read a picture in a process of the pool; as `image.decode_picture`.

        :raises PictureRefused: the picture is not taken.
        :raises PictureFailed: its decoder died, hung or stumbled.
        :raises PoolBusy: too many are waiting.
        """
        if len(data) > MAX_BYTES:
            # Said here, so that a giant need not be copied first.
            raise PictureRefused(
                "too_large",
                f"The picture has {len(data) / 1048576:.0f} MB; at most {MAX_BYTES // 1048576} MB "
                "are taken. Send a smaller one.",
            )
        head = {
            "budget_ms": budget_ms,
            "formats": sorted(formats),
            "explain": explain,
            "keep_side": keep_side,
        }
        with self._lock:
            if self._inside >= self._places or self._is_closed:
                raise PoolBusy("Too many pictures are waiting to be decoded.")
            self._inside += 1
        try:
            if not self._slots.acquire(timeout=self._timeout_s):
                raise PoolBusy("No decoder became free in time.")
            try:
                answer = self._ask(pack(head, data), budget_ms / 1000 + self._timeout_s)
            finally:
                self._slots.release()
        finally:
            with self._lock:
                self._inside -= 1
        return _read_answer(*answer)

    def close(self) -> None:
        """End the idle processes; one at work ends with its picture, and no more are taken."""
        with self._lock:
            self._is_closed = True
            children, self._idle = self._idle, []
        is_ours = os.getpid() == self._owner
        for child in children:
            if is_ours:
                child.kill()
            else:
                child.forget()

    def __del__(self) -> None:
        # An application that is dropped takes its decoders along.
        if hasattr(self, "_is_closed"):
            self.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask(self, request: bytes, timeout_s: float) -> tuple[dict[str, Any], bytes]:
        child = self._take_child()
        try:
            answer = child.ask(request, timeout_s)
        except BaseException:
            child.kill()
            raise
        child.pictures += 1
        with self._lock:
            keep = not self._is_closed and child.pictures < MOST_PICTURES
            if keep:
                self._idle.append(child)
        if not keep:
            child.kill()
        return answer

    def _take_child(self) -> _Child:
        with self._lock:
            if os.getpid() != self._owner:
                # The pipes belong to the process that forked us: two must not talk on one pipe.
                for child in self._idle:
                    child.forget()
                self._idle, self._owner = [], os.getpid()
            while self._idle:
                child = self._idle.pop()
                if child.is_alive():
                    return child
                child.kill()
        return _Child(self._memory_mb, self._cpu_s)


class _Child:
    """One decoder process and its pipes."""

    def __init__(self, memory_mb: int, cpu_s: int) -> None:
        self.pictures = 0
        command = [sys.executable, "-m", "scanner_app.decoder.child", str(memory_mb), str(cpu_s)]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=_ROOT,
            env=_environment(),
            close_fds=True,
        )
        assert self._process.stdin is not None  # noqa: S101 - asked for above
        assert self._process.stdout is not None  # noqa: S101 - asked for above
        self._in = self._process.stdin.fileno()
        self._out = self._process.stdout.fileno()
        os.set_blocking(self._in, False)
        os.set_blocking(self._out, False)
        try:
            self.ask(b"", START_TIMEOUT_S)
        except BaseException:
            self.kill()
            raise

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        """End the process and reap it."""
        self._process.kill()
        self._close()
        self._process.wait()

    def forget(self) -> None:
        """Let go of a process that belongs to the one that forked us, which goes on using it."""
        self._close()
        # Not ours to wait for: without this, its going out of use would warn of a lost process.
        self._process.returncode = 0

    def _close(self) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()

    def ask(self, request: bytes, timeout_s: float) -> tuple[dict[str, Any], bytes]:
        """Send a request and give its answer, JSON values and bytes.

        :raises PictureFailed: the process died, hung or answered nonsense.
        """
        deadline = time.monotonic() + timeout_s
        pending, got, wanted = memoryview(request), bytearray(), HEADER.size
        with selectors.DefaultSelector() as selector:
            selector.register(self._out, selectors.EVENT_READ)
            if pending:
                selector.register(self._in, selectors.EVENT_WRITE)
            while len(got) < wanted:
                ready = selector.select(max(0.0, deadline - time.monotonic()))
                if not ready:
                    raise PictureFailed("The decoder took too long.")
                for key, _ in ready:
                    if key.fd == self._in:
                        pending = self._send(pending)
                        if not pending:
                            selector.unregister(self._in)
                    else:
                        self._receive(got)
                if wanted == HEADER.size and len(got) >= wanted:
                    wanted = _length_of(got)
        try:
            head_length, body_length = HEADER.unpack_from(got)
            body_at = HEADER.size + head_length
            answer: dict[str, Any] = json.loads(got[HEADER.size : body_at])
        except ValueError as error:
            raise PictureFailed("The decoder answered nonsense.") from error
        return answer, bytes(got[body_at : body_at + body_length])

    def _send(self, pending: memoryview) -> memoryview:
        try:
            return pending[os.write(self._in, pending[:_CHUNK]) :]
        except OSError as error:
            raise PictureFailed("The decoder died.") from error

    def _receive(self, got: bytearray) -> None:
        part = os.read(self._out, _CHUNK)
        if not part:
            raise PictureFailed("The decoder died.")
        got += part


def _length_of(got: bytearray) -> int:
    head_length: int
    body_length: int
    head_length, body_length = HEADER.unpack_from(got)
    if head_length + body_length > MAX_ANSWER:
        raise PictureFailed("The decoder answered nonsense.")
    return HEADER.size + head_length + body_length


def _read_answer(answer: dict[str, Any], picture: bytes) -> Decoded:
    if "failed" in answer:
        raise PictureFailed(f"The decoder stumbled: {answer['failed']}")
    if "refused" in answer:
        code, message = answer["refused"]
        raise PictureRefused(str(code), str(message))
    if picture and not picture.startswith(JPEG):
        raise PictureFailed("The decoder answered nonsense.")
    try:
        return decoded_from_json(answer["decoded"], picture)
    except (KeyError, TypeError, ValueError) as error:
        raise PictureFailed("The decoder answered nonsense.") from error


def _environment() -> dict[str, str]:
    """Give the child what it needs to start, and none of the server's secrets."""
    kept = ("PATH", "LANG", "LC_ALL", "PYTHONPATH", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "HOME")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    # One picture, one thread: the pool is what runs several at once.
    environment |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    environment["PYTHONPATH"] = os.pathsep.join(
        part for part in (str(_ROOT), environment.get("PYTHONPATH", "")) if part
    )
    return environment
