"""The parity certificate: what a run recorded is replayed, and the replay's results are compared with the run's own."""
