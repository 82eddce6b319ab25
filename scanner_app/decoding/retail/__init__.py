"""Reads EAN-13 and UPC-A by maximum likelihood, where bars are too blurred for the engines."""
