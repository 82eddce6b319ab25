"""Finds plugged-in devices in the kernel's own lists. Proposes them, and never opens one.

Opening ports to look for readers has disturbed other devices before, so a person confirms each one.
Stable names come from /dev/serial. A device whose serial number is missing or shared by all copies
of its chip is named by its USB socket instead.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Counterfeit or unprogrammed USB bridges share these serial numbers. A name made from one moves
# from device to device.
SHARED_SERIALS = frozenset({"", "0", "0001", "00000000", "0123456789", "A50285BI", "12345678"})


@dataclass(frozen=True, slots=True)
class UsbMatch:
    """A known USB id. `product` None matches every product of the vendor."""

    vendor: int
    product: int | None
    about: str
    kind: str
    protocol: str | None = None


USB_MATCHES = (
    UsbMatch(0x0C2E, None, "Honeywell scanner", "serial", "text"),
    UsbMatch(0x23D0, None, "Youjie scanner", "serial", "text"),
    UsbMatch(0x05E0, None, "Zebra or Symbol scanner", "serial", "text"),
    UsbMatch(0x05F9, None, "Datalogic scanner", "serial", "text"),
    UsbMatch(0x072F, 0x2200, "ACS ACR122U NFC pad", "pcsc"),
    UsbMatch(0x1A86, 0x7523, "CH340 bridge: RFID modules and many other things", "serial"),
    UsbMatch(0x10C4, 0xEA60, "CP210x bridge: RFID modules and many other things", "serial"),
    UsbMatch(0x0403, 0x6001, "FTDI bridge: RFID modules and many other things", "serial"),
    UsbMatch(0x0403, 0x6015, "FTDI bridge: RFID modules and many other things", "serial"),
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A device that may be a reader, with the values to write in readers.toml."""

    port: str
    device: str
    about: str
    kind: str
    protocol: str | None
    vendor: int | None
    product: int | None
    serial: str | None
    is_stable: bool


def propose_readers(sys: Path = Path("/sys"), dev: Path = Path("/dev")) -> list[Proposal]:
    """Return what is plugged in: serial ports, HID scanners, then devices that type."""
    return [
        *_propose_serial(sys, dev),
        *_propose_hid(sys),
        *_propose_keyboards(dev),
    ]


def _propose_serial(sys: Path, dev: Path) -> Iterator[Proposal]:
    for tty in _entries(sys / "class" / "tty"):
        interface = tty / "device"
        if not interface.exists():
            continue
        usb = _usb_parent(interface.resolve(), sys)
        if usb is None:
            continue
        vendor, product = _hex(usb / "idVendor"), _hex(usb / "idProduct")
        serial = _text(usb / "serial")
        port, is_stable = _stable_name(dev, tty.name, serial)
        match = _match(vendor, product)
        name = " ".join(filter(None, (_text(usb / "manufacturer"), _text(usb / "product"))))
        yield Proposal(
            port=port,
            device=str(dev / tty.name),
            about=f"{match.about if match else 'serial device'}{f' ({name})' if name else ''}",
            kind="serial",
            protocol=match.protocol if match else None,
            vendor=vendor,
            product=product,
            serial=serial,
            is_stable=is_stable,
        )


def _propose_hid(sys: Path) -> Iterator[Proposal]:
    for raw in _entries(sys / "class" / "hidraw"):
        facts = dict(
            line.split("=", 1)
            for line in (_text(raw / "device" / "uevent") or "").splitlines()
            if "=" in line
        )
        try:
            _, vendor, product = (int(part, 16) for part in facts["HID_ID"].split(":"))
        except (KeyError, ValueError):
            continue
        match = _match(vendor, product)
        if match is None or match.kind != "serial" or match.protocol != "text":
            continue
        serial = facts.get("HID_UNIQ") or None
        yield Proposal(
            port=f"{vendor:04x}:{product:04x}" + (f":{serial}" if serial else ""),
            device=f"/dev/{raw.name}",
            about=f"{match.about} in HID mode ({facts.get('HID_NAME', 'no name')})",
            kind="hid",
            protocol="hidpos",
            vendor=vendor,
            product=product,
            serial=serial,
            is_stable=serial is not None,
        )


def _propose_keyboards(dev: Path) -> Iterator[Proposal]:
    for link in _entries(dev / "input" / "by-id"):
        if link.name.endswith("-event-kbd"):
            yield Proposal(
                port=str(link),
                device=os.path.realpath(link),
                about="a device that types; choose it only if it is a scanner",
                kind="evdev",
                protocol="keyboard",
                vendor=None,
                product=None,
                serial=None,
                is_stable=True,
            )


def _stable_name(dev: Path, tty: str, serial: str | None) -> tuple[str, bool]:
    """Return the port name to write down, and whether it follows the device, not the socket."""
    target = os.path.realpath(dev / tty)
    is_own_serial = serial is not None and serial.strip() not in SHARED_SERIALS
    for folder, is_stable in (("by-id", True), ("by-path", False)):
        if folder == "by-id" and not is_own_serial:
            continue
        for link in _entries(dev / "serial" / folder):
            if os.path.realpath(link) == target:
                return str(link), is_stable
    return str(dev / tty), False


def _usb_parent(device: Path, sys: Path) -> Path | None:
    top = sys.resolve()
    for folder in (device, *device.parents):
        if (folder / "idVendor").is_file():
            return folder
        if folder == top:
            return None
    return None


def _match(vendor: int | None, product: int | None) -> UsbMatch | None:
    for match in USB_MATCHES:
        if match.vendor == vendor and match.product in {None, product}:
            return match
    return None


def _entries(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip() or None
    except OSError:
        return None


def _hex(path: Path) -> int | None:
    try:
        return int(_text(path) or "", 16)
    except ValueError:
        return None
