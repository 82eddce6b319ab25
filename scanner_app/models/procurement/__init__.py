"""Suppliers, orders with their lines, and deliveries with what each scan found."""
