"""Installations that are put down after the test."""
from e2e.conftest import install

__all__ = ["install"]
