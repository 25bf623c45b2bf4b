"""The private ledger of points read and doubted: each line has its rule and evidence."""
