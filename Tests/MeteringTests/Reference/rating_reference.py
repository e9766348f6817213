#!/usr/bin/env python3
"""An independent computation of charges, for comparison with the program's.

Usage: rating_reference.py PRICES.json BOOKS CASES.jsonl > CHARGES

PRICES.json is the price list. BOOKS is a directory of operators' price books, 0.prices, 1.prices, ... Each line of
CASES.jsonl is {"time": ms, "book": null or a number, "record": {...}} with the record's usage as on the wire. For each,
one line is written: the charge in 10^-12 USD, or "unpriced".

It shares nothing with the program: it works from the list's decimal prices and multipliers with fractions, call by
call, and not from SKUs (but for operators' books, whose format is SKUs). The rules are those of docs/pricing.md.
"""
import datetime
import json
import re
import sys
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

PICO = 10**12
LIMIT = 10**12
KINDS = ("input", "output", "cache_write_5m", "cache_write_1h", "cache_read")
# First sold on; for the rest no date matters here.
FIRST_SOLD = {"claude-haiku-5-5": "2026-10-07", "claude-fable-5-2": "2026-11-09", "claude-mythos-5-2": "2026-11-09"}


def midnight(day):
    return int(datetime.datetime.fromisoformat(day + "T00:00:00+00:00").timestamp()) * 1000


def plain_name(name):
    if not name:
        return "unknown"
    if name.endswith("[1m]") and name != "[1m]":
        name = name[:-4]
    match = re.fullmatch(r"(.+)-(20\d\d)(\d\d)(\d\d)", name, re.DOTALL)
    if match and 1 <= int(match[3]) <= 12 and 1 <= int(match[4]) <= 31:
        name = match[1]
    return name


class PriceList:
    """Anthropic's list, with its history."""

    def __init__(self, path):
        data = json.loads(Path(path).read_text())
        self.models = {plain_name(name): model for name, model in data["models"].items()}
        self.history = [h for h in data["history"] if "field" in h]

    def web_search(self, _time):
        return Fraction("0.01") * PICO

    @lru_cache(maxsize=None)
    def rate(self, name, kind, fast, us, batch, long, era):
        model = self.models.get(name)
        if model is None or era < midnight(FIRST_SOLD.get(name, "1970-01-01")):
            return None
        if fast and (batch or not model["fast_multiplier"]) or us and not model["us_multiplier"]:
            return None
        prices = model["long_prompt"]["usd_per_mtok"] if long else model["usd_per_mtok"]
        price = Fraction(prices[kind])
        for change in self.history:
            if (change["model"], change["field"]) == (name, kind) and era < midnight(change["until_exclusive"]):
                price = Fraction(change["was"])
        if batch:
            price *= Fraction(model["batch_multiplier"])
        if fast:
            price *= Fraction(model["fast_multiplier"])
        if us:
            price *= Fraction(model["us_multiplier"])
        return price * PICO / 10**6

    # The dates on which anything changes: between them one rate holds, which keeps the cache small.
    ERAS = sorted(midnight(d) for d in ("2026-10-07", "2026-11-09"))

    def price(self, name, kind, fast, us, batch, long, time):
        era = max([0] + [e for e in self.ERAS if e <= time])
        return self.rate(name, kind, fast, us, batch, long, era)


class OperatorBook:
    """A book that an operator wrote: SKUs and integers."""

    def __init__(self, path):
        lines = path.read_text().split("\n\n", 1)[1].splitlines()
        self.prices = {sku: int(price) for sku, price in (line.split(" ") for line in lines)}

    def web_search(self, _time):
        return self.prices.get("web_search")

    def price(self, name, kind, fast, us, batch, long, _time):
        suffix = "+fast" * fast + "+us" * us + "+batch" * batch + "+long" * long
        return self.prices.get(f"{name}/{kind}{suffix}")


def counts(usage):
    """Billed tokens by kind."""
    written = usage.get("cache_creation_input_tokens", 0)
    split = usage.get("cache_creation") or {}
    one_hour = split.get("ephemeral_1h_input_tokens", 0)
    five_minutes = max(split.get("ephemeral_5m_input_tokens", 0), written - one_hour)
    return {
        "input": usage["input_tokens"],
        "output": usage["output_tokens"],
        "cache_write_5m": five_minutes,
        "cache_write_1h": one_hour,
        "cache_read": usage.get("cache_read_input_tokens", 0),
    }


def requests(record):
    """(model, tokens by kind) of everything that is billed."""
    usage = record["usage"]
    whole = record["ending"] == "complete" and not record["problem"]
    seen = 0 if whole else -(-record["generated_bytes"] // 4)
    entries = usage.get("iterations") or []
    if not entries:
        tokens = counts(usage)
        tokens["output"] = max(tokens["output"], seen)
        return [(record["model"], tokens)]

    billed = []
    answer = None
    stated = 0
    for place, entry in enumerate(entries):
        is_answer = entry["type"] in ("message", "fallback_message")
        tokens = counts(entry)
        stated += tokens["output"] if is_answer else 0
        fell_back = any(later["type"] == "fallback_message" for later in entries[place + 1:])
        if entry["type"] == "message" and entry["output_tokens"] == 0 and fell_back:
            continue
        billed.append((entry.get("model", record["model"]), tokens))
        if is_answer:
            answer = tokens
    # What was seen and not stated belongs to the last answer, or to the last entry when none is an answer.
    if seen > stated:
        (answer if answer is not None else billed[-1][1])["output"] += seen - stated
    return billed


def charge(record, time, book):
    usage = record["usage"]
    if record["problem"] == "malformedUsage":
        return None
    if record["stop_reason"] == "refusal" and not record["has_content"]:
        return 0
    fast = usage.get("speed") == "fast"
    us = usage.get("inference_geo") == "us"
    batch = usage.get("service_tier") == "batch"
    total = 0
    for model, tokens in requests(record):
        name = plain_name(model)
        prompt = sum(n for kind, n in tokens.items() if kind != "output")
        long = name == "claude-haiku-5-5" and prompt > 100_000
        for kind in KINDS:
            if tokens[kind]:
                rate = book.price(name, kind, fast, us, batch, long, time)
                if rate is None:
                    return None
                total += rate * tokens[kind]
    searches = (usage.get("server_tool_use") or {}).get("web_search_requests", 0)
    if searches:
        rate = book.web_search(time)
        if rate is None:
            return None
        total += rate * searches
    total = Fraction(total)
    assert total.denominator == 1, "a charge is not a whole number of 10^-12 USD"
    return total.numerator


def main():
    prices, books, cases = sys.argv[1:]
    shipped = PriceList(prices)
    operators = [OperatorBook(path) for path in sorted(Path(books).glob("*.prices"), key=lambda p: int(p.stem))]
    with open(cases) as lines:
        for line in lines:
            case = json.loads(line)
            book = shipped if case["book"] is None else operators[case["book"]]
            result = charge(case["record"], case["time"], book)
            print("unpriced" if result is None else result)


main()
