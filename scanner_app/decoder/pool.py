"""A pool of decoder processes: a picture that kills one harms neither server nor other pictures.

The only module that starts decoder processes. The passes run in `child`.
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from scanner_app.decoder.messages import HEADER, MAX_ANSWER, decoded_from_json, pack
from scanner_app.decoding.picture.open import MAX_BYTES, PictureRefused
from scanner_app.decoding.picture.shrink import Shrunk
from scanner_app.decoding.picture.symbols import BARS_MS, SAFE_FORMATS, Decoded

START_TIMEOUT_S = 60.0
# Address space, not resident memory. The libraries alone map some 400 MB, and 60 megapixels of WebP
# with transparency take the rest.
DEFAULT_MEMORY_MB = 1536
MAX_PICTURES = 500
# Two JPEGs of the largest picture that is accepted.
SHRINK_BUDGET_MS = 6000
_ROOT = Path(__file__).resolve().parents[2]
_CHUNK = 65536
JPEG = b"\xff\xd8\xff"


class PoolBusy(RuntimeError):
    """More pictures wait than the pool allows. The same picture can be sent again soon."""


class PictureFailed(RuntimeError):
    """The decoder died, timed out or failed on this picture. Do not retry it."""


class PicturePool:
    """Decoder processes, started with the first picture and replaced when one dies.

    Safe to call from many threads. It can be made before or after a fork, because it starts nothing
    until it is used.

    :param workers: number of processes, so of pictures decoded at once.
    :param waiting: further pictures that may wait for a free process.
    :param timeout_s: wall clock seconds for one picture, beyond its own budget.
    :param memory_mb: address space of a process in MiB.
    :param cpu_s: processor seconds for one picture, beyond its own budget.
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
        bars_ms: int = BARS_MS,
        formats: frozenset[str] = SAFE_FORMATS,
        explain: bool = False,
        keep_side: int = 0,
    ) -> Decoded:
        """Decode a picture in a process of the pool. Parameters as in `decode_picture`.

        :raises PictureRefused: the picture is refused.
        :raises PictureFailed: its decoder died, hung or failed.
        :raises PoolBusy: too many pictures are waiting.
        """
        head = {
            "budget_ms": budget_ms,
            "bars_ms": bars_ms,
            "formats": sorted(formats),
            "explain": explain,
            "keep_side": keep_side,
        }
        return _read_answer(*self._run(head, data))

    def shrink(self, data: bytes, *, sides: Sequence[int]) -> list[Shrunk]:
        """Return a picture as smaller JPEGs, made in a process of the pool (`shrink_picture`).

        :raises PictureRefused, PictureFailed, PoolBusy: as `decode` does.
        """
        head = {"budget_ms": SHRINK_BUDGET_MS, "sides": list(sides)}
        return _read_shrunk(*self._run(head, data))

    def _run(self, head: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
        """Return what a process answers, once one is free."""
        if len(data) > MAX_BYTES:
            # Refuse it here, before a huge picture is copied into a message.
            raise PictureRefused(
                "too_large",
                f"The picture has {len(data) / 1048576:.0f} MB; at most {MAX_BYTES // 1048576} MB "
                "are allowed. Send a smaller one.",
            )
        with self._lock:
            if self._inside >= self._places or self._is_closed:
                raise PoolBusy("Too many pictures are waiting to be decoded.")
            self._inside += 1
        try:
            if not self._slots.acquire(timeout=self._timeout_s):
                raise PoolBusy("No decoder became free in time.")
            try:
                return self._ask(pack(head, data), head["budget_ms"] / 1000 + self._timeout_s)
            finally:
                self._slots.release()
        finally:
            with self._lock:
                self._inside -= 1

    def close(self) -> None:
        """End the idle processes and take no more pictures. A busy one ends after its picture."""
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
        # When an application object is dropped, its decoders end with it.
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
            keep = not self._is_closed and child.pictures < MAX_PICTURES
            if keep:
                self._idle.append(child)
        if not keep:
            child.kill()
        return answer

    def _take_child(self) -> _Child:
        with self._lock:
            if os.getpid() != self._owner:
                # The pipes belong to the process that forked us. Two processes must not use one
                # pipe.
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
        """End the process and wait for it."""
        self._process.kill()
        self._close()
        self._process.wait()

    def forget(self) -> None:
        """Close our ends of a process that our parent, which forked us, still uses."""
        self._close()
        # It is not our child, so we cannot wait for it. Without a return code, its deletion would
        # warn about a process still running.
        self._process.returncode = 0

    def _close(self) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()

    def ask(self, request: bytes, timeout_s: float) -> tuple[dict[str, Any], bytes]:
        """Send a request and return its answer, JSON values and bytes.

        :raises PictureFailed: the process died, hung or sent an invalid answer.
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
            raise PictureFailed("The decoder's answer is invalid.") from error
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
        raise PictureFailed("The decoder's answer is invalid.")
    return HEADER.size + head_length + body_length


def _read_answer(answer: dict[str, Any], picture: bytes) -> Decoded:
    _raise_refusal(answer)
    if picture and not picture.startswith(JPEG):
        raise PictureFailed("The decoder's answer is invalid.")
    try:
        return decoded_from_json(answer["decoded"], picture)
    except (KeyError, TypeError, ValueError) as error:
        raise PictureFailed("The decoder's answer is invalid.") from error


def _read_shrunk(answer: dict[str, Any], body: bytes) -> list[Shrunk]:
    _raise_refusal(answer)
    shrunk, at = [], 0
    try:
        for width, height, length in answer["shrunk"]:
            shrunk.append(Shrunk(body[at : at + int(length)], int(width), int(height)))
            at += int(length)
    except (KeyError, TypeError, ValueError) as error:
        raise PictureFailed("The decoder's answer is invalid.") from error
    if at != len(body) or not all(one.jpeg.startswith(JPEG) for one in shrunk):
        raise PictureFailed("The decoder's answer is invalid.")
    return shrunk


def _raise_refusal(answer: dict[str, Any]) -> None:
    if "failed" in answer:
        raise PictureFailed(f"The decoder failed: {answer['failed']}")
    if "refused" in answer:
        code, message = answer["refused"]
        raise PictureRefused(str(code), str(message))


def _environment() -> dict[str, str]:
    """Return what the child needs to start, without the server's secrets."""
    kept = ("PATH", "LANG", "LC_ALL", "PYTHONPATH", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "HOME")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    # One thread a picture: the pool runs several pictures at once.
    environment |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    environment["PYTHONPATH"] = os.pathsep.join(
        part for part in (str(_ROOT), environment.get("PYTHONPATH", "")) if part
    )
    return environment
