"""The decoder process: reads pictures from its standard input, answers on its standard output.

`pool` starts it. It decodes one picture at a time, with limits on memory and processor time.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from typing import Any, BinaryIO

from scanner_app.decoder.messages import HEADER, decoded_to_json, pack
from scanner_app.decoding.picture.decode import PictureRefused, decode_picture
from scanner_app.decoding.picture.shrink import shrink_picture


def main() -> None:
    """Decode pictures until the standard input ends."""
    memory_mb, cpu_s = int(sys.argv[1]), int(sys.argv[2])
    # Answers get a separate descriptor, so that a library that prints cannot corrupt them.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    _limit_memory(memory_mb)
    requests = sys.stdin.buffer
    answers.write(pack({"ready": True}))
    answers.flush()
    while (message := _read_message(requests)) is not None:
        # A longer budget allows more processor time too.
        _limit_cpu(cpu_s + int(message[0]["budget_ms"]) // 1000)
        answers.write(pack(*_answer(*message)))
        answers.flush()


def _answer(head: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
    try:
        if "sides" in head:
            shrunk = shrink_picture(data, sides=[int(side) for side in head["sides"]])
            sizes = [[one.width, one.height, len(one.jpeg)] for one in shrunk]
            return {"shrunk": sizes}, b"".join(one.jpeg for one in shrunk)
        decoded = decode_picture(
            data,
            budget_ms=int(head["budget_ms"]),
            bars_ms=int(head["bars_ms"]),
            formats=frozenset(head["formats"]),
            explain=bool(head["explain"]),
            keep_side=int(head["keep_side"]),
        )
    except PictureRefused as error:
        return {"refused": [error.code, error.message]}, b""
    except MemoryError:
        return {"failed": "it needs more memory than a picture may use"}, b""
    except Exception as error:  # noqa: BLE001 - one bad picture must not end the process
        return {"failed": f"{type(error).__name__}: {error}"[:200]}, b""
    return {"decoded": decoded_to_json(decoded)}, decoded.picture


def _read_message(stream: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    lengths = stream.read(HEADER.size)
    if len(lengths) < HEADER.size:
        return None
    head_length, body_length = HEADER.unpack(lengths)
    head = stream.read(head_length)
    body = stream.read(body_length)
    if len(head) < head_length or len(body) < body_length:
        return None
    value: dict[str, Any] = json.loads(head)
    return value, body


def _limit_memory(memory_mb: int) -> None:
    size = memory_mb * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # No picture needs a file, so a library tricked into writing one fails.
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _limit_cpu(seconds: int) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    allowed = int(used.ru_utime + used.ru_stime) + seconds + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (allowed, hard))


if __name__ == "__main__":
    main()
