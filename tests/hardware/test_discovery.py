"""Devices found in a made-up /sys and /dev: proposed by USB id, never opened."""

from __future__ import annotations

from pathlib import Path

import pytest

from hardware.discovery import propose_readers


class Machine:
    """Folders with the layout of the kernel and udev."""

    def __init__(self, root: Path) -> None:
        self.sys, self.dev = root / "sys", root / "dev"
        for folder in (self.sys / "class" / "tty", self.sys / "class" / "hidraw", self.dev):
            folder.mkdir(parents=True)

    def plug_serial(self, tty: str, *, vid: str, pid: str, serial: str | None, socket: str) -> None:
        usb = self.sys / "devices" / socket
        interface = usb / f"{socket}:1.0"
        interface.mkdir(parents=True)
        (usb / "idVendor").write_text(f"{vid}\n")
        (usb / "idProduct").write_text(f"{pid}\n")
        (usb / "product").write_text("USB thing\n")
        if serial is not None:
            (usb / "serial").write_text(f"{serial}\n")
        entry = self.sys / "class" / "tty" / tty
        entry.mkdir()
        (entry / "device").symlink_to(interface)
        (self.dev / tty).touch()
        self._link("serial/by-path", f"pci-usb-{socket}", tty)
        self._link("serial/by-id", f"usb-thing_{serial or 'none'}-if00", tty)

    def plug_hid(self, name: str, uevent: str) -> None:
        folder = self.sys / "class" / "hidraw" / name / "device"
        folder.mkdir(parents=True)
        (folder / "uevent").write_text(uevent)

    def plug_keyboard(self, name: str) -> None:
        (self.dev / "event7").touch()
        self._link("input/by-id", name, "event7")

    def _link(self, folder: str, name: str, target: str) -> None:
        (self.dev / folder).mkdir(parents=True, exist_ok=True)
        (self.dev / folder / name).symlink_to(self.dev / target)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


class TestProposeReaders:
    def test_proposes_a_known_scanner_by_its_stable_name(self, machine: Machine) -> None:
        machine.plug_serial("ttyACM0", vid="0c2e", pid="0b6a", serial="17B2", socket="1-1")

        found = propose_readers(machine.sys, machine.dev)

        assert [(one.kind, one.protocol, one.is_stable) for one in found] == [
            ("serial", "text", True)
        ]
        assert found[0].port.endswith("serial/by-id/usb-thing_17B2-if00")

    def test_proposes_no_protocol_for_a_bridge_that_many_devices_use(
        self, machine: Machine
    ) -> None:
        machine.plug_serial("ttyUSB0", vid="1a86", pid="7523", serial="9", socket="1-1")

        assert propose_readers(machine.sys, machine.dev)[0].protocol is None

    @pytest.mark.parametrize("serial", [None, "0001", "A50285BI", ""])
    def test_names_a_device_by_its_usb_socket_if_clones_share_its_serial_number(
        self, machine: Machine, serial: str | None
    ) -> None:
        machine.plug_serial("ttyUSB0", vid="0403", pid="6001", serial=serial, socket="1-3")

        found = propose_readers(machine.sys, machine.dev)[0]

        assert found.port.endswith("serial/by-path/pci-usb-1-3")
        assert not found.is_stable

    def test_two_readers_that_swap_their_ttys_keep_their_names(self, tmp_path: Path) -> None:
        first, second = Machine(tmp_path / "a"), Machine(tmp_path / "b")
        first.plug_serial("ttyUSB0", vid="0403", pid="6001", serial="L1", socket="1-1")
        first.plug_serial("ttyUSB1", vid="0403", pid="6001", serial="R2", socket="1-2")
        second.plug_serial("ttyUSB1", vid="0403", pid="6001", serial="L1", socket="1-1")
        second.plug_serial("ttyUSB0", vid="0403", pid="6001", serial="R2", socket="1-2")

        names = [
            {one.serial: Path(one.port).name for one in propose_readers(where.sys, where.dev)}
            for where in (first, second)
        ]

        assert names[0] == names[1]
        assert len(names[0]) == 2

    def test_proposes_a_scanner_in_hid_mode_but_not_a_mouse(self, machine: Machine) -> None:
        machine.plug_hid("hidraw0", "HID_ID=0003:000005E0:00001701\nHID_NAME=DS2208\nHID_UNIQ=S1\n")
        machine.plug_hid("hidraw1", "HID_ID=0003:0000046D:0000C077\nHID_NAME=Mouse\n")
        machine.plug_hid("hidraw2", "nonsense\n")

        found = propose_readers(machine.sys, machine.dev)

        assert [(one.kind, one.port) for one in found] == [("hid", "05e0:1701:S1")]

    def test_shows_devices_that_type_with_a_warning(self, machine: Machine) -> None:
        machine.plug_keyboard("usb-Scanner-event-kbd")
        machine.plug_keyboard("usb-Mouse-event-mouse")

        found = propose_readers(machine.sys, machine.dev)

        assert [(one.kind, "only if it is a scanner" in one.about) for one in found] == [
            ("evdev", True)
        ]

    def test_opens_no_device(self, machine: Machine) -> None:
        machine.plug_serial("ttyUSB0", vid="1a86", pid="7523", serial="9", socket="1-1")
        (machine.dev / "ttyUSB0").chmod(0)
        (machine.dev / "ttyUSB0").unlink()

        assert propose_readers(machine.sys, machine.dev)[0].device.endswith("ttyUSB0")

    def test_finds_nothing_on_a_machine_without_these_folders(self, tmp_path: Path) -> None:
        assert propose_readers(tmp_path / "sys", tmp_path / "dev") == []
