"""What audits count their findings by."""
