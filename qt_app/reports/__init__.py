"""What a day, a week and a month came to: gathered once from the journal and the runs' results, then only rendered."""
