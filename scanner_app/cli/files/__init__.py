"""Copies of the file store beside a backup."""
