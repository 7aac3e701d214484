"""Draws the curve of a paper from a sweep: `python examples/read_sweep.py swept`.

Needs polars (`pip install polars`). A curve per value of the second varied field, over the first one, as text; the same
frame goes into any plotting library. Units stand in the column `unit` beside each number.
"""

import json
import sys
from pathlib import Path

import polars as pl

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "swept")
design = pl.read_parquet(folder / "design.parquet")
results = pl.read_parquet(folder / "results.parquet")
manifest = json.loads((folder / "manifest.json").read_text())

# One column per varied field, one row per point.
points = design.pivot(on="path", index="point", values="number")
yardstick = "all: mean(rpo_over_time)"
curve = results.filter(pl.col("yardstick") == yardstick).join(points, on="point").sort("point")
assert curve.height == manifest["points"], "one row per point"

first, *others = manifest["axes"]
unit = curve["unit"][0]
print(f"{yardstick} [{unit}], mean of {manifest['replications']} replications with its 95 % interval")
for key, part in curve.group_by(others, maintain_order=True) if others else [((), curve)]:
    print("\n" + (", ".join(f"{name} = {value:g}" for name, value in zip(others, key)) or "all"))
    for row in part.iter_rows(named=True):
        print(f"  {first} = {row[first]:>8g}   {row['mean']:8.1f}   {row['mean_low']:8.1f} to {row['mean_high']:8.1f}")

# The means are those of the single replications, which are there too.
values = pl.read_parquet(folder / "values.parquet").filter(pl.col("yardstick") == yardstick)
again = values.group_by("point").agg(pl.col("value").mean().alias("again"))
worst = curve.join(again, on="point").select(((pl.col("mean") - pl.col("again")).abs() / pl.col("mean")).max()).item()
assert worst < 1e-4, worst
