"""Recorded days through the real pipeline and the paper account: one configuration, a sweep, or walk-forward."""
