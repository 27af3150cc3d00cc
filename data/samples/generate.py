"""Rewrites the exports of the sample engagements, byte for byte the same on every machine.

    python data/samples/generate.py [--only aldermoor] [--into DIR]

The companies are invented and so is every row. What is true of them is planted on purpose and written down in
each sample's `planted_truths.yaml`, so that anyone can see whether the workbook finds it and finds nothing else.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from _makers import aldermoor, fennick, torvald

SAMPLES: Mapping[str, Callable[[], Mapping[str, bytes]]] = {
    "aldermoor": aldermoor.make_files,
    "fennick": fennick.make_files,
    "torvald": torvald.make_files,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the files of the samples asked for."""
    asked = read_arguments(arguments)
    for name in asked.only or SAMPLES:
        write_files(SAMPLES[name](), asked.into / name)


def read_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description="Rewrite the exports of the sample engagements.")
    parser.add_argument("--only", action="append", choices=list(SAMPLES), help="a sample; may be given more than once")
    parser.add_argument("--into", type=Path, default=Path(__file__).parent, help="the folder that holds the samples")
    return parser.parse_args(arguments)


def write_files(files: Mapping[str, bytes], folder: Path) -> None:
    """Write each file under `folder`, making the folders it needs."""
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


if __name__ == "__main__":
    main()
