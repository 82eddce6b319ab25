"""Reservations: what is booked, picked up, and over."""
