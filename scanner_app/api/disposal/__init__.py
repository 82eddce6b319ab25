"""/api/v1: how media were erased, consignments and certificates."""
