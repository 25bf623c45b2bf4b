"""The whole state of an installation in one file, and back out of it into either database."""
