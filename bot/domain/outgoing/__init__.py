"""What goes out: the outbox, who sends when, how it ended, and what is forgotten."""
