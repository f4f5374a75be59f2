"""QuantumTrader ML: configuration, decision, orders, services and the qt command."""
from qt_app.version import __version__

__all__ = ["__version__"]
