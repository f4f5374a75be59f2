"""Compiled core: the ProfitDLL binding, the lock-free ring, the market state and the 65 features."""
