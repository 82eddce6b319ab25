"""The life of an asset: what an event is, and what work, licences and contracts tell of it."""
