"""Where Flask ends: who may do what, headers, uploads, errors."""
