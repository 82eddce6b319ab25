"""The counter: hand-overs and returns, each one document over a batch of scans."""
