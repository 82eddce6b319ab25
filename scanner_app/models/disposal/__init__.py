"""What becomes of retired assets: how their media were erased, and where they went."""
