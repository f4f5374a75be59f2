"""The engine's parent: starts it, watches it, brings it back after a crash. It loads no qt_core, numpy or model."""
