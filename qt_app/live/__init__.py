"""Real money: the one way into live mode, and everything that must be true before it opens."""
