"""The web monitor: a process of its own that folds the engine's messages (ZMQ) and shows them on a page."""
