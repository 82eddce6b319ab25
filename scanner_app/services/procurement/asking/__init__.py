"""Requests: asked for, approved, compared by quotes, charged to budgets, and covered."""
