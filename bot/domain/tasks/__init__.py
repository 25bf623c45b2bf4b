"""Everything that waits for one person's word, whatever kind it is, in one list by its deadline."""
