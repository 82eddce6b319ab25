"""The door that every scan goes through: `record.record_scans`."""
