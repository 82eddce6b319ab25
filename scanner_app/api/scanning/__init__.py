"""The API of scans."""
