"""The health of devices: the monitoring pages, files of lifecycles, and the page of an asset."""

from scanner_app.pages.health import asset, files, overview
from scanner_app.pages.health._blueprint import blueprint

__all__ = ["asset", "blueprint", "files", "overview"]
