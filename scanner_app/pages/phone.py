"""What makes the pages an app on a phone: manifest, service worker, modules, trust, set-up."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from cryptography import x509
from flask import Blueprint, Response, abort, current_app, g, request, send_from_directory
from markupsafe import Markup

from scanner_app.domain.access.roles import Action
from scanner_app.domain.scanning.intents import Intent
from scanner_app.domain.settings import LANGUAGES
from scanner_app.edge.guard import allow, current_actor, public
from scanner_app.edge.state import current_settings
from scanner_app.edge.web import asset_url, page
from scanner_app.edge.words.catalogue import load_catalogue
from scanner_app.edge.words.reader import ENGLISH, reader_language
from scanner_app.edge.words.scripts import ScriptWords

YEAR = 365 * 86400
CA_FILE = "ca.crt"
PROFILE_FILE = "ca.mobileconfig"
SECURE_ORIGIN = "scanner.secure_origin"
# Contains the characters that keyboard layouts swap.
LAYOUT_TEST = "ABC-xyz_0189:/@#"
# What a phone stores so that scanning works after a cold start without a network.
SHELL_STATIC = (
    "css/app.css",
    "css/components.css",
    "css/shell.css",
    "css/scan.css",
    "css/scanner.css",
    "css/sweep.css",
    "css/counter.css",
    "css/signature.css",
    "css/help.css",
    "icons.svg",
    "icons/icon.svg",
    "icons/icon-180.png",
    "icons/icon-192.png",
    "vendor/htmx-2.0.11.min.js",
    "vendor/zxing-wasm-3.1.4/reader.js",
    "vendor/zxing-wasm-3.1.4/zxing_reader.wasm",
)
# The server sends it by itself, at /sw.js: a worker controls only what lies below its own address.
SERVICE_WORKER = "offline/service_worker.js"
SHELL_PAGES = ("/scan",)
# What is shown in place of a page that is not on the phone.
OFFLINE_PAGE = "/offline"
# The modes that an installed app offers from its icon.
SHORTCUTS = (Intent.SIGHTING, Intent.CHECK_OUT, Intent.CHECK_IN)

blueprint = Blueprint("phone", __name__)


# -- modules under one version -----------------------------------------------------------------


def _modules_folder() -> Path:
    return Path(current_app.static_folder or "") / "js"


@lru_cache(maxsize=8)
def _hash_files(stamps: tuple[tuple[str, float], ...]) -> str:
    digest = hashlib.sha256()
    for path, _changed in stamps:
        digest.update(path.encode())
        digest.update(Path(path).read_bytes())
    return digest.hexdigest()[:12]


def _stamp_modules() -> tuple[tuple[str, float], ...]:
    """Return path and time of change of every module, read once a request.

    A page names forty modules, and the scan page's version names all of them.
    """
    if "module_stamps" not in g:
        files = _modules_folder().glob("*/*.js")
        g.module_stamps = tuple(sorted((str(path), path.stat().st_mtime) for path in files))
    stamps: tuple[tuple[str, float], ...] = g.module_stamps
    return stamps


def modules_version() -> str:
    """Return one version for all modules, so that a page never mixes modules of two versions."""
    return _hash_files(_stamp_modules())


def module_url(name: str) -> str:
    """Return the URL of a module such as `scan/page.js`.

    What it imports by a relative path has the same version, since the version is a folder.
    """
    return f"/js/{_name_version(reader_language())}/{name}"


def _name_version(language: str) -> str:
    """Return the folder of the modules whose texts are in a language."""
    if language == ENGLISH:
        return modules_version()
    return f"{modules_version()}-{language}-{load_catalogue(language).version}"


@lru_cache(maxsize=512)
def _translate(script: str, language: str) -> str:
    catalogue = load_catalogue(language)
    return ScriptWords(catalogue.say, catalogue.say_forms, language).translate(script)


@blueprint.app_context_processor
def offer_module_url() -> dict[str, Any]:
    """Return what templates use to name modules."""
    return {"module_url": module_url}


# A comment on lines that hold nothing else.
COMMENT = re.compile(r"^[ \t]*(?://[^\n]*|/\*(?:(?!\*/).)*\*/[ \t]*)$", re.MULTILINE | re.DOTALL)
# A type within a line of a script, as in `/** @type {HTMLElement} */ (found)`. No string holds one.
TYPE = re.compile(r"/\*\* @\w+ (?:(?!\*/)[^\n])*\*/ ?")
STYLE_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def _blank(found: re.Match[str]) -> str:
    return "\n" * found[0].count("\n")


def remove_comments(script: str) -> str:
    """Return a script without its comments and types, a quarter of what a phone would load.

    Their lines stay empty, so that an error in a browser names the line of the source.
    """
    return TYPE.sub("", COMMENT.sub(_blank, script))


@lru_cache(maxsize=64)
def remove_style_comments(style: str) -> str:
    """Return a style sheet without its comments. Their lines stay empty, as those of a script."""
    return STYLE_COMMENT.sub(_blank, style)


@blueprint.get("/js/<version>/<room>/<name>")
@public
def send_module(version: str, room: str, name: str) -> Response:
    """Send a module of this version. A page of another version keeps the modules it has."""
    path = f"{room}/{name}"
    language = version.split("-")[1] if "-" in version else ENGLISH
    if (
        language not in LANGUAGES
        or version != _name_version(language)
        or not re.fullmatch(r"[a-z]+/[a-z0-9_]+\.js", path)
    ):
        abort(404)
    response = send_from_directory(_modules_folder(), path, mimetype="text/javascript")
    if response.status_code == HTTPStatus.OK:
        response.direct_passthrough = False
        script = response.get_data(as_text=True)
        own = script if language == ENGLISH else _translate(script, language)
        response.set_data(remove_comments(own))
    response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    return response


COMPRESSED = {"text/css", "text/javascript", "image/svg+xml", "application/wasm"}


@lru_cache(maxsize=128)
def _compress(content: bytes) -> bytes:
    return gzip.compress(content, 9, mtime=0)


@blueprint.after_app_request
def compress_files(response: Response) -> Response:
    """Compress files, and send styles without comments: a weak signal waits for every kilobyte.

    Only files that are the same for everybody, and the scan page, which holds no secret and
    repeats nothing of its address. Compressing a page that holds both would let an attacker guess
    the secret from the length of the answer.
    """
    is_file = request.path.startswith(("/static/", "/js/")) and response.mimetype in COMPRESSED
    if is_file:
        response.headers.pop("Content-Disposition", None)  # the address names the file: 2 kB in all
    is_whole = response.status_code == HTTPStatus.OK and request.method == "GET"
    if is_whole and request.path.startswith("/static/css/") and response.mimetype == "text/css":
        response.direct_passthrough = False
        response.set_data(remove_style_comments(response.get_data(as_text=True)))
    if (
        is_whole
        and (is_file or (request.path == "/scan" and response.mimetype == "text/html"))
        and request.accept_encodings.quality("gzip") > 0
    ):
        response.direct_passthrough = False
        body = response.get_data()
        content = _compress(body) if is_file else gzip.compress(body, 6)
        response.set_data(content)
        response.headers["Content-Encoding"] = "gzip"
        response.vary.add("Accept-Encoding")
        etag, _ = response.get_etag()
        if etag:
            response.set_etag(etag, weak=True)
    return response


# -- service worker and manifest ---------------------------------------------------------------


def shell_urls() -> list[str]:
    """Return the URL of every file that the scan page needs, as its pages name them."""
    static = [
        asset_url(name)
        for name in SHELL_STATIC
        if (Path(current_app.static_folder or "") / name).is_file()
    ]
    folder = _modules_folder()
    names = (Path(path).relative_to(folder).as_posix() for path, _changed in _stamp_modules())
    return [*static, OFFLINE_PAGE, *(module_url(name) for name in names if name != SERVICE_WORKER)]


def app_version() -> str:
    """Return the version of everything that a phone stores."""
    return hashlib.sha256("\n".join(shell_urls()).encode()).hexdigest()[:12]


@blueprint.after_app_request
def name_version(response: Response) -> Response:
    """Name the version of a scan page in a header, so that the worker never mixes two versions."""
    if request.path in {"/scan", "/counter"} and response.mimetype == "text/html":
        response.headers["X-App-Version"] = app_version()
        actor = current_actor()
        response.headers["X-App-User"] = str(actor.user_id) if actor is not None else ""
    return response


@blueprint.get("/sw.js")
@public
def send_module_worker() -> Response:
    """Send the service worker that can also send the queue in the background."""
    lines = [
        f'import {{ OutboxStore }} from "{module_url("offline/outbox_store.js")}";',
        f'import {{ OutboxSender }} from "{module_url("offline/outbox_sender.js")}";',
        "const makeSender = (onChange) => new OutboxSender(new OutboxStore(), { onChange });",
    ]
    return _send_worker("\n".join(lines))


@blueprint.get("/sw-plain.js")
@public
def send_plain_worker() -> Response:
    """Send the service worker for browsers that cannot load modules in a worker."""
    return _send_worker("const makeSender = null;")


def _send_worker(head: str) -> Response:
    values = {"version": app_version(), "shell": shell_urls(), "pages": list(SHELL_PAGES)}
    body = (_modules_folder() / SERVICE_WORKER).read_text()
    text = f"{head}\nconst SHELL = {json.dumps(values)};\n{body}"
    response = Response(text, content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Service-Worker-Allowed"] = "/"
    return response


@blueprint.get(OFFLINE_PAGE)
@public
def show_offline() -> Response:
    """Show what works without a network. It is kept for everybody, so it names nobody."""
    return page("phone/offline.html", actor=None)


@blueprint.get("/manifest.webmanifest")
@public
def send_manifest() -> Response:
    """Send the manifest with which a phone installs the pages as an app."""
    icons = [
        {"src": asset_url(f"icons/{name}"), "sizes": sizes, "type": "image/png", "purpose": purpose}
        for name, sizes, purpose in (
            ("icon-192.png", "192x192", "any"),
            ("icon-512.png", "512x512", "any"),
            ("icon-maskable-512.png", "512x512", "maskable"),
        )
    ]
    manifest = {
        "id": "/scan",
        "name": "scanner-app",
        "short_name": "Scanner",
        "description": "Physical audits of IT assets by barcode and RFID",
        "start_url": "/scan",
        "scope": "/",
        "display": "standalone",
        "orientation": "any",
        "background_color": "#f4f6f7",
        "theme_color": "#0b5563",
        "icons": icons,
        "shortcuts": [
            {"name": intent.facts.label, "url": f"/scan?mode={intent.value}"}
            for intent in SHORTCUTS
        ],
    }
    response = Response(json.dumps(manifest), content_type="application/manifest+json")
    response.headers["Cache-Control"] = "no-cache"
    return response


# -- trusting the local CA ---------------------------------------------------------------------


def _tls_folder() -> Path:
    return current_settings().instance_dir / "tls"


def _ca_fingerprint() -> str | None:
    path = _tls_folder() / CA_FILE
    # Behind a proxy phones see the proxy's certificate, whatever an earlier start left here.
    if current_settings().proxy_hops or not path.is_file():
        return None
    from cryptography.hazmat.primitives import hashes

    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


@blueprint.get("/install")
@public
def install() -> Response:
    """Show how a phone learns to trust this machine's certificate and keeps the app."""
    agent = request.headers.get("User-Agent", "")
    is_apple = bool(re.search(r"iPhone|iPad|iPod", agent)) or (
        "Macintosh" in agent and "Mobile" in agent
    )
    system = "ios" if is_apple else "android" if "Android" in agent else "other"
    return page(
        "phone/install.html",
        system=system,
        fingerprint=_ca_fingerprint(),
        is_secure=request.is_secure,
        # Over plain HTTP, the page uses this address to check whether the phone trusts the
        # certificate yet.
        secure_origin=request.environ.get(SECURE_ORIGIN),
    )


@blueprint.get("/install/<name>")
@public
def send_certificate(name: str) -> Response:
    """Send the CA's certificate. It is public; the key never leaves this machine."""
    types = {
        CA_FILE: "application/x-x509-ca-cert",
        PROFILE_FILE: "application/x-apple-aspen-config",
    }
    if name not in types or not (_tls_folder() / name).is_file():
        abort(404)
    response = send_from_directory(_tls_folder().resolve(), name, mimetype=types[name])
    # The plain HTTP page requests this file over HTTPS: if it arrives, the phone trusts the CA.
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/scanner-setup")
@allow(Action.SCAN)
def set_up_scanner() -> Response:
    """Show what a keyboard-wedge scanner really sends, and how to set it up."""
    import segno

    label = segno.make_qr(LAYOUT_TEST, error="m").svg_inline(
        scale=5, border=4, light="#fff", omitsize=True
    )
    return page("phone/scanner_setup.html", test_label=Markup(label), test_text=LAYOUT_TEST)  # noqa: S704 - our own drawing of a constant
