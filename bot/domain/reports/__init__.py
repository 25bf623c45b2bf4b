"""What a unit and all below it did in a week or a month: figures, each recounted from the records, never kept."""
