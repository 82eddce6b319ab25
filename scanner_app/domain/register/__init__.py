"""Rules of the register that need no database: the stages of an asset's life."""
