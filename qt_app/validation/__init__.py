"""Is there an edge, and is it real: figures with intervals, money with costs, audits, and one verdict."""
