"""Installations of the whole program, as the end-to-end tests have them."""
from e2e.conftest import install

__all__ = ["install"]
