"""The pack of a closed audit: everything with which an outsider checks its report, in one file."""

from __future__ import annotations

import base64
import json
import time
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from sqlalchemy.orm import Session

from scanner_app.domain.errors import NotFound
from scanner_app.domain.seals.leaves import Tree
from scanner_app.domain.seals.report import SEAL
from scanner_app.queries.seals.chain import find_seal, list_links
from scanner_app.queries.seals.proofs import load_seal_proof
from scanner_app.queries.seals.texts import SealedText
from scanner_app.queries.seals.witnesses import find_stamp
from scanner_app.services.audits.records.pictures import FindFile, find_picture

README = """This pack holds one sealed record of scanner-app, and what is needed to check it.

  python verify_audit.py report.json --key KEY        (or the whole pack, as it was downloaded)

KEY is the public key of the service. Get it from the service itself, not from this pack: key.pem
here is only the one that the record names. verify_audit.py needs Python 3.11 and `cryptography`,
nothing else. It exits with 0 if the record is untouched and right, with 1 and the reason if not,
with 2 if it cannot check.

  report.json      the record, with its seal
  body.json        exactly the bytes that are signed; body.sig is the raw signature of 64 bytes:
                   openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in body.json \\
                     -sigfile body.sig
  key.pem          the public key that the record names
  chain.json       number and SHA-256 of every sealed record up to this one
  sealed.json      the proof that the seal is in the signed log, once its window has ended
  checkpoint.txt   the checkpoint of the log to which that proof leads; checkpoint.tsr is its time
                   stamp by RFC 3161, where an authority is asked and has answered:
                   openssl ts -verify -data checkpoint.txt -in checkpoint.tsr -CAfile TSA.pem
                   TSA.pem holds the certificates of that authority. Get them from it.
  pictures/        the pictures that the record names by their SHA-256; they may be left out

Codes of verify_audit.py: json, content, key, key_id, signature, population, draw (with its
number), scans, acts, findings, decisions, rounds, figures, log, pictures, chain.
docs/audits.md explains each.
"""


def write_pack(
    session: Session, audit_id: int, file: IO[bytes], *, script: Path, find_file: FindFile
) -> None:
    """Write the pack of an audit as a ZIP file.

    :param script: verify_audit.py, as it is shipped.
    :param find_file: returns a file of the store by its SHA-256, None if it is not there.
    :raises NotFound: the audit is not sealed.
    """
    seal = find_seal(session, audit_id)
    if seal is None:
        raise NotFound("This audit is not sealed. A pack is made of a closed audit.")
    text = SealedText(session, seal.number)
    report = text.report
    sealed = load_seal_proof(session, audit_id)
    links = [
        {"number": one.number, "sha256": one.sha256, "previous_sha256": one.previous_sha256}
        for one in list_links(session)
        if one.number <= seal.number
    ]
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr("README.txt", README)
        _write_pieces(pack, "report.json", text.read())
        _write_pieces(pack, "body.json", text.read_body())
        pack.writestr("body.sig", base64.b64decode(seal.signature))
        pack.writestr("key.pem", report[SEAL]["public_key"])
        pack.writestr("chain.json", json.dumps(links))
        if sealed is not None:
            pack.writestr("sealed.json", json.dumps(sealed, ensure_ascii=False))
            pack.writestr("checkpoint.txt", sealed["checkpoint"])
            stamp = find_stamp(session, Tree.ACTS, sealed["size"])
            if stamp is not None:
                pack.writestr("checkpoint.tsr", stamp)
        pack.write(script, "verify_audit.py")
        for picture in report.get("pictures", []):
            content = find_picture(session, picture["sha256"], find_file)
            if content is not None:
                pack.writestr(f"pictures/{picture['sha256']}.jpg", content)


def _write_pieces(pack: zipfile.ZipFile, name: str, pieces: Iterable[bytes]) -> None:
    info = zipfile.ZipInfo(name, time.localtime()[:6])
    info.compress_type = zipfile.ZIP_DEFLATED
    with pack.open(info, "w", force_zip64=True) as file:
        for piece in pieces:
            file.write(piece)
