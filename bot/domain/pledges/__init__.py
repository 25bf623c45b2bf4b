"""What secretaries promise by a day: looked at above where they wish, public, followed up month by month, appraised."""
