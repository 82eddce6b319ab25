"""What is done to retired assets: their media are erased, they are packed and handed over."""
