"""Eyes, ears and hands: every answer told apart, on a clean page; and the readers beside the keyboard."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import pytest

from tests.browser.conftest import open_scan_page, scan_by_keys, wait_until
from tests.browser.scanning.test_scan_screen import find_violations
from tests.browser.test_offline import FaultyProxy

pytestmark = pytest.mark.browser
CAMERAS = [
    "--use-fake-device-for-media-stream=device-count=2",
    "--use-fake-ui-for-media-stream",
]
FRAMES = Path(__file__).parents[2] / "hardware" / "data" / "frames.csv"

# What is heard and felt is noted where it leaves the page; the audio graph itself is the real one.
LISTEN = """
globalThis.heard = { contexts: [], tones: [], buzzes: [] };
globalThis.AudioContext = class extends AudioContext {
  constructor(...given) { super(...given); heard.contexts.push(this); }
  createOscillator() {
    const tone = super.createOscillator();
    const start = tone.start.bind(tone);
    tone.start = at => { heard.tones.push([tone.type, tone.frequency.value]); start(at); };
    return tone;
  }
};
const buzz = navigator.vibrate.bind(navigator);
navigator.vibrate = pattern => { heard.buzzes.push(pattern); return buzz(pattern); };
"""


@pytest.fixture
def proxy(server):
    made = FaultyProxy(server.port)
    yield made
    made.stop()


class Witness:
    """What a person meets at each answer."""

    def __init__(self, page, folder: Path | None) -> None:
        self.page = page
        self.folder = folder
        self.met: dict[str, tuple] = {}

    def note(self, state: str, answer: str, kept: str) -> None:
        """Wait for an answer, and note how it looks, sounds and feels."""
        panel = self.page.locator(".scan-result")
        wait_until(
            lambda: (
                panel.count() == 1
                and (panel.get_attribute("data-answer"), panel.get_attribute("data-kept"))
                == (answer, kept)
            ),
            what=f"{state} is told",
        )
        wait_until(lambda: self.page.evaluate("heard.tones.length"), what=f"{state} is heard")
        heard = self.page.evaluate(
            "() => { const { tones, buzzes } = heard; heard.tones = []; heard.buzzes = [];"
            " return { tones, buzzes, running: heard.contexts.map(c => c.state) }; }"
        )
        assert heard["running"] == ["running"]
        colour = panel.evaluate("panel => getComputedStyle(panel).backgroundColor")
        icon = panel.locator("> svg use").get_attribute("href")
        word = panel.locator(".word").inner_text()
        self.met[state] = (
            json.dumps(heard["tones"]), json.dumps(heard["buzzes"]), colour, icon, word,
        )  # fmt: skip
        assert panel.locator("xpath=..").get_attribute("aria-live") == "assertive"
        self.look(state)

    def look(self, state: str) -> None:
        """Find nothing that a person with another sense would miss, and keep a picture."""
        # What is still coming in is half transparent; a new answer cancels it.
        self.page.evaluate("Promise.allSettled(document.getAnimations().map(a => a.finished))")
        assert find_violations(self.page) == [], state
        if self.folder is not None:
            self.page.screenshot(path=str(self.folder / f"{state}.png"))


class TestAnswers:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_each_state_has_its_own_sound_vibration_colour_icon_and_word(
        self, phone, server, proxy, scheme
    ):
        pictures = os.environ.get("SCANNER_SCREENSHOTS")
        folder = Path(pictures) / f"scan-{scheme}" if pictures else None
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
        phone_page = phone.open(
            keeps_profile=True,
            base=f"http://localhost:{proxy.port}",
            cookie=server.sign_in(),
            color_scheme=scheme,
            args=CAMERAS[:1],
        )
        phone_page.add_init_script(LISTEN)
        page = phone_page
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        open_scan_page(page)
        met = Witness(page, folder)
        scan_by_keys(page, "R-101")
        met.note("place", "fine", "server")

        scan_by_keys(page, "LT-001")
        # The phone has no list outside an audit: the server's answer is the first that is heard.
        met.note("fine", "fine", "server")
        scan_by_keys(page, "R-102")
        met.note("place", "fine", "server")
        scan_by_keys(page, "LT-002")
        met.note("wrong place", "wrong_place", "server")
        scan_by_keys(page, "NOPE-1")
        met.note("unknown", "unknown", "server")
        page.wait_for_timeout(200)  # what an audit offers is looked for after the answer
        assert faults == []
        page.click("[data-modes] a[data-mode=check_out]")
        scan_by_keys(page, "LT-003")
        met.note("refused", "refused", "server")
        self.meet_trouble(page, proxy, met)

        for sense in range(5):
            told = [signs[sense] for state, signs in met.met.items() if state != "place"]
            # Refused and not stored share the colour of trouble: the double edge parts them.
            least = len(told) - 1 if sense == 2 else len(told)
            assert len(set(told)) == least, (sense, met.met)

    @staticmethod
    def meet_trouble(page, proxy, met: Witness) -> None:
        """Scan without a network and without a store, and ask for a camera that is refused."""
        proxy.is_down = True
        scan_by_keys(page, "LT-004")
        met.note("offline", "saved", "phone")
        page.click("[data-unsent]")
        page.locator("dialog[data-queue]").wait_for()
        met.look("queue")
        page.click("[data-queue] [data-close]")
        page.evaluate(
            "() => { IDBObjectStore.prototype.add ="
            " () => { throw new DOMException('', 'DataError'); }; }"
        )
        scan_by_keys(page, "LT-005")
        met.note("not stored", "not_stored", "memory")
        # Headless Chromium always answers the question; a refusal is thrown as it would be.
        page.evaluate(
            "() => { navigator.mediaDevices.getUserMedia ="
            " async () => { throw new DOMException('', 'NotAllowedError'); }; }"
        )
        page.click("[data-camera-button]")
        page.locator("[data-trouble]").wait_for()
        met.look("camera denied")

    def test_one_already_scanned_is_told_apart_too_and_mute_means_mute(self, phone, server, proxy):
        from tests.browser.test_count import open_audit

        cookie = server.sign_in("auditor")
        audit = open_audit(server, cookie)
        page = phone.open(cookie=cookie)
        page.add_init_script(LISTEN)
        open_scan_page(page, f"/scan?audit={audit}")
        met = Witness(page, None)
        wait_until(
            lambda: page.evaluate("fetch('/scan/session.json').then(r => r.ok)"),
            what="the lists are there",
        )
        for code in ("R-101", "LT-001"):
            scan_by_keys(page, code)
            met.note(code, "fine", "server")
        scan_by_keys(page, "LT-001")
        met.note("repeated", "already_scanned", "server")

        assert not set(met.met["repeated"]) & set(met.met["LT-001"])
        page.click("[data-mute]")
        assert page.get_attribute("[data-mute]", "aria-pressed") == "true"
        scan_by_keys(page, "LT-002")
        wait_until(lambda: len(server.scans()) == 4, what="stored")
        assert page.evaluate("[...heard.tones, ...heard.buzzes]") == []
        page.click("[data-mute]")
        wait_until(lambda: page.evaluate("heard.tones.length"), what="the volume can be tried")


class TestLens:
    def test_the_choice_is_remembered_and_light_and_zoom_are_where_the_lens_has_them(
        self, phone, server
    ):
        page = phone.open(cookie=server.sign_in(), args=CAMERAS, permissions=["camera"])
        # Chromium's two fake lenses are real ones to the page; light and zoom are added to the second.
        page.add_init_script(
            """{ const { getCapabilities } = MediaStreamTrack.prototype;
            globalThis.applied = [];
            MediaStreamTrack.prototype.getCapabilities = function () {
              const able = getCapabilities.call(this);
              return this.label === 'fake_device_1' ? { ...able, torch: true, zoom: { min: 1, max: 8, step: 0.5 } } : able;
            };
            MediaStreamTrack.prototype.applyConstraints = async given => {
              applied.push(JSON.stringify(given.advanced));
            }; }"""
        )
        label = "document.querySelector('[data-video]').srcObject?.getVideoTracks()[0].label"
        open_scan_page(page)
        page.click("[data-camera-button]")
        wait_until(lambda: page.evaluate(label) == "fake_device_0", what="the first lens")
        page.locator("[data-lens]").wait_for()
        assert not page.is_visible("[data-torch]")
        assert not page.is_visible("[data-zoom]")

        page.select_option("[data-lens]", label="fake_device_1")
        page.locator("[data-torch]").wait_for()
        page.click("[data-torch]")
        page.fill("[data-zoom]", "3")

        wait_until(
            lambda: page.evaluate("applied") == ['[{"torch":true}]', '[{"zoom":3}]'],
            what="both are asked of the lens",
        )
        page.locator("[data-torch][aria-pressed=true]").wait_for()
        assert page.get_attribute("[data-zoom]", "max") == "5"  # beyond it hands tremble too much
        open_scan_page(page)
        page.click("[data-camera-button]")
        wait_until(lambda: page.evaluate(label) == "fake_device_1", what="remembered")
        assert page.get_attribute("[data-torch]", "aria-pressed") == "false"  # never by itself
        page.evaluate("localStorage.setItem('scanner.lens', 'gone')")
        open_scan_page(page)
        page.click("[data-camera-button]")
        wait_until(lambda: page.evaluate(label) == "fake_device_0", what="a lens that is gone")


def captured_cards() -> list[str]:
    """Return the frames of EM4100 cards as they were captured from readers, in hex."""
    with FRAMES.open() as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        return [row["frame_hex"] for row in rows if row["protocol"] == "em4100-ascii"]


class TestReaders:
    def test_a_serial_reader_is_read_as_the_agent_reads_it_and_taken_up_again(self, phone, server):
        page = phone.open(cookie=server.sign_in())
        # A stand-in for the port alone: its streams are the browser's own.
        page.add_init_script(
            """{ class Port extends EventTarget {
              async open(options) { this.options = options; this.#renew(); }
              async close() { this.readable = null; }
              #renew() { this.readable = new ReadableStream({ start: c => { this.controller = c; } }); }
              feed(hex) {
                for (let i = 0; i < hex.length; i += 6) {
                  this.controller.enqueue(new Uint8Array(hex.slice(i, i + 6).match(/../g).map(b => parseInt(b, 16))));
                }
              }
              break() { const old = this.controller; this.#renew(); old.error(new DOMException('', 'BreakError')); }
              pull() { const old = this.controller; this.readable = null; old.error(new DOMException('', 'NetworkError')); }
            }
            globalThis.port = new Port();
            const serial = new EventTarget();
            serial.requestPort = async () => port;
            serial.getPorts = async () => port.options ? [port] : [];
            Object.defineProperty(navigator, 'serial', { value: serial }); }"""
        )
        open_scan_page(page)
        cards = captured_cards()
        pressed = "[data-serial][aria-pressed=true]"

        page.click("[data-more-button]")
        page.click("[data-serial]")
        page.locator(pressed).wait_for()
        for card in cards:
            page.evaluate("hex => port.feed(hex)", card)
        page.evaluate("hex => port.feed(hex)", (b"5A" + b"0D0A").decode())
        page.evaluate("port.break()")  # the speed was changed, a plug was touched
        page.evaluate("hex => port.feed(hex)", b"]C0LT-001\r".hex())

        rows = wait_until(lambda: len(server.scans()) == 5 and server.scans(), what="all are read")
        codes = ["100086F444", "0C000621A5", "62E3086CED", "Z", "LT-001"]
        assert [row.code for row in rows] == codes
        assert [row.source for row in rows] == ["rfid"] * 3 + ["wedge"] * 2
        assert rows[4].symbology == "code_128"
        assert page.evaluate("port.options.bufferSize") == 16384
        page.evaluate("port.pull()")
        page.locator("[data-serial][aria-pressed=false]").wait_for(state="attached")
        page.evaluate("navigator.serial.dispatchEvent(new Event('connect'))")
        page.locator(pressed).wait_for(state="attached")
        page.evaluate("hex => port.feed(hex)", b"LT-002\n".hex())
        wait_until(lambda: len(server.scans()) == 6, what="read again after the cable was lost")

    def test_nfc_tags_mean_their_link_and_else_their_number(self, phone, server):
        page = phone.open(cookie=server.sign_in())
        page.add_init_script(
            """globalThis.NDEFReader = class {
              constructor() { globalThis.tags = this; }
              async scan() { this.isOn = true; }
            };"""
        )
        open_scan_page(page)

        page.click("[data-more-button]")
        page.click("[data-nfc]")
        page.locator("[data-nfc][aria-pressed=true]").wait_for()
        page.evaluate(
            """() => { const data = text => new DataView(new TextEncoder().encode(text).buffer);
            tags.onreading({ serialNumber: '04:a1:b2:c3', message: { records: [] } });
            tags.onreading({ serialNumber: '04:a1:b2:c3', message: { records: [] } });
            tags.onreading({ serialNumber: '04:00', message: { records: [
              { recordType: 'url', data: data(location.origin + '/a/LT-001') } ] } });
            tags.onreadingerror(); }"""
        )

        rows = wait_until(lambda: len(server.scans()) == 2 and server.scans(), what="both read")
        assert [(row.source, row.symbology) for row in rows] == [("nfc", "nfc")] * 2
        assert rows[0].code == "04A1B2C3"
        assert rows[1].asset_id is not None
        assert "could not be read" in page.inner_text("[data-device-text]")
