"""Computes the figures of `tradeledger performance` a second time, from the output of `tradeledger events`.

usage: figures.py QUERY... < EVENTS

A query is the options of `performance` in one argument: --convention, --capital, --marked, --by, --base, --since and
--until; '' is none. Prints one line a query: an array of the objects of `performance --format json`, without `ledgers`,
`n` and `nulls`. An exact figure is a string, one in binary64 a number. The formulas are those of docs/statistics.md.
"""

import argparse
import json
import shlex
import sys
from calendar import day_name
from collections import defaultdict
from fractions import Fraction

from freqtrade_figures import as_freqtrade
from history import DAY, History, date, microseconds, moment, quotient, rounded, text, time
from returns import deepest, system_quality, textbook, yearly_rate


def group_of(trade, by):
    """The group of a trade; None where it has none."""
    regime = trade.context.get("market_regime")
    closed = moment(trade.closed_at) if trade.closed_at is not None else None
    if closed is None and by in ("reason", "day", "week", "month", "hour", "weekday"):
        return None
    return {
        "symbol": lambda: trade.symbol,
        "strategy": lambda: trade.strategy,
        "tag": lambda: trade.tag,
        "regime": lambda: regime if isinstance(regime, str) else None,
        "side": lambda: "buy" if trade.side > 0 else "sell",
        "reason": lambda: trade.reason,
        "account": lambda: trade.account,
        "day": lambda: closed.strftime("%Y-%m-%d"),
        "week": lambda: closed.strftime("%G-W%V"),
        "month": lambda: closed.strftime("%Y-%m"),
        "hour": lambda: closed.strftime("%H"),
        "weekday": lambda: closed.strftime("%A"),
    }[by]()


