"""The key that seals audits: made on first use, kept in the instance directory, mode 0600.

Public halves are kept beside it, one file a key that ever sealed: a report of years ago is still
checked with the key of its day.
"""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

from scanner_app.domain.errors import NotFound
from scanner_app.domain.seals import SigningKey

NAME = "audit-key.pem"
PUBLIC_NAME = "audit-key.pub.pem"
FOLDER = "audit-keys"


def load_signing_key(instance_dir: Path) -> SigningKey:
    """Give this service's signing key; its public half lies beside it as audit-key.pub.pem.

    To change the key, move audit-key.pem away and restart: the next one is made, and the old
    public half stays in audit-keys/.
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
            os.link(partial, path)  # of two workers that start at once, one key wins
        except FileExistsError:
            pass
        finally:
            partial.unlink()
    key = SigningKey.from_pem(path.read_bytes())
    folder = instance_dir / FOLDER
    folder.mkdir(exist_ok=True)
    for public in (folder / f"{key.key_id}.pem", instance_dir / PUBLIC_NAME):
        if not public.exists() or public.read_text(encoding="ascii") != key.public_pem:
            partial = public.with_suffix(f".{secrets.token_hex(8)}")
            partial.write_text(key.public_pem, encoding="ascii")
            partial.replace(public)
    return key


def load_public_key(instance_dir: Path, key_id: str) -> str:
    """Give the public half of a key that seals or once sealed.

    :raises NotFound: no report was sealed with a key of that id here.
    """
    load_signing_key(instance_dir)
    path = instance_dir / FOLDER / f"{key_id}.pem"
    if not re.fullmatch(r"[0-9a-f]{16}", key_id) or not path.exists():
        raise NotFound("No key of that id ever sealed a report here.")
    return path.read_text(encoding="ascii")
