"""What must survive the program: intents, orders, fills, decisions and facts, in one SQLite file."""
