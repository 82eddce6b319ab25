"""/api/v1/audit-programmes: what makes audits again and again."""
