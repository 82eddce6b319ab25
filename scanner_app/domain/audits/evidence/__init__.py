"""How an audit knows of a thing, and what its policy asks for as proof."""
