"""Policies and waivers in the API."""
