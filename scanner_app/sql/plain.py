"""The switch between the fast ways of this package and their plain twins.

Each fast way has a twin that does the same through SQLAlchemy alone. Tests compare the two, and the
whole suite can run on the twins: `SCANNER_PLAIN_SQL=1`. It is for tests only; no server needs it.
"""

from __future__ import annotations

import os

_IS_PLAIN = os.environ.get("SCANNER_PLAIN_SQL") == "1"


def is_plain() -> bool:
    """Return whether the plain twins do the work."""
    return _IS_PLAIN
