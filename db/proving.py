"""Whether what is written now would be kept: asked of the database by writing something that changes nothing."""

from sqlalchemy.orm import Session

from bot.errors import KeepsNothing


def prove_writable(db: Session) -> None:
    """Let the end of this transaction write to the disk; no row is locked, so that a migration is in nobody's way.

    Raises :class:`bot.errors.KeepsNothing` where the database may only be read.
    """
    connection = db.connection()
    if db.get_bind().dialect.name == "sqlite":
        version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
        connection.exec_driver_sql(f"PRAGMA user_version = {version}").close()  # a page, though it says the same
        return
    # a transaction with a number is written down when it is committed
    is_read_only, _ = connection.exec_driver_sql(
        "SELECT current_setting('transaction_read_only'), txid_current()"
    ).one()
    if is_read_only == "on":
        raise KeepsNothing("the database may only be read")
