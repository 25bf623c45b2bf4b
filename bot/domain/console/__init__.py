"""The console seen from the rules: who is let in, how long they stay, and who visits a page."""
