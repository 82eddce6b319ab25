"""What is bought: suppliers, orders with their lines, and deliveries."""

from scanner_app.pages.procurement import deliveries, lines, orders, suppliers
from scanner_app.pages.procurement._blueprint import blueprint

__all__ = ["blueprint", "deliveries", "lines", "orders", "suppliers"]
