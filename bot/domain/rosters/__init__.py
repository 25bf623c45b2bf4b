"""Rosters: read from whatever table a cadre has, judged row by row, taken in and taken back."""
