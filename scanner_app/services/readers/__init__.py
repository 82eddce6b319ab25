"""Readers: how they are set up, and how their reads become scans."""
