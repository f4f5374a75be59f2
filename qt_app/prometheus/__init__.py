"""Metrics for Prometheus: the board's newest snapshot as samples, served on loopback by a thread of its own."""