class Set:
    """The trades of one currency, or of one group of it, and the money that belongs to them."""

    def __init__(self, history, options, currency, group):
        self.history, self.options, self.currency = history, options, currency
        self.unpriced = set()
        self.all = [trade for trade in history.trades if self.holds(trade, group)]
        closed = [trade for trade in self.all if trade.closed_at is not None and self.before_end(trade.closed_at)]
        self.known = sorted(closed, key=lambda trade: (trade.closed_at, trade.close_sequence))
        self.trades = [trade for trade in self.known if trade.closed_at >= (options.since or 0)]
        self.has_equity = options.capital is not None or options.by in (None, "account")
        self.flows = [flow for flow in history.flows if self.counts(flow, group)]
        self.unpriced_trades = {name for trade in self.trades if (name := self.missing(trade.quote, trade.closed_at))}
        self.unpriced_flows = {name for flow in self.flows if (name := self.missing(flow[2], flow[0]))}

    def before_end(self, at):
        return self.options.until is None or at < self.options.until

    def holds(self, trade, group):
        if self.options.base is None and trade.quote != self.currency:
            return False
        return self.options.by is None or group_of(trade, self.options.by) == group

    def counts(self, flow, group):
        """Whether a flow is one of this set; a capital replaces all flows that are no results."""
        at, account, currency, _, is_result, is_transfer = flow
        by = self.options.by
        if by not in (None, "account") or (by == "account" and account != group) or (is_transfer and by is None):
            return False
        if self.options.base is None and currency != self.currency:
            return False
        return self.before_end(at) and (self.options.capital is None or is_result)

    def missing(self, currency, at):
        """The pair without a price at a time; None where there is one."""
        if self.worth(Fraction(1), currency, at) is None:
            return f"{currency}/{self.currency}"
        return None

    def worth(self, amount, currency, at):
        return self.history.worth(amount, currency, self.currency, at)

    def pnl(self, trade):
        return self.worth(trade.pnl, trade.quote, trade.closed_at)

    def figures(self):
        """All figures, by name."""
        return self.period() | self.of_trades() | self.of_equity()

    # The period.

    def period(self):
        options, flows = self.options, [flow[0] for flow in self.flows]
        opens = [trade.opened_at for trade in self.all]
        self.until = options.until or self.trades[-1].closed_at
        first = min(opens + (flows if self.has_equity else []))
        if options.convention == "freqtrade":
            first_of_period = min(trade.opened_at for trade in self.trades)
        else:
            first_of_period = first
        self.since = options.since or first_of_period
        self.first_day = (options.since or first) // DAY
        self.last_day = (options.until - 1 if options.until else self.until) // DAY
        return {"since": time(self.since), "until": time(self.until)}

    # Figures of trades.

    def of_trades(self):
        trades, is_freqtrade = self.trades, self.options.convention == "freqtrade"
        results = [trade.pnl for trade in trades]
        count, won = len(trades), [pnl for pnl in results if pnl > 0]
        lost = [pnl for pnl in results if pnl < 0]
        pnl = [self.pnl(trade) for trade in trades]
        if None in pnl:
            return self.counts_alone(count, len(won), len(lost))
        profit, loss = sum(p for p in pnl if p > 0), -sum(p for p in pnl if p < 0)
        net, wins, losses = profit - loss, len(won), len(lost)
        fees = sum(self.worth(trade.fees, trade.quote, trade.closed_at) for trade in trades)
        best = max((trade for trade in trades if trade.pnl > 0), key=self.pnl, default=None)
        worst = min((trade for trade in trades if trade.pnl < 0), key=self.pnl, default=None)
        self.net, self.results = net, pnl
        figures = self.counts_alone(count, wins, losses) | {
            "net_pnl": text(net),
            "gross_profit": text(Fraction(profit)),
            "gross_loss": text(Fraction(loss)),
            "fees": text(Fraction(fees)),
            "fee_share": text(quotient(fees, net + fees)) if net + fees > 0 else None,
            "average_win": text(quotient(profit, wins)),
            "average_loss": text(quotient(loss, losses)),
            "payoff_ratio": text(quotient(Fraction(profit, wins), Fraction(loss, losses))) if wins and losses else None,
            "largest_win": text(self.pnl(best)) if best else None,
            "largest_win_trade": best.id if best else None,
            "largest_loss": text(self.pnl(worst)) if worst else None,
            "largest_loss_trade": worst.id if worst else None,
            "profit_factor": text(quotient(profit, loss)),
            "expectancy": text(quotient(net, count)),
            "win_streak": longest(pnl, lambda p: p > 0),
            "loss_streak": longest(pnl, lambda p: p <= 0 if is_freqtrade else p < 0),
        }
        ratio = None
        if losses and (wins or is_freqtrade):
            average_win = Fraction(profit, wins) if wins else 0
            ratio = (1 + average_win / Fraction(loss, losses)) * Fraction(wins, count) - 1
        figures["expectancy_ratio"] = None if ratio is None else text(rounded(ratio))
        figures["sqn"] = None if is_freqtrade else system_quality(pnl)
        return figures

    def counts_alone(self, count, wins, losses):
        """The figures that need no money; those of money are null."""
        names = (
            "net_pnl gross_profit gross_loss fees fee_share average_win average_loss payoff_ratio largest_win"
            " largest_win_trade largest_loss largest_loss_trade profit_factor expectancy expectancy_ratio sqn turnover"
        )
        held = sorted(trade.closed_at - trade.opened_at for trade in self.trades)
        middle = Fraction(held[(count - 1) // 2] + held[count // 2], 2)
        share, most = self.openness()
        results = [trade.pnl for trade in self.trades]
        is_freqtrade = self.options.convention == "freqtrade"
        return dict.fromkeys(names.split()) | {
            "trades": count,
            "closed": count,
            "wins": wins,
            "losses": losses,
            "draws": count - wins - losses,
            "win_rate": text(quotient(wins, count)),
            "win_streak": longest(results, lambda p: p > 0),
            "loss_streak": longest(results, lambda p: p <= 0 if is_freqtrade else p < 0),
            "holding_seconds_mean": text(quotient(sum(held), count * 10**6)),
            "holding_seconds_median": text(middle / 10**6),
            "holding_seconds_min": text(Fraction(held[0], 10**6)),
            "holding_seconds_max": text(Fraction(held[-1], 10**6)),
            "exposure": text(share),
            "open_trades_max": most,
            "pnl_pct_mean": text(quotient(sum(trade.pnl_pct for trade in self.trades), count)),
        }

    def openness(self):
        """The share of the period with an open trade, and the most that were open at once."""
        changes = defaultdict(int)
        for trade in self.trades:
            if max(trade.opened_at, self.since) < trade.closed_at:
                changes[max(trade.opened_at, self.since)] += 1
                changes[trade.closed_at] -= 1
        opened = covered = most = before = 0
        for at in sorted(changes):
            if opened > 0:
                covered += at - before
            opened, before = opened + changes[at], at
            most = max(most, opened)
        return quotient(covered, self.until - self.since), most

    # Figures of equity.

    def of_equity(self):
        names = (
            "capital equity days sharpe sortino volatility twr mwr cagr max_drawdown max_drawdown_peak_at"
            " max_drawdown_trough_at max_drawdown_recovered_at max_drawdown_ratio calmar recovery_factor var_95 es_95"
            " skew kurtosis drawdowns equity_ended_at"
        )
        figures = dict.fromkeys(names.split())
        figures["unpriced"] = sorted(self.unpriced_trades | self.unpriced_flows)
        if not self.unpriced_trades:
            figures |= self.fall()
        if not self.has_equity or self.unpriced_trades or self.unpriced_flows:
            return figures
        days = self.daily()
        figures["unpriced"] = sorted(self.unpriced)
        capital = sum(day["in"] - day["out"] for day in days)
        has_capital = any(day["in"] > 0 for day in days)
        days = [day for day in days if day["day"] >= self.first_day]
        if has_capital:
            figures["capital"] = text(Fraction(capital))
            figures["equity"] = text(days[-1]["equity"])
            self.returns(days, figures)
        if self.options.convention == "freqtrade":
            figures |= as_freqtrade(self.results, capital if has_capital else None, self.since, self.until)
        return figures

    def daily(self):
        """Each calendar day: what came in and went out, and the equity; the day before the period is among them."""
        capital, since = self.options.capital, self.options.since or 0
        came, went, won = defaultdict(Fraction), defaultdict(Fraction), defaultdict(Fraction)
        if capital is not None:
            came[self.first_day] += capital
        for trade in self.known if capital is None else self.trades:
            won[trade.closed_at // DAY] += self.pnl(trade)
        for at, _, currency, amount, is_result, _ in self.flows:
            amount = self.worth(amount, currency, at)
            if is_result:
                if capital is None or at >= since:
                    won[at // DAY] += amount
            elif amount > 0:
                came[at // DAY] += amount
            else:
                went[at // DAY] -= amount
        days, total = [], Fraction(0)
        earliest = min([*came, *went, *won, self.first_day]) - 1
        for day in range(earliest, self.last_day + 1):
            before = days[-1]["equity"] if days else Fraction(0)
            total += came[day] - went[day] + won[day]
            open_pnl = self.open_pnl(day) if self.options.marked else 0
            sums = {"before": before, "in": came[day], "out": went[day], "equity": total + open_pnl}
            days.append({"day": day} | sums)
        return days

    def open_pnl(self, day):
        """The P&L at the end of a day of the trades that are open then, at the last prices on record."""
        end = (day + 1) * DAY
        if self.options.until is not None:
            end = min(end, self.options.until)
        positions, total, missing = defaultdict(Fraction), Fraction(0), set()
        for trade in self.all:
            if trade.opened_at >= end or (trade.closed_at is not None and trade.closed_at < end):
                continue
            price = self.history.price(trade.symbol, end)
            if price is None:
                missing.add(f"{trade.symbol} on {date(day)}")
            else:
                positions[trade.symbol, trade.quote] += trade.unrealized(end, price)
        for (symbol, quote), pnl in positions.items():
            worth = self.worth(pnl, quote, end - 1)
            if worth is None:
                missing.add(f"{symbol} on {date(day)}")
            else:
                total += worth
        if day >= self.first_day - 1:
            self.unpriced |= missing
        return total

    def returns(self, days, figures):
        """The figures of the textbook from daily returns, unless the equity ends within the period."""
        returns, index = [], [Fraction(1)]
        for day in days:
            base, outcome = day["before"] + day["in"], day["equity"] + day["out"]
            ends = day["equity"] <= 0
            if base > 0:
                factor = outcome / base
            elif base == 0 and outcome == 0 and day["equity"] == 0:
                factor, ends = Fraction(1), False
            else:
                ends = True
            if ends:
                figures["equity_ended_at"] = date(day["day"]) if day["equity"] <= 0 else None
                return
            returns.append(factor - 1)
            index.append(index[-1] * factor)
        total = sum(day["equity"] for day in days)
        if total > 0:
            value = sum(
                self.worth(amount, trade.quote, trade.closed_at)
                for trade in self.trades
                for amount in (trade.entry_value, trade.exit_value)
            )
            figures["turnover"] = text(quotient(value * len(days), total))
        if self.options.convention == "textbook":
            figures["days"] = len(returns)
            figures |= textbook(returns, index)
            figures["mwr"] = yearly_rate(days)
            figures["drawdowns"] = deepest(index, days)

    def fall(self):
        """The largest fall of the sum of P&L."""
        total = peak = Fraction(0)
        peak_at, deepest, recovered = self.since, (Fraction(0), None, None, None), None
        for trade, pnl in zip(self.trades, self.results):
            total += pnl
            if total >= peak:
                if deepest[0] and recovered is None:
                    recovered = trade.closed_at
                peak, peak_at = total, trade.closed_at
            elif peak - total > deepest[0]:
                deepest, recovered = (peak - total, peak_at, trade.closed_at, peak), None
        is_textbook = self.options.convention == "textbook"
        return {
            "max_drawdown": text(deepest[0]),
            "max_drawdown_peak_at": time(deepest[1]),
            "max_drawdown_trough_at": time(deepest[2]),
            "max_drawdown_recovered_at": time(recovered),
            "recovery_factor": text(quotient(self.net, deepest[0])) if is_textbook else None,
        }

def longest(results, belongs):
    """The most results in a row that belong."""
    most = run = 0
    for result in results:
        run = run + 1 if belongs(result) else 0
        most = max(most, run)
    return most


def options_of(query):
    parser = argparse.ArgumentParser()
    parser.add_argument("--convention", choices=["textbook", "freqtrade"], default="textbook")
    parser.add_argument("--capital", type=Fraction)
    parser.add_argument("--marked", action="store_true")
    parser.add_argument("--by")
    parser.add_argument("--base")
    parser.add_argument("--since", type=microseconds)
    parser.add_argument("--until", type=microseconds)
    return parser.parse_args(shlex.split(query))


def rows(history, options):
    names = {
        (options.base or trade.quote, group_of(trade, options.by) if options.by else None)
        for trade in history.trades
        if trade.closed_at is not None
    }
    for currency, group in sorted(names, key=lambda name: (name[0], name[1] is None, order(name[1], options.by))):
        figures = Set(history, options, currency, group)
        if figures.trades:
            head = {"group": group} if options.by else {}
            yield head | {"quote": currency, "convention": options.convention} | figures.figures()


def order(group, by):
    """The place of a group in a list: days of a week as in a week, others by their bytes."""
    return list(day_name).index(group) if by == "weekday" else (group or "").encode()


def main():
    history = History(sys.stdin)
    for query in sys.argv[1:]:
        print(json.dumps(list(rows(history, options_of(query)))))


main()
