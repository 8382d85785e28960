"""The public data sets as Parquet, from the files as published: `python -m published DATA OUT`.

DATA holds the files of FILES, as docs/public_data.md says. OUT gets NAME.parquet for each data set
whose files are there; the others are named.
"""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from next_song.errors import InputError
from published import gce_gnn, nowplaying, s3_rec, tabular
from published.sequences import Sequence, write

Reader = Callable[[Path], Iterable[Sequence]]
# of several files, the first one that is there is read
FILES: dict[str, dict[str, Reader]] = {
    "nowplaying": {"Nowplaying": gce_gnn.sequences, "nowplaying.csv": nowplaying.sequences},
    "diginetica": {"diginetica": gce_gnn.sequences},
    "beauty": {"Beauty.txt": s3_rec.sequences},
    "toys": {"Toys_and_Games.txt": s3_rec.sequences},
    "online_retail": {"OnlineRetail.csv": tabular.online_retail},
    "movielens": {"ml-100k/u.data": tabular.movielens},
}


def convert(name: str, data: Path, out: Path) -> str:
    """Write one data set and return a line that says how many rows it has, or what is missing."""
    for file, reader in FILES[name].items():
        if (data / file).exists():
            rows = write(reader(data / file), out / f"{name}.parquet")
            return f"{name}: {rows:,} rows from {file}"
    return f"{name}: left out, for {data} has no {' or '.join(FILES[name])}"


def main(data: str, out: str) -> None:
    """Convert what is there. Exits with one line if a file is not what it should be."""
    try:
        for name in FILES:
            print(convert(name, Path(data), Path(out)))
    except (InputError, OSError, ValueError) as error:
        sys.exit(f"Error: {error}")


if __name__ == "__main__":
    main(*sys.argv[1:])
