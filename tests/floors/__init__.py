"""Floor plans: outlines, figures, safe pictures and the pages."""
