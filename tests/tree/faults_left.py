"""TEMPORARY: how many faults of each rule are left while the code is moved. At the end: all zero.

A rule that is not named here allows none. Numbers, not names of files: files are being moved.
"""

from __future__ import annotations

FAULTS_LEFT: dict[str, int] = {
    "modules_are_short": 11,
    "functions_are_short": 24,
    "folders_are_small": 11,
    "what_is_known_of_a_member_is_a_row_in_domain": 8,
}
