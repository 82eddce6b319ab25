"""Work that outlives a request: jobs and the workers that run them; the sealer of the log."""
