"""Ids that follow from another: the undo of a scan, a label of a picture.

The same request again must make the same ids, so they cannot be random. Nobody else may be able to
make them beforehand: who records a scan under the id of your undo keeps you from undoing. So they
are keyed with the service's secret, and belong to one author.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class DerivedIds:
    """Makes the ids of one author.

    :param secret: of this service. With another one the same request makes other ids.
    """

    secret: str
    author: str

    def make(self, base: UUID, purpose: str) -> UUID:
        """Return the id that follows from another for a purpose, such as `undo` or `label 3`."""
        parts = (
            b"derived id",
            self.author.encode(),
            base.bytes,
            purpose.encode("utf-8", "surrogatepass"),
        )
        # Each part with its length, so that no two lists of parts give one text.
        text = b"".join(len(part).to_bytes(4) + part for part in parts)
        digest = hmac.digest(self.secret.encode(), text, hashlib.sha256)
        return UUID(bytes=digest[:16], version=4)
