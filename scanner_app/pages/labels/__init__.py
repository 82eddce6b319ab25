"""Labels: choose, see what is printed, print; designs; rolls of blank ones."""

from scanner_app.pages.labels import (
    design_form,
    designs,
    printed,
    printers,
    printing,
    requests,
    rolls,
)
from scanner_app.pages.labels._blueprint import blueprint

__all__ = [
    "blueprint",
    "design_form",
    "designs",
    "printed",
    "printers",
    "printing",
    "requests",
    "rolls",
]
