"""What people say about findings while an audit is reconciled, beside deciding them."""
