"""Configuration: one typed model, its sources in order of precedence, and where each value came from."""
from qt_app.config.load import ConfigProblems, load, misspelt, parse_problems
from qt_app.config.model import KEYS, Config, Key
from qt_app.config.secret import Secret
from qt_app.config.values import Problem
from qt_app.redact import HIDDEN

__all__ = ["HIDDEN", "KEYS", "Config", "ConfigProblems", "Key", "Problem", "Secret", "load", "misspelt",
           "parse_problems"]
