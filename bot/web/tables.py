"""What is a table for a roster: an Excel workbook by its first bytes and name, or plain text that is named CSV."""

_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_ZIP = b"PK\x03\x04"


def table_type(name: str, data: bytes) -> str:
    """Return the media type of a table, or an empty string for anything else."""
    _, dot, ending = name.lower().rpartition(".")
    if not dot:
        return ""
    if ending == "xlsx" and data.startswith(_ZIP):
        return _EXCEL
    return "text/csv" if ending == "csv" and b"\0" not in data else ""
