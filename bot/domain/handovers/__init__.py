"""Open work that goes from one person to another in one go, and comes back within a day."""
