"""An asset's state and the rows of its history, as scans and register changes write them."""
