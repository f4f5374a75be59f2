"""The version, in one place."""

__version__ = "3.0.0.dev0"
