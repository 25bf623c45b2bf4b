"""Study: sessions, who is expected and who came, leave, hours, courses."""
