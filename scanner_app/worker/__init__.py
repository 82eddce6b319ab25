"""Work beside the requests of a web worker: imports, and the sealer of the log."""
