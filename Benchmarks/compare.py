"""Compares the rounds of two revisions, which tools/bench --against ran in turn.

usage: compare.py BEFORE AFTER DIRECTORY ROUNDS

Reads before.N.json and after.N.json of each round in the directory, and prints a table: the median of each figure, and
the median of how many times as fast, or as small, AFTER was in a round, with the least and the greatest. The limit and
the peers are the same in both: their ratios show how quiet the machine was.
"""
import json, statistics, sys


def figures(path):
    """Returns the figures of a report, by row, contender, name and unit."""
    with open(path) as file:
        rows = json.load(file)["rows"]
    return {
        (row["row"], result["contender"], result["figure"], result["unit"]): result["median"]
        for row in rows
        for result in row.get("results", [])
    }


def main(before_name, after_name, directory, round_count):
    rounds = [
        (figures(f"{directory}/before.{number}.json"), figures(f"{directory}/after.{number}.json"))
        for number in range(1, int(round_count) + 1)
    ]
    print(f"| row | contender | figure | {before_name} | {after_name} | times as fast (least to most) |")
    print("|---|---|---|---:|---:|---:|")
    for key in rounds[0][0]:
        if any(key not in before or key not in after for before, after in rounds):
            continue
        row, contender, figure, unit = key
        is_rate = unit.endswith("/s")
        ratios = sorted(after[key] / before[key] if is_rate else before[key] / after[key] for before, after in rounds)
        medians = [statistics.median(side[key] for side in sides) for sides in zip(*rounds)]
        shown = [f"{median:,.{0 if median >= 100 else 3}f} {unit}" for median in medians]
        ratio = f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
        print(f"| {row} | {contender} | {figure} | {shown[0]} | {shown[1]} | {ratio} |")


main(*sys.argv[1:])
