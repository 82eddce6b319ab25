"""Closing by another person: who may approve, their statements and signatures."""
