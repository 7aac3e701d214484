"""Reads the Parquet tables of a report: `python examples/read_report.py reports/00-first`.

Needs polars (`pip install polars`). Units stand at the end of the column names: `_s` is seconds, `_bytes` bytes.
"""

import json
import sys
from pathlib import Path

import polars as pl

report = Path(sys.argv[1] if len(sys.argv) > 1 else "reports/00-first")
failures = pl.read_parquet(report / "failures.parquet")


def quantile(column, q):
    """The smallest value with at least a share q at or below it, as drsim counts; unknown ones are null and left out."""
    return pl.col(column).quantile(q, "equiprobable").alias(f"{column} p{q * 100:g}")


columns = ["rpo_latest_processed_s", "rpo_chosen_s", "rto_s"]
quantiles = [quantile(column, q) for column in columns for q in (0.5, 0.95, 0.99)]
print(f"{failures.height} failures in {failures['replication'].n_unique()} replications")
for row in failures.group_by("group").agg(pl.len().alias("failures"), *quantiles).sort("group").iter_rows(named=True):
    print(f"\n{row.pop('group')}")
    for name, value in row.items():
        print(f"  {name:28} {'unknown' if value is None else f'{value:,.0f}'}")

# The table and the summary say the same: RTO, 95 % of the failovers of all groups.
summary = json.loads((report / "summary.json").read_text())
for spread in summary["distributions"]:
    if (spread["quantity"], spread["group"]) == ("rto", "all"):
        p95 = failures.select(quantile("rto_s", 0.95)).item()
        assert p95 == spread["p95"]["value"], (p95, spread["p95"])
        print(f"\nRTO p95 {p95:,.0f} s, between {spread['p95']['low']} and {spread['p95']['high']} s")
