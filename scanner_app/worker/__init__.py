"""Work beside the requests of a web worker: today the thread that checks and applies imports."""
