"""Pages for people: one self-contained HTML file with inline charts, readable on a screen and printed."""
