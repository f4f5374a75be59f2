"""Looking into what was trained and traded: which features carry a model, which agents are worth their weight."""
