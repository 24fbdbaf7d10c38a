"""The figures of daily returns: numpy computes moments and quantiles, scipy skewness, kurtosis and the yearly rate."""

import math
from collections import defaultdict
from fractions import Fraction

import numpy
from scipy import optimize, stats

from history import date


def system_quality(results):
    """The system quality number of the P&L of trades; None where it has no spread."""
    if len(set(results)) < 2:
        return None
    numbers = numpy.array([float(result) for result in results])
    return float(math.sqrt(len(numbers)) * numbers.mean() / numbers.std(ddof=1))


def textbook(returns, index):
    """The figures of daily returns, and of the index that they lead to from 1."""
    r = numpy.array([float(value) for value in returns])
    figures = {"twr": float(index[-1] - 1), "max_drawdown_ratio": float(max(fall for fall, *_ in falls(index)))}
    count, year = len(r), math.sqrt(365)
    spread = len(set(returns)) > 1
    if count > 1:
        figures["volatility"] = float(r.std(ddof=1) * year) if spread else 0.0
    if spread:
        figures["sharpe"] = float(r.mean() / r.std(ddof=1) * year)
    if r.min() < 0:
        figures["sortino"] = float(r.mean() / math.sqrt(numpy.square(numpy.minimum(r, 0)).mean()) * year)
    if count >= 30:
        figures["cagr"] = math.expm1(math.log1p(float(index[-1] - 1)) * 365 / count)
        if figures["max_drawdown_ratio"] > 0:
            figures["calmar"] = figures["cagr"] / figures["max_drawdown_ratio"]
    if count >= 20:
        figures["var_95"] = float(numpy.quantile(r, 0.05, method="lower"))
        figures["es_95"] = float(r[r <= figures["var_95"]].mean())
    if count >= 4 and spread:
        figures["skew"] = float(stats.skew(r, bias=False))
        figures["kurtosis"] = float(stats.kurtosis(r, bias=False))
    return figures


def falls(index):
    """Each fall of the index from its highest value so far: depth, and where peak, trough and recovery are."""
    found, peak_at, down = [(Fraction(0), None, None, None)], 0, False
    for at, value in enumerate(index):
        if value >= index[peak_at]:
            if down:
                found[-1] = (*found[-1][:3], at)
            peak_at, down = at, False
            continue
        depth = 1 - value / index[peak_at]
        if not down:
            found.append((depth, peak_at, at, None))
        elif depth > found[-1][0]:
            found[-1] = (depth, peak_at, at, None)
        down = True
    return found


def deepest(index, days):
    """The five deepest falls; the index begins at 1 on the first day."""
    def day(at):
        return None if at is None else days[max(at - 1, 0)]["day"]

    found = sorted(falls(index)[1:], key=lambda fall: -fall[0])[:5]
    return [
        {
            "peak_at": date(day(peak)),
            "trough_at": date(day(trough)),
            "recovered_at": None if end is None else date(day(end)),
            "depth": float(depth),
            "days_to_recovery": None if end is None else day(end) - day(peak),
        }
        for depth, peak, trough, end in found
    ]


def yearly_rate(days):
    """The rate, nearest to 0, at which all flows and the last equity have a value of 0; None where there is none."""
    first = days[0]["day"]
    flows = [(0, -days[0]["before"])]
    flows += [((day["day"] - first) / 365, day["out"] - day["in"]) for day in days]
    flows += [((days[-1]["day"] - first) / 365, days[-1]["equity"])]
    by_day = defaultdict(Fraction)
    for years, amount in flows:
        by_day[years] += amount
    amounts = [(years, float(amount)) for years, amount in by_day.items() if amount]
    if not any(a < 0 for _, a in amounts) or not any(a > 0 for _, a in amounts):
        return None

    def value(logarithm):
        return math.fsum(amount * math.exp(-logarithm * years) for years, amount in amounts)

    if value(0.0) == 0:
        return 0.0
    step = 1 / 256
    for near in numpy.concatenate([numpy.arange(0, 8, step), numpy.arange(8, 700, 1.0)]):
        for low, high in ((near, near + (step if near < 8 else 1)), (-near - (step if near < 8 else 1), -near)):
            if value(low) * value(high) <= 0:
                return math.expm1(optimize.brentq(value, low, high, xtol=1e-15, rtol=8.9e-16))
    return None
