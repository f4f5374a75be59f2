"""The manual's daily checklist, point by point: before the open and after the close."""
