"""What a scan is, what it does to an asset, and what a person is told about it. No I/O."""
