"""The key that seals audits: made on first use, kept in the instance directory, mode 0600.

The public key of each key that ever sealed a report is kept beside it, one file each. A report of
years ago can still be checked with the key that sealed it.
"""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

from scanner_app.domain.errors import NotFound
from scanner_app.domain.seals.report import SigningKey

NAME = "audit-key.pem"
# What every page, document and download calls the public key.
PUBLIC_NAME = "audit-key.pub.pem"
FOLDER = "audit-keys"


def load_signing_key(instance_dir: Path) -> SigningKey:
    """Return the signing key of this service; its public key is beside it, audit-key.pub.pem.

    To change the key, move audit-key.pem away and restart: a new one is made, and the old public
    key is kept in audit-keys/.
    """
    path = instance_dir / NAME
    if not path.exists():
        instance_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = SigningKey.make()
        partial = path.with_suffix(f".{secrets.token_hex(8)}")
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(fresh.to_pem())
            file.flush()
            os.fsync(file.fileno())
        try:
            # Not rename: if two workers start at once, the second must not replace the first key.
            os.link(partial, path)
        except FileExistsError:
            pass
        finally:
            partial.unlink()
    key = SigningKey.from_pem(path.read_bytes())
    keep_public_key(instance_dir, key.key_id, key.public_pem)
    _write(instance_dir / PUBLIC_NAME, key.public_pem)
    return key


def keep_public_key(instance_dir: Path, key_id: str, pem: str) -> None:
    """Keep the public half of a key that seals or sealed reports of this service."""
    folder = instance_dir / FOLDER
    folder.mkdir(exist_ok=True)
    _write(folder / f"{key_id}.pem", pem)


def _write(public: Path, pem: str) -> None:
    if not public.exists() or public.read_text(encoding="ascii") != pem:
        partial = public.with_suffix(f".{secrets.token_hex(8)}")
        partial.write_text(pem, encoding="ascii")
        partial.replace(public)


def load_public_key(instance_dir: Path, key_id: str) -> str:
    """Return the public key of an id: of today's key or of an older one.

    :raises NotFound: no report was sealed here with a key of that id.
    """
    load_signing_key(instance_dir)
    path = instance_dir / FOLDER / f"{key_id}.pem"
    if not re.fullmatch(r"[0-9a-f]{16}", key_id) or not path.exists():
        raise NotFound("No report was sealed here with a key of that id.")
    return path.read_text(encoding="ascii")


def load_public_keys(instance_dir: Path) -> dict[str, str]:
    """Return every public key that was ever used here, by its id."""
    load_signing_key(instance_dir)
    files = (instance_dir / FOLDER).glob("*.pem")
    return {path.stem: path.read_text(encoding="ascii") for path in sorted(files)}


def put_key_aside(instance_dir: Path) -> Path | None:
    """Rename the signing key, so that the next one who asks makes a new one; None if none is there.

    Its public half stays in `audit-keys`.
    """
    path = instance_dir / NAME
    if not path.exists():
        return None
    key = load_signing_key(instance_dir)
    aside = path.with_name(f"audit-key-{key.key_id}.pem")
    path.rename(aside)
    return aside
