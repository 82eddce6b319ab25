"""/api/v1/seals: the row of sealed records."""

from scanner_app.api.seals import seals
from scanner_app.api.seals._blueprint import blueprint

# Importing a module adds its routes to the blueprint.
ROUTES = (seals,)

__all__ = ["ROUTES", "blueprint"]
