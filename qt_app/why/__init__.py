"""``qt why``: one decision rebuilt from its recording, with what would have had to be different."""
