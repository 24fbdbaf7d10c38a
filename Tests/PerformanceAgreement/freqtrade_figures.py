"""The figures of freqtrade's convention, computed by freqtrade's own functions."""

import sys
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path

import pandas

from history import moment


def freqtrade_metrics():
    """freqtrade's metrics.py alone: importing the package would need all that a running bot does."""
    path = Path(find_spec("freqtrade").submodule_search_locations[0], "data", "metrics.py")
    spec = spec_from_file_location("freqtrade_metrics", path)
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def as_freqtrade(results, capital, since, until):
    """The figures of the P&L of trades in their order, without those that freqtrade has no data for."""
    if capital is None or capital <= 0:
        return {}
    figures, metrics, start = {}, freqtrade_metrics(), float(capital)
    # Only the order of the closes counts, and those of one moment have an order too.
    frame = pandas.DataFrame({"profit_abs": [float(pnl) for pnl in results], "close_date": range(len(results))})
    first, last = moment(since), moment(until)
    days, losses = (last - first).days, [pnl for pnl in results if pnl < 0]
    drawdown = metrics.calculate_max_drawdown(frame, starting_balance=start)
    figures["max_drawdown"] = float(drawdown.drawdown_abs)
    figures["max_drawdown_ratio"] = float(drawdown.relative_account_drawdown)
    figures["twr"] = float(frame["profit_abs"].sum() / start)
    expectancy, ratio = metrics.calculate_expectancy(frame)
    figures["expectancy"] = float(expectancy)
    if losses:
        figures["expectancy_ratio"] = float(ratio)
    if since != until:
        if len(set(results)) > 1:
            figures["sharpe"] = metrics.calculate_sharpe(frame, first, last, start)
        if len(set(losses)) > 1:
            figures["sortino"] = metrics.calculate_sortino(frame, first, last, start)
        if losses:
            figures["calmar"] = metrics.calculate_calmar(frame, first, last, start)
    if days > 0 and capital + sum(results) >= 0:
        figures["cagr"] = float(metrics.calculate_cagr(days, start, float(capital + sum(results))))
    if len(set(results)) > 1:
        figures["sqn"] = metrics.calculate_sqn(frame, start)
    return figures
