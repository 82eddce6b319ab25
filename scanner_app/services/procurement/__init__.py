"""Suppliers, orders, and deliveries: received by scans, decided, and booked."""
