"""Suppliers, orders and deliveries in the API."""
