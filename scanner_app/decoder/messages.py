"""The messages between a web worker and its decoder process: JSON and bytes, no pickle.

A decoder that a picture has taken over must not be able to run code in the server, so its answers
are only data.
"""

from __future__ import annotations

import base64
import json
import struct
from typing import Any

from scanner_app.decoding.picture.symbols import Decoded, PassRun, Symbol

HEADER = struct.Struct(">II")
MAX_ANSWER = 64 * 1024 * 1024


def pack(head: dict[str, Any], body: bytes = b"") -> bytes:
    """Return one message: two lengths, a JSON object and bytes."""
    text = json.dumps(head).encode()
    return HEADER.pack(len(text), len(body)) + text + body


def decoded_to_json(decoded: Decoded) -> dict[str, Any]:
    """Return a result as JSON values."""
    return {
        "symbols": [
            {
                "text": s.text,
                "bytes": base64.b64encode(s.bytes).decode(),
                "symbology": s.symbology,
                "polygon": s.polygon,
                "aim": s.aim,
                "add_on": s.add_on,
                "found_by": s.found_by,
            }
            for s in decoded.symbols
        ],
        "width": decoded.width,
        "height": decoded.height,
        "elapsed_ms": decoded.elapsed_ms,
        "passes": [[p.name, p.elapsed_ms, p.found] for p in decoded.passes],
    }


def decoded_from_json(value: dict[str, Any], picture: bytes = b"") -> Decoded:
    """Return the result that `value` describes, with the picture that came beside it.

    :raises KeyError, TypeError, ValueError: the decoder's answer is invalid.
    """
    return Decoded(
        symbols=tuple(
            Symbol(
                text=str(s["text"]),
                bytes=base64.b64decode(s["bytes"]),
                symbology=str(s["symbology"]),
                polygon=tuple((float(x), float(y)) for x, y in s["polygon"]),  # type: ignore[arg-type] # four corners
                aim=s["aim"],
                add_on=s["add_on"],
                found_by=str(s["found_by"]),
            )
            for s in value["symbols"]
        ),
        width=int(value["width"]),
        height=int(value["height"]),
        elapsed_ms=float(value["elapsed_ms"]),
        passes=tuple(PassRun(str(n), float(t), tuple(f)) for n, t, f in value["passes"]),
        picture=picture,
    )
