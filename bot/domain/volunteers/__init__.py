"""Volunteering: activities, seats and the queue for them, who came, and how long they served."""
