"""What pages and programs of disposal share: the key that seals certificates."""
