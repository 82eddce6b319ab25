"""The text of a record, written, hashed and signed in pieces: memory does not grow with it.

Long lists go to a file as they are read. Then the hash of each part is known, so the body can be
written in the order of its names, hashed, and signed. The bytes are those of `seal_report`.
"""

from __future__ import annotations

import hashlib
import mmap
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any

from scanner_app.domain.seals.canonical import dump_canonical
from scanner_app.domain.seals.long_parts import ITEMS, LongList, Rooted
from scanner_app.domain.seals.merkle import RootBuilder
from scanner_app.domain.seals.report import (
    PARTS,
    SEAL,
    SigningKey,
    dump_item,
    encode_signature,
    mark_items,
    show_seal,
)

# A piece of a long list ends with the item that reaches this many bytes.
PIECE = 2**20
# A shorter body is signed as it is in memory.
IN_MEMORY = 4 * PIECE


@dataclass(frozen=True, slots=True)
class Spooled:
    """Some items of a long list, which are in the file."""

    part: str
    start: int
    length: int


Run = bytes | Spooled


@dataclass(frozen=True, slots=True)
class RecordText:
    """A sealed record: what its seal says, and its text in order.

    :param runs: each with the name of the long list that it is of, of the seal, or of nothing.
    """

    sha256: str
    signature: str
    length: int
    runs: tuple[tuple[str, Run], ...]
    file: IO[bytes]

    def read(self) -> Iterator[tuple[str, bytes]]:
        """Yield the text in pieces; what is not of a long list and not the seal is of no part."""
        held: list[bytes] = []
        for part, run in self.runs:
            if isinstance(run, bytes) and part == "":
                held.append(run)
                continue
            if held:
                yield "", b"".join(held)
                held = []
            yield part, _load(self.file, run)
        if held:
            yield "", b"".join(held)


def write_record(report: Mapping[str, Any], key: SigningKey, file: IO[bytes]) -> RecordText:
    """Write the long lists of a record into a file, and return the sealed text over it.

    :param file: empty; the text is read from it, so it stays open as long as the text is wanted.
    """
    members = {name: _write_part(name, part, file) for name, part in report.items()}
    hashes = {name: _hash(file, runs) for name, runs in members.items()}
    members[PARTS] = [dump_canonical(hashes)]
    body = _join(members)
    length = sum(len(run) if isinstance(run, bytes) else run.length for _part, run in body)
    digest, signature = _sign(file, [run for _part, run in body], length, key)
    seal = dump_canonical(show_seal(digest, signature, key))
    return RecordText(digest, signature, length, tuple(_join({**members, SEAL: [seal]})), file)


def _write_part(name: str, part: Any, file: IO[bytes]) -> list[Run]:
    """Return a part in canonical form, its long list in the file."""
    if isinstance(part, LongList):
        return [b"[", *_spool(name, part, file), b"]"]
    if isinstance(part, Rooted):
        root = RootBuilder()
        runs = list(_spool(name, part.items, file, root))
        head = f'{{"count":{root.size},"{ITEMS}":['.encode()
        return [head, *runs, f'],"root":"{root.hex()}"}}'.encode()]
    if isinstance(part, dict) and isinstance(part.get(ITEMS), LongList):
        low = dump_canonical({n: value for n, value in part.items() if n < ITEMS})[:-1]
        high = dump_canonical({n: value for n, value in part.items() if n > ITEMS})[1:]
        begin = low + (b"," if len(low) > 1 else b"") + f'"{ITEMS}":['.encode()
        end = b"]" + (b"," if len(high) > 1 else b"") + high
        return [begin, *_spool(name, part[ITEMS], file), end]
    return [dump_canonical(mark_items(name, part))]


def _spool(
    name: str, items: LongList, file: IO[bytes], root: RootBuilder | None = None
) -> Iterator[Spooled]:
    """Write the items of a list into the file, each with its hash; yield where its pieces are."""
    held: list[bytes] = []
    size, comma = 0, b""
    for item in items:
        plain, marked = dump_item(item)
        if root is not None:
            root.add(plain)
        held.append(comma + marked)
        comma = b","
        size += len(marked)
        if size >= PIECE:
            yield _append(name, held, file)
            held, size = [], 0
    if held:
        yield _append(name, held, file)


def _append(name: str, held: list[bytes], file: IO[bytes]) -> Spooled:
    start = file.seek(0, 2)
    return Spooled(name, start, file.write(b"".join(held)))


def _join(members: Mapping[str, list[Run]]) -> list[tuple[str, Run]]:
    """Return the runs of an object in canonical form, each with its part."""
    runs: list[tuple[str, Run]] = []
    for name in sorted(members, key=lambda name: name.encode("utf-16-be")):
        part = SEAL if name == SEAL else ""
        comma = b"," if runs else b"{"
        runs.append((part, comma + dump_canonical(name) + b":"))
        runs += [(part if isinstance(run, bytes) else run.part, run) for run in members[name]]
    return [*runs, ("", b"}")]


def _load(file: IO[bytes], run: Run) -> bytes:
    if isinstance(run, bytes):
        return run
    file.seek(run.start)
    return file.read(run.length)


def _hash(file: IO[bytes], runs: Iterable[Run]) -> str:
    digest = hashlib.sha256()
    for run in runs:
        digest.update(_load(file, run))
    return digest.hexdigest()


def _sign(file: IO[bytes], runs: list[Run], length: int, key: SigningKey) -> tuple[str, str]:
    """Return the hash of a body and its signature, for which it has to lie in one place."""
    if length <= IN_MEMORY:
        body = b"".join(_load(file, run) for run in runs)
        return hashlib.sha256(body).hexdigest(), encode_signature(key.private.sign(body))
    with tempfile.TemporaryFile() as whole:
        for run in runs:
            whole.write(_load(file, run))
        whole.flush()
        with (
            mmap.mmap(whole.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
            memoryview(mapped) as view,
        ):
            return hashlib.sha256(view).hexdigest(), encode_signature(key.private.sign(view))
