"""What becomes of assets that are retired: erasing, consignments and certificates."""
