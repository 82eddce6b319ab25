"""The errors of this package, drawn as a tree, each with a situation that raises it.

HardwareError
  ConfigError            readers.toml names a kind that does not exist; a port is missing
  ReaderError
    DriverMissing        the driver is not installed; the message names the extra to install
    ReaderNotFound       the port does not exist (unplugged); the host name is unknown
    ReaderBusy           another program holds the port; an LLRP reader has its only client
    ReaderDisconnected   unplugged during a frame; the network reader closed the connection
    ReaderEnded          a capture was replayed to its end; a virtual reader's time is over
    RemoteProtocolError  the other end broke its protocol; LLRP framing is lost
  SpoolError
    SpoolFull            the size limit is reached; no unsent record was dropped
    SpoolBusy            a second agent was started on the same spool
"""

from __future__ import annotations


class HardwareError(Exception):
    """Base of every error that this package raises on purpose."""


class ConfigError(HardwareError):
    """The settings are wrong. The message names the key and what to write instead."""


class ReaderError(HardwareError):
    """A reader cannot be used now."""


class DriverMissing(ReaderError):
    """The driver of this kind is not installed, so trying again cannot help."""

    def __init__(self, kind: str, extra: str, package: str) -> None:
        """Name what to install.

        :param kind: the reader kind, such as ``evdev``
        :param extra: the extra of this distribution that installs the driver
        :param package: the package behind that extra
        """
        super().__init__(
            f"A reader of kind {kind!r} needs the driver {package!r}, which is not installed: "
            f"pip install 'scanner-app[{extra}]'"
        )
        self.extra = extra


class ReaderNotFound(ReaderError):
    """The port, device or host does not exist or does not answer."""


class ReaderBusy(ReaderError):
    """Another program holds the device, or this user may not open it."""


class ReaderDisconnected(ReaderError):
    """The device was there and went away."""


class ReaderEnded(ReaderError):
    """The reader has no more reads. Opening it again would deliver the same ones twice."""


class RemoteProtocolError(ReaderError):
    """The other end broke its protocol, and the stream cannot be resynchronised."""


class SpoolError(HardwareError):
    """The spool on disk cannot be used."""


class SpoolFull(SpoolError):
    """The spool has reached its size limit."""


class SpoolBusy(SpoolError):
    """Another agent uses this spool."""
