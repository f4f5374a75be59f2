"""Panels as text: each a function from a ``View`` to HTML or to a chart's options; no browser, no clock."""
