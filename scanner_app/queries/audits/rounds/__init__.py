"""How far each location of an audit is, by whom, and how two counts of it compare."""
