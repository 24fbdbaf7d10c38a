"""Folds the output of `tradeledger events` into trades, flows and prices, by section 1 of the contract alone.

The events of several ledgers come one ledger after the other. Amounts are fractions, so that nothing is rounded except
where the contract says so.
"""

import json
from datetime import datetime, timedelta, timezone
from decimal import Context, Decimal
from fractions import Fraction

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
DAY = 86_400_000_000
WIDE = Context(prec=400)


def microseconds(text):
    """The microseconds from 1970 to a time, or to the first moment of a date in UTC."""
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        time = time.replace(tzinfo=timezone.utc)
    return (time - EPOCH) // timedelta(microseconds=1)


def moment(time):
    """The time so many microseconds after 1970."""
    return EPOCH + timedelta(microseconds=time)


def rounded(value, digits=18):
    """The value with so many digits after the point, half to even."""
    return Fraction(round(value * 10**digits), 10**digits)


def text(value):
    """A fraction that is a decimal, with all its digits."""
    if value is None:
        return None
    number = WIDE.divide(Decimal(value.numerator), Decimal(value.denominator))
    return format(WIDE.normalize(number), "f")


def quotient(dividend, divisor):
    """The quotient at 18 digits after the point; None where the divisor is missing or 0."""
    return rounded(Fraction(dividend) / divisor) if dividend is not None and divisor else None


def date(day):
    """The date of a number of days after 1970."""
    return str(moment(day * DAY).date())


def time(at):
    """A time as the ledger prints it."""
    return None if at is None else moment(at).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Trade:
    """What the events of one trade amount to."""

    def __init__(self, event):
        symbol = event["symbol"]
        separator = "/" if "/" in symbol else "-"
        base, found, quote = symbol.rpartition(separator)
        self.symbol = symbol
        self.base = base if found else None
        self.quote = event.get("quote", quote.split(":")[0] if found else "")
        self.side = 1 if event["side"].lower() in ("buy", "long") else -1
        self.id = event["trade_id"]
        self.opened_at = microseconds(event["occurred_at"])
        self.strategy = event.get("strategy")
        self.tag = event.get("tag")
        self.account = event.get("account", "default")
        self.context = {}
        self.closed_at = self.close_sequence = self.reason = None
        self.voided = False
        self.entered = self.left = self.entry_value = self.exit_value = Fraction(0)
        self.fees = self.adjustments = self.dust_value = Fraction(0)
        self.coin_fees = self.coin_fees_value = Fraction(0)
        self.fills = []

    def apply(self, event):
        """Takes in the next event of the trade."""
        self.context.update(event.get("context", {}))
        kind = event["type"].partition(".")[2]
        if kind == "adjusted":
            self.adjustments += Fraction(event["cost"])
        elif kind == "voided":
            self.voided = True
        elif kind in ("opened", "increased"):
            amount, price = Fraction(event["amount"]), Fraction(event["price"])
            self.entered += amount
            self.entry_value += amount * price
            self.fills.append((microseconds(event["occurred_at"]), amount, amount * price))
            self.pay(event.get("fee"), price)
        elif kind in ("reduced", "closed"):
            amount, price = self.amount_out(event), Fraction(event["price"])
            self.left += amount
            self.exit_value += amount * price
            self.fills.append((microseconds(event["occurred_at"]), -amount, None))
            self.pay(event.get("fee"), price)
            if kind == "closed":
                self.end(event)

    def amount_out(self, event):
        """The amount that an exit takes; a close without one takes all but the dust."""
        if "amount" in event:
            return Fraction(event["amount"])
        dust = event.get("dust", "0")
        return self.entered - self.left - (0 if dust == "rest" else Fraction(dust))

    def pay(self, fee, price):
        """Counts a fee in the quote currency; one in a third currency without a value there counts as 0."""
        if fee is None:
            return
        if not isinstance(fee, dict):
            self.fees += Fraction(fee)
            return
        cost, currency = Fraction(fee["cost"]), fee["currency"]
        value = Fraction(0)
        if "quote_cost" in fee:
            value = Fraction(fee["quote_cost"])
        elif currency == self.quote:
            value = cost
        elif currency == self.base:
            value = cost * price
        self.fees += value
        if currency == self.base and currency != self.quote:
            self.coin_fees += cost
            self.coin_fees_value += value

    def end(self, event):
        """Closes the trade; what is left is dust, and a fee that was taken in the coin is paid once."""
        self.closed_at = microseconds(event["occurred_at"])
        self.close_sequence = int(event["sequence"])
        self.reason = event.get("reason")
        dust = self.entered - self.left
        if self.side > 0 and dust > 0 and self.coin_fees > 0:
            if dust >= self.coin_fees:
                self.dust_value = self.coin_fees_value
            else:
                self.dust_value = rounded(self.coin_fees_value * dust / self.coin_fees)

    @property
    def pnl(self):
        """The realized P&L of a closed trade."""
        gross = self.side * (self.exit_value + self.dust_value - self.entry_value)
        return gross - self.fees + self.adjustments

    @property
    def pnl_pct(self):
        """The P&L of a closed trade in percent of its cost."""
        return rounded(100 * self.pnl / self.entry_value, 8)

    def unrealized(self, time, mark):
        """The P&L at a price of what is open just before a time; 0 where nothing is."""
        amount = cost = Fraction(0)
        for at, change, value in self.fills:
            if at >= time:
                continue
            if value is not None:
                cost += value
            else:
                cost -= cost if amount == -change else rounded(cost * -change / amount)
            amount += change
        return self.side * (amount * mark - cost)


