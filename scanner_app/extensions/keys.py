"""The key that seals audits: made on first use, kept in the instance directory, mode 0600."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from scanner_app.domain.seals import SigningKey

NAME = "audit-key.pem"


def load_signing_key(instance_dir: Path) -> SigningKey:
    """Give this service's signing key; its public half lies beside it as audit-key.pub.pem."""
    path = instance_dir / NAME
    if not path.exists():
        instance_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = SigningKey.make()
        partial = path.with_suffix(f".{secrets.token_hex(8)}")
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
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
    public = path.with_suffix(".pub.pem")
    if not public.exists():
        partial = path.with_suffix(f".{secrets.token_hex(8)}")
        partial.write_text(key.public_pem)
        partial.replace(public)
    return key
