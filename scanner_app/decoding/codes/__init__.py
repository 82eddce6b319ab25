"""What a scanned text says: which identifiers it may hold."""
