"""What is asked for and bought: requests, budgets, orders with their lines, and deliveries."""

from scanner_app.pages.procurement import (
    budgets,
    deliveries,
    lines,
    orders,
    request_steps,
    requests,
    suppliers,
)
from scanner_app.pages.procurement._blueprint import blueprint

__all__ = [
    "blueprint",
    "budgets",
    "deliveries",
    "lines",
    "orders",
    "request_steps",
    "requests",
    "suppliers",
]
