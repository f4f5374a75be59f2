"""``qt status --watch`` on a terminal: one look at the engine as panels, repainted in place."""
