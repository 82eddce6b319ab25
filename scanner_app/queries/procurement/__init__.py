"""Reads of suppliers, orders and deliveries."""
