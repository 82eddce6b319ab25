"""What can go wrong with a reader, drawn as a tree so that catching one is an informed act.

HardwareError
  ConfigError            readers.toml names a kind that does not exist; a port is missing
  ReaderError
    DriverMissing        the extra with the driver is not installed; the message says which
    ReaderNotFound       the port is not there (unplugged); the host has no such name
    ReaderBusy           another program holds the port; an LLRP reader has its one client
    ReaderDisconnected   unplugged in mid-frame; the network reader closed the connection
    ReaderEnded          a capture was played to its end; a virtual reader's time is over
    RemoteProtocolError  the other end broke its own protocol; LLRP framing lost
  SpoolError
    SpoolFull            the disk cap is reached; nothing unsent was thrown away
    SpoolBusy            a second agent was started on the same spool
"""

from __future__ import annotations


class HardwareError(Exception):
    """Anything this package raises on purpose."""


class ConfigError(HardwareError):
    """The settings cannot be used; the message names the key and what to write instead."""


class ReaderError(HardwareError):
    """A reader cannot be used just now."""


class DriverMissing(ReaderError):
    """The driver of this reader kind is not installed: trying again will not help."""

    def __init__(self, kind: str, extra: str, package: str) -> None:
        """Name what to install.

        :param kind: the reader kind that was asked for, such as ``evdev``
        :param extra: the extra of this distribution that brings the driver
        :param package: the package behind that extra
        """
        super().__init__(
            f"A reader of kind {kind!r} needs the driver {package!r}, which is not installed: "
            f"pip install 'scanner-app[{extra}]'"
        )
        self.extra = extra


class ReaderNotFound(ReaderError):
    """The port, device or host is not there."""


class ReaderBusy(ReaderError):
    """Somebody else holds it."""


class ReaderDisconnected(ReaderError):
    """It was there, and went away."""


class ReaderEnded(ReaderError):
    """It has told all that it ever will: opening it again would tell it twice."""


class RemoteProtocolError(ReaderError):
    """The other end sent what its protocol forbids and there is no way to resynchronise."""


class SpoolError(HardwareError):
    """The spool on disk cannot be used."""


class SpoolFull(SpoolError):
    """The disk cap is reached."""


class SpoolBusy(SpoolError):
    """Another agent works with this spool."""
