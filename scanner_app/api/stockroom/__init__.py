"""The counter in the API: hand-overs and trays."""
