"""Important matters of a village: step by step, each with its quorum, its proof and its day, and in the open."""
