"""Pages of lending: the rules, which of them decides, and loans that are handed on or extended."""