class History:
    """The trades, the money that came and went, and the prices of a log."""

    def __init__(self, lines):
        trades = {}
        # Time, account, currency, amount, whether it is P&L of its day, and whether it only changed the account.
        self.flows = []
        self.prices = {}
        for number, line in enumerate(lines):
            event = json.loads(line, parse_float=Decimal)
            family, _, kind = event["type"].partition(".")
            if family == "trade":
                key = event["ledger_id"], event["trade_id"]
                if kind == "opened":
                    trades[key] = Trade(event)
                trades[key].apply(event)
            elif family == "account":
                self.move(kind, event)
            elif family == "price":
                known = self.prices.setdefault(event["symbol"], [])
                known.append((microseconds(event["occurred_at"]), number, Fraction(event["price"])))
        for known in self.prices.values():
            known.sort()
        self.trades = [trade for trade in trades.values() if not trade.voided]

    def move(self, kind, event):
        """Takes in an event of an account."""
        time, account, currency = microseconds(event["occurred_at"]), event["account"], event["currency"]
        if kind == "deposited":
            self.flows.append((time, account, currency, Fraction(event["amount"]), False, False))
        elif kind == "withdrawn":
            self.flows.append((time, account, currency, -Fraction(event["amount"]), False, False))
        elif kind == "transferred":
            amount = Fraction(event["amount"])
            self.flows.append((time, account, currency, -amount, False, True))
            self.flows.append((time, event["to_account"], currency, amount, False, True))
        elif kind == "adjusted":
            is_result = event["kind"] not in ("correction", "conversion")
            self.flows.append((time, account, currency, Fraction(event["cost"]), is_result, False))

    def price(self, symbol, time):
        """The last price that was observed before a time; None without one."""
        earlier = [price for at, _, price in self.prices.get(symbol, []) if at < time]
        return earlier[-1] if earlier else None

    def worth(self, amount, currency, base, time):
        """What an amount was worth in another currency at a time; None where no price says so."""
        if currency == base:
            return amount
        direct = self.price(f"{currency}/{base}", time + 1)
        if direct is not None:
            return amount * direct
        inverse = self.price(f"{base}/{currency}", time + 1)
        return None if inverse is None else rounded(amount / inverse)
