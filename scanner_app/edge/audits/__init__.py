"""What pages and API show of audits alike."""
