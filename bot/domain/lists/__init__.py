"""Long lists as the console shows them: filtered, sorted and cut into pages by the database, within one's reach."""
