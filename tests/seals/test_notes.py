"""Checkpoints: signed notes that another program could check, and what is refused."""

from __future__ import annotations

import base64
import hashlib

import pytest

from scanner_app.domain.seals.notes import (
    BadNote,
    Checkpoint,
    origin_of,
    read_checkpoint,
    show_verifier,
    sign_checkpoint,
    verify_checkpoint,
)
from scanner_app.domain.seals.report import SigningKey

KEY = SigningKey.make()
POINT = Checkpoint(origin_of("0f6d5a4f", "scans"), 4711, bytes(range(32)))
NOTE = sign_checkpoint(POINT, KEY)


def test_a_checkpoint_has_the_parts_of_a_signed_note():
    """Origin, size, root, a blank line, and a signature over all before that line."""
    lines = NOTE.split("\n")

    assert lines[:4] == [
        "scanner-app/0f6d5a4f/scans",
        "4711",
        base64.b64encode(bytes(range(32))).decode(),
        "",
    ]
    dash, name, text = lines[4].split(" ")
    assert (dash, name, lines[5:]) == ("\u2014", "scanner-app/0f6d5a4f/scans", [""])
    blob = base64.b64decode(text)
    raw = KEY.private.public_key().public_bytes_raw()
    assert blob[:4] == hashlib.sha256(name.encode() + b"\x0a\x01" + raw).digest()[:4]
    KEY.private.public_key().verify(blob[4:], ("\n".join(lines[:3]) + "\n").encode())
    public = base64.b64encode(bytes([1]) + raw).decode()
    assert show_verifier(name, KEY) == f"{name}+{blob[:4].hex()}+{public}"


def test_a_checkpoint_is_read_back():
    assert read_checkpoint(NOTE) == verify_checkpoint(NOTE, KEY.public_pem) == POINT


@pytest.mark.parametrize(
    ("altered", "reason"),
    [
        (NOTE.replace("4711", "4712"), "does not hold"),
        (NOTE.replace("scanner-app/0f", "scanner-app/1f", 1), "not signed with this key"),
        (sign_checkpoint(POINT, SigningKey.make()), "not signed with this key"),
        (NOTE.replace("4711", "04711"), "no size"),
        (NOTE.replace("4711", "-1"), "no size"),
        (NOTE.replace("\n\n", "\n"), "not a checkpoint"),
        (NOTE.replace("AAEC", "AA!C"), "not base64"),
        (NOTE.replace("AAEC", ""), "not a SHA-256"),
        (NOTE + NOTE * 50, "not a checkpoint"),
        ("", "not a checkpoint"),
    ],
)
def test_an_altered_checkpoint_is_refused_with_the_reason(altered, reason):
    with pytest.raises(BadNote, match=reason):
        verify_checkpoint(altered, KEY.public_pem)


def test_a_second_signature_is_no_harm():
    """Witnesses sign below; a line of another name is passed over."""
    witnessed = NOTE + "\u2014 witness.example AAAAAAAA\n"

    assert verify_checkpoint(witnessed, KEY.public_pem) == POINT
