"""Backups of one home: made whole or not at all, verified before they are trusted, restored without a mixture."""
