"""Reads what people said about findings while an audit is reconciled."""
