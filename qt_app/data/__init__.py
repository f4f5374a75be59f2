"""Recordings as a stock to choose from: catalogue, content digests, quality, imports."""
