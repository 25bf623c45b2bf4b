"""The stars of a branch's members, once a year: drafted from records, decided by its meeting, told to each alone."""
