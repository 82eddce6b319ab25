"""Secrets that must be read again, such as those that sign webhooks: encrypted in the database.

The key comes from the service's secret key, which is a file or a setting and never in the database,
so a stolen backup tells no secret.
"""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from scanner_app.domain.errors import ScannerAppError


class SealedText:
    """Encrypts and decrypts by one secret key."""

    def __init__(self, secret_key: str) -> None:
        derived = HKDF(SHA256(), 32, salt=None, info=b"scanner-app sealed text")
        self._fernet = Fernet(base64.urlsafe_b64encode(derived.derive(secret_key.encode())))

    def close(self, text: str) -> str:
        """Return a text encrypted."""
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """Return a text that was encrypted here.

        :raises ScannerAppError: it was encrypted with another secret key.
        """
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise ScannerAppError(
                "The service's secret key was changed. Rotate the secret of this webhook."
            ) from error
