"""How a device does: what the monitoring page counts and lists."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class DeviceState(StrEnum):
    """How a device does. One device may be in several."""

    ENDED = "ended"
    ENDING = "ending"
    UNPATCHED = "unpatched"
    POSSIBLE = "possible"
    SILENT = "silent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class DeviceStateRow:
    """What pages say of a state.

    :param work: what a maintenance for it is called, until somebody writes otherwise.
    """

    state: DeviceState
    label: str
    tone: str
    sentence: str
    work: str


DEVICE_STATES: dict[DeviceState, DeviceStateRow] = {
    row.state: row
    for row in (
        DeviceStateRow(
            DeviceState.ENDED, "Out of support", "bad",
            "The maker mends nothing any more in what these run, or in the model itself.",
            "Upgrade or replace: support has ended",
        ),
        DeviceStateRow(
            DeviceState.ENDING, "Support ends soon", "warn",
            "Support ends within 180 days.", "Upgrade before support ends",
        ),
        DeviceStateRow(
            DeviceState.UNPATCHED, "Exploited: check first", "bad",
            "The catalogue names what these run, and they were not patched since, or get no patches"
            " any more. It names no versions, so check.", "Check and patch: known to be exploited",
        ),
        DeviceStateRow(
            DeviceState.POSSIBLE, "Exploited: possible", "warn",
            "The catalogue names what these run, and nothing says when it was patched.",
            "Find out when it was patched",
        ),
        DeviceStateRow(
            DeviceState.SILENT, "Silent", "warn",
            "Nothing was heard of these for 30 days.", "Find out why it is silent",
        ),
        DeviceStateRow(
            DeviceState.UNKNOWN, "Unknown system", "note",
            "No rule knows what these run, so nobody can say until when it is supported.",
            "Find out what it runs",
        ),
    )
}  # fmt: skip
