"""Work beside the requests of a web worker: imports, label printers, and the sealer of the log."""
