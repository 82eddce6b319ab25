"""Programmes: what makes audits again and again, on days or by counting location after location."""
