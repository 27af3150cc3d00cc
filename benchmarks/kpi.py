"""KPIs with intervals and suppression against a hand-written query and against pandas, over one table of answers.

Seven KPIs by month, for the total, four dimensions and two pairs. The peers are in `kpi_peers.py`, in `shared/bench`
beside the project; their numbers are proved equal to ours first, then all three are timed in turn, and the best of the
rounds counts. The peers take each answer as independent, and so do the three figures;
`ratio_vs_by_hand_clustered`, over a million rows, is what it costs to allow for customers who answer more than once,
which no peer does.

    python benchmarks/kpi.py --quick
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib.util
import tempfile
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
from sqlglot import exp
from timing import peak_kilobytes, peak_megabytes, seconds

from cxkit._table import Database, open_database
from cxkit.kpi.cube import Request
from cxkit.kpi.measure import Cubes, measure_cubes
from cxkit.kpi.model import Catalogue, Kpi

PEERS = Path(__file__).resolve().parents[2] / "shared/bench/kpi_peers.py"
FULL, QUICK, CLUSTERED = 10_000_000, 1_000_000, 1_000_000
ROUNDS = 3
DIMENSIONS = ("segment", "channel", "region", "brand")
PAIRS = (("segment", "channel"), ("region", "brand"))
FIRST, LAST = dt.date(2025, 1, 1), dt.date(2026, 7, 31)
TYPES = {
    "response_id": "text", "responded_at": "timestamp", "segment": "text", "channel": "text", "region": "text",
    "brand": "text", "nps": "integer", "csat": "integer", "ces": "integer", "resolved": "boolean",
    "handle_seconds": "number",
}  # fmt: skip


def kpi(name: str, kind: str, *, unit: str = "percent", **fields: str) -> Kpi:
    """A KPI over the answers of the benchmark."""
    told = {"label": name, "question": name, "better": "higher", "source": "the benchmark", "minimum_n": 1}
    return Kpi.model_validate({"id": name, "kind": kind, "table": "responses", "unit": unit, **told, **fields})


KPIS = (
    kpi("nps", "net", plus="nps >= 9", minus="nps <= 6", base="nps is not null", unit="points"),
    kpi("csat_top2", "proportion", hit="csat >= 4", base="csat is not null"),
    kpi("csat_mean", "mean", value="csat", unit="score"),
    kpi("ces_top3", "proportion", hit="ces >= 5", base="ces is not null"),
    kpi("ces_mean", "mean", value="ces", unit="score"),
    kpi("resolved", "proportion", hit="resolved", base="resolved is not null"),
    kpi("handle_seconds", "mean", value="handle_seconds", unit="seconds"),
)


def measure(db: Database, path: Path, *, clustered: bool = False) -> pd.DataFrame:
    """The numbers of all KPIs with their intervals, as one long table; what may not be shown is missing.

    Args:
        db: An open database, as the peers have one.
        path: Parquet file of answers.
        clustered: Whether answers of one customer are taken as alike.
    """
    columns = TYPES | ({"customer_id": "text"} if clustered else {})
    catalogue = Catalogue(kpis={k.id: k for k in KPIS}, tables={}, places={})
    request = Request(
        kpis=KPIS, catalogue=catalogue, columns={"responses": columns}, dimensions={d: d for d in DIMENSIONS},
        pairs=PAIRS, lengths=("month",), first=FIRST, last=LAST, threshold=5,
    )  # fmt: skip
    _look(db, path)
    made = measure_cubes(db, request)
    return _tidy(_long(made))


def _look(db: Database, path: Path) -> None:
    read = exp.Anonymous(this="read_parquet", expressions=[exp.Literal.string(str(path))])
    db.look("responses", exp.select("*").from_(read))


def _long(made: Cubes) -> list[pd.DataFrame]:
    frames, keys, slices = [], [], pd.DataFrame()
    for name, cube in made.cubes.items():
        if cube.keys != keys:
            keys, told = cube.keys, [dict(s) for _, _, s in cube.keys]
            slices = pd.DataFrame(
                {"month": [p for _, p, _ in keys], **{d: [s.get(d) for s in told] for d in DIMENSIONS}}
            )
        hidden, found = made.small[name] | made.others[name], cube.estimates
        frame = slices.assign(kpi=name, n=cube.sums.n, value=found.value, low=found.low, high=found.high)
        frames.append(frame[[k not in hidden for k in keys]] if hidden else frame)
    return frames


def _tidy(frames: list[pd.DataFrame]) -> pd.DataFrame:
    found = pd.concat(frames, ignore_index=True)
    found["month"] = pd.to_datetime(found["month"])
    order = ["kpi", "month", *DIMENSIONS]
    return found.sort_values(order, na_position="first").reset_index(drop=True)


def prove_equal(ours: pd.DataFrame, theirs: pd.DataFrame) -> None:
    """Stop unless both hold the same numbers over the same slices."""
    keys = ["kpi", "month", *DIMENSIONS]
    slices = [f[keys].astype(object).where(f[keys].notna(), "").to_numpy() for f in (ours, theirs)]
    if len(ours) != len(theirs) or not (slices[0] == slices[1]).all():
        raise SystemExit(f"other slices: {len(ours)} of ours, {len(theirs)} of theirs")
    if not (ours.n.to_numpy() == theirs.n.to_numpy()).all():
        raise SystemExit("other bases")
    if not np.allclose(ours.value, theirs.value.astype(float), rtol=1e-9, atol=1e-9):
        raise SystemExit(f"other values, by up to {abs(ours.value - theirs.value).max()}")


def read_peers(path: Path) -> ModuleType:
    """The peers' module.

    Raises:
        SystemExit: It is not there.
    """
    spec = importlib.util.spec_from_file_location("kpi_peers", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise SystemExit(f"The peers are not there: {path}. Say where they are with --peers.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main() -> None:
    """Prove, time, print."""
    parser = argparse.ArgumentParser(description="KPIs against a hand-written query and pandas.")
    parser.add_argument("--quick", action="store_true", help="one million rows instead of ten")
    parser.add_argument("--peers", type=Path, default=PEERS)
    parser.add_argument("--only", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.only:
        with open_database() as db:
            measure(db, given.only)
        print(peak_kilobytes() / 1024)
        return
    peers, rows = read_peers(given.peers), QUICK if given.quick else FULL
    with tempfile.TemporaryDirectory() as folder, open_database() as db:
        path, small = Path(folder) / "responses.parquet", Path(folder) / "clustered.parquet"
        peers.generate(str(path), rows)
        ours = measure(db, path)
        prove_equal(ours, peers.by_hand(str(path)))
        prove_equal(ours, peers.by_pandas(str(path)))
        runs = (lambda: measure(db, path), lambda: peers.by_hand(str(path)), lambda: peers.by_pandas(str(path)))
        mine, hand, frames = seconds(ROUNDS, *runs)
        peers.generate(str(small), CLUSTERED)
        alike, plain = seconds(1, lambda: measure(db, small, clustered=True), lambda: peers.by_hand(str(small)))
        print(f"rows: {rows}")
        print(f"ratio_vs_by_hand: {mine / hand:.2f}")
        print(f"speedup_vs_pandas: {frames / mine:.1f}")
        print(f"peak_memory_mb: {peak_megabytes(__file__, path):.0f}")
        print(f"ratio_vs_by_hand_clustered: {alike / plain:.2f}")


if __name__ == "__main__":
    main()
