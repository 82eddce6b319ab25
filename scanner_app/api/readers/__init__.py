"""The API of readers: their reads and heartbeats."""
