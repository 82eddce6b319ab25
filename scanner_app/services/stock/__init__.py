"""The ledger of stock: each use case is one function that works inside its caller's transaction.

`moves.issue`, `moves.take_back`, `moves.receive`, `moves.relocate` and `counts.record_count` return
what they did, or the refusal as a value. A caller that changes several items first calls
`items.lock_items` for all of them, so that two transactions never wait for each other.
"""
