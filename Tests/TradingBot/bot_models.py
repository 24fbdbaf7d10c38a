"""The two models of a trade that the trading bot declares: that of its plan, and that of its code."""
from sqlalchemy import JSON, Boolean, Column, DateTime, Float, Integer, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import declarative_base


class PlannedTrade(declarative_base()):
    """The model of the bot's plan: a number for a key, short strings, times without a zone."""

    __tablename__ = "trade_history"

    id = Column(Integer, primary_key=True)
    trade_id = Column(String(50), unique=True)
    symbol = Column(String(20))
    timestamp = Column(DateTime)
    side = Column(String(10))
    order_type = Column(String(10))
    amount = Column(Float)
    entry_price = Column(Float)
    exit_price = Column(Float, nullable=True)
    realized_pnl = Column(Float)
    pnl_pct = Column(Float)
    fees = Column(Float)
    market_regime = Column(String(20), nullable=True)
    bull_confidence = Column(Float, nullable=True)
    bear_confidence = Column(Float, nullable=True)
    decision_confidence = Column(Float, nullable=True)
    won = Column(Boolean)
    closed = Column(Boolean)
    close_timestamp = Column(DateTime, nullable=True)
    agent_votes = Column(JSON, nullable=True)
    signals = Column(JSON, nullable=True)


class WrittenColumns:
    """The model of the bot's code: time and trade for a key, text, times with a zone, JSONB."""

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


class WrittenTrade(WrittenColumns, declarative_base()):
    """That model, of the table that the bot knows."""

    __tablename__ = "trade_history"
