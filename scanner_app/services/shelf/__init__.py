"""Pictures of shelves and the labels in them."""
