#!/usr/bin/env python3
"""usage: database_peers.py copy|orm COUNT SOURCE TARGET

Stores rows that are read from the database SOURCE beforehand into the database TARGET, and prints how many a second.

  copy  COUNT events into the table copied_events, which is there, with psycopg's COPY, 5,000 rows a transaction
  orm   COUNT trades into a table that is made, with SQLAlchemy: add, commit and refresh for each, as the bot does
"""
import sys
import time

import psycopg
from psycopg.types.string import TextLoader
from sqlalchemy import Boolean, Column, DateTime, Float, Text, create_engine
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session, declarative_base

ROWS_PER_TRANSACTION = 5000

Base = declarative_base()


class Trade(Base):
    """The columns that the bot's own model declares."""

    __tablename__ = "bot_trades"

    timestamp = Column(DateTime(timezone=True), primary_key=True)
    trade_id = Column(Text, primary_key=True)
    symbol = Column(Text)
    side = Column(Text)
    order_type = Column(Text)
    amount = Column(Float)
    entry_price = Column(Float)
    exit_price = Column(Float, nullable=True)
    realized_pnl = Column(Float)
    pnl_pct = Column(Float)
    fees = Column(Float)
    market_regime = Column(Text, nullable=True)
    bull_confidence = Column(Float, nullable=True)
    bear_confidence = Column(Float, nullable=True)
    decision_confidence = Column(Float, nullable=True)
    won = Column(Boolean)
    closed = Column(Boolean)
    close_timestamp = Column(DateTime(timezone=True), nullable=True)
    agent_votes = Column(JSONB, nullable=True)
    signals = Column(JSONB, nullable=True)


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
