#!/usr/bin/env python3
"""usage: trade_history.py planned|written postgresql+psycopg://… < CALLS

Reads trade_history as the trading bot does: through one of the two models that its plan and its code declare, and with
the calls of its repository. CALLS are JSON lines: ["get_recent_trades", 2]. Prints what each returns as a JSON line.
"""
import json, sys
from datetime import datetime, timezone
from decimal import Decimal

from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from bot_models import PlannedTrade, WrittenTrade


class TradeRepository:
    """The reading calls of the bot's repository."""

    def __init__(self, session, model):
        self.session, self.model = session, model

    def get_trade(self, trade_id):
        return self.session.scalars(select(self.model).where(self.model.trade_id == trade_id)).one_or_none()

    def get_recent_trades(self, limit):
        return self._all(select(self.model).order_by(self.model.timestamp.desc()).limit(limit))

    def get_trades_by_symbol(self, symbol, start_date, end_date):
        within = self.model.timestamp.between(self._time(start_date), self._time(end_date))
        query = select(self.model).where(self.model.symbol == symbol, within)
        return self._all(query.order_by(self.model.timestamp))

    def get_closed_trades(self, limit):
        query = select(self.model).where(self.model.closed == True)  # noqa: E712
        return self._all(query.order_by(self.model.close_timestamp.desc()).limit(limit))

    def get_open_trades(self):
        return self._all(select(self.model).where(self.model.closed.is_(False)).order_by(self.model.timestamp))

    def get_performance_metrics(self):
        closed = [trade for trade in self._all(select(self.model)) if trade.closed]
        won = [trade for trade in closed if trade.won]
        return {
            "total_trades": len(closed),
            "winning_trades": len(won),
            "win_rate": len(won) / len(closed) if closed else 0.0,
            "total_pnl": sum(trade.realized_pnl for trade in closed),
            "total_fees": sum(trade.fees for trade in closed),
        }

    def _all(self, query):
        return list(self.session.scalars(query))

    def _time(self, text):
        """A time as the model has it: the bot means UTC where its plan has no zone."""
        time = datetime.fromisoformat(text)
        has_zone = self.model.timestamp.type.timezone
        return time if has_zone else time.astimezone(timezone.utc).replace(tzinfo=None)


def plain(value):
    """A result in JSON, with each value in the type that the bot gets."""
    match value:
        case list():
            return [plain(item) for item in value]
        case PlannedTrade() | WrittenTrade():
            return {column.name: plain(getattr(value, column.name)) for column in value.__table__.columns}
        case datetime():
            return value.astimezone(timezone.utc).isoformat()
        case Decimal():
            raise TypeError(f"the bot declares a float and gets {value!r}")
        case _:
            return value


def main(model, url):
    engine = create_engine(url)
    with Session(engine) as session:
        repository = TradeRepository(session, {"planned": PlannedTrade, "written": WrittenTrade}[model])
        for line in sys.stdin:
            call, *arguments = json.loads(line)
            print(json.dumps(plain(getattr(repository, call)(*arguments))))


if len(sys.argv) != 3:
    sys.exit(__doc__)
main(*sys.argv[1:])
