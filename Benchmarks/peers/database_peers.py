#!/usr/bin/env python3
"""usage: database_peers.py copy|orm COUNT SOURCE TARGET

Stores rows that are read from the database SOURCE beforehand into the database TARGET, and prints how many a second.

  copy  COUNT events into the table copied_events, which is there, with psycopg's COPY, 5,000 rows a transaction
  orm   COUNT trades into a table that is made, with SQLAlchemy: add, commit and refresh for each, as the bot does
"""
import sys
import time
from pathlib import Path

import psycopg
from psycopg.types.string import TextLoader
from sqlalchemy import create_engine
from sqlalchemy.orm import Session, declarative_base

sys.path.append(str(Path(__file__).parents[2] / "Tests/TradingBot"))
from bot_models import WrittenColumns  # noqa: E402

ROWS_PER_TRANSACTION = 5000

Base = declarative_base()


class Trade(WrittenColumns, Base):
    """What the bot's own code stores, in a table of its own."""

    __tablename__ = "bot_trades"


def read(source, query, count):
    """Rows as values of Python; JSON stays the text that it is, for nothing here has to read it."""
    with psycopg.connect(source) as connection:
        connection.adapters.register_loader("json", TextLoader)
        return connection.execute(f"{query} LIMIT {count}").fetchall()


def copy(count, source, target):
    rows = read(source, "SELECT * FROM ledger.trade_events ORDER BY sequence", count)
    with psycopg.connect(target) as connection:
        begin = time.perf_counter()
        for start in range(0, len(rows), ROWS_PER_TRANSACTION):
            with connection.cursor().copy("COPY copied_events FROM STDIN") as stream:
                for row in rows[start : start + ROWS_PER_TRANSACTION]:
                    stream.write_row(row)
            connection.commit()
        return len(rows) / (time.perf_counter() - begin)


def orm(count, source, target):
    names = [column.name for column in Trade.__table__.columns]
    columns = ", ".join(f'"{name}"' for name in names)
    with psycopg.connect(source) as connection:
        rows = connection.execute(f"SELECT {columns} FROM trade_history ORDER BY id LIMIT {count}").fetchall()
    engine = create_engine(target.replace("postgresql://", "postgresql+psycopg://", 1))
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        begin = time.perf_counter()
        for row in rows:
            trade = Trade(**dict(zip(names, row)))
            session.add(trade)
            session.commit()
            session.refresh(trade)
        return len(rows) / (time.perf_counter() - begin)


if len(sys.argv) != 5 or sys.argv[1] not in ("copy", "orm"):
    sys.exit(__doc__)
print({"copy": copy, "orm": orm}[sys.argv[1]](int(sys.argv[2]), *sys.argv[3:]))
