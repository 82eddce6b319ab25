"""Take scans that were made for no audit, or for another one."""
