"""Uploads that are kept as pictures and documents, and how they are sent back."""
