"""What becomes of retired assets: erased media, consignments and certificates."""

from scanner_app.pages.disposal import overview, sanitizations
from scanner_app.pages.disposal._blueprint import blueprint

__all__ = ["blueprint", "overview", "sanitizations"]
