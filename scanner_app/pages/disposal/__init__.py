"""What becomes of retired assets: erased media, consignments and certificates."""

from scanner_app.pages.disposal import certificates, consignments, overview, sanitizations
from scanner_app.pages.disposal._blueprint import blueprint

__all__ = ["blueprint", "certificates", "consignments", "overview", "sanitizations"]
