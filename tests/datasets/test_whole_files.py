"""No half-written output is ever taken for a whole one: full disks and kills, for real."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from runpy import run_path

import numpy as np
import pyarrow as pa
import pytest

from next_song import sql
from next_song.datasets.files import MODE, whole_file
from next_song.datasets.relation import ROWS, write_parquet

# what each data set saves, first small and then large; the path's suffix is the data set's own
DATASETS = {
    "reports.JSONDataset": ("a.json", "[0] * {size}"),
    "reports.CSVDataset": ("a.csv", "pandas.DataFrame({{'a': range({size})}})"),
    "plots.PlotlyDataset": ("a.json", "Figure({{'data': [{{'y': [0] * {size}}}]}})"),
    "relation.RelationDataset": (
        "a.parquet",
        "sql.connection().sql('select random() as a from range({size})')",
    ),
    "relation.LinesDataset": (
        "a.txt",
        "sql.connection().sql('select range as line from range({size})')",
    ),
    "arrays.SongSpaceDataset": (
        "a.safetensors",
        "SongSpace(*[np.ones(({size}, 2), np.float32)] * 2, np.ones({size}, np.int64))",
    ),
    "model_archive.ModelArchiveDataset": ("a.tar.gz", "archive({size})"),
}
SAVE = """
import os, resource, signal, sys
import numpy as np, pandas
from next_song import sql
from plotly.graph_objects import Figure
from next_song.datasets import arrays, model_archive, plots, relation, reports
from next_song.serving.archive import ModelArchive
from next_song.retrieval.song_space import SongSpace

def archive(size):
    made = ModelArchive()
    made.model.mkdir()
    (made.model / "saved_model.pb").write_bytes(os.urandom(size))
    made.add_extras(sql.connection().sql("select 1 as song"), {{}})
    return made

dataset = {dataset}(filepath={path!r})
dataset.save({small})
data = {large}
{accident}
dataset.save(data)
"""
LIMIT = "resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))"
FULL = f"signal.signal(signal.SIGXFSZ, signal.SIG_IGN); {LIMIT}"
# the limit's own signal kills in the middle of the write
KILL = f"signal.signal(signal.SIGXFSZ, signal.SIG_DFL); {LIMIT}"


def save(
    name: str, tmp_path: Path, accident: str, protocol: str = ""
) -> tuple[subprocess.CompletedProcess[str], bytes, bytes]:
    """Save small, then large with an accident; give how it ended, and the file before and after."""
    written = script(name, tmp_path, accident, protocol)
    done = subprocess.run([sys.executable, "-c", written], capture_output=True, text=True)
    return done, (tmp_path / "reference").read_bytes(), (tmp_path / DATASETS[name][0]).read_bytes()


def script(name: str, tmp_path: Path, accident: str, protocol: str = "") -> str:
    """What `save` runs; it keeps the first file as `reference`."""
    file, data = DATASETS[name]
    path, reference = tmp_path / file, tmp_path / "reference"
    keep = f"import shutil; shutil.copy({str(path)!r}, {str(reference)!r})"
    return SAVE.format(
        dataset=name,
        path=f"{protocol}{path}",
        small=data.format(size=3),
        large=data.format(size=300_000),
        accident=f"{keep}\n{accident}",
    )


@pytest.mark.fault
@pytest.mark.parametrize(
    ("name", "protocol"), [*((name, "") for name in DATASETS), ("relation.LinesDataset", "file://")]
)
def test_a_full_disk_leaves_the_earlier_file(
    name: str, protocol: str, tmp_path: Path, says: Callable[[object], None]
) -> None:
    done, before, after = save(name, tmp_path, FULL, protocol)
    says(done.stderr.splitlines()[-1])
    assert done.returncode == 1
    assert after == before
    assert not list(tmp_path.glob(".part-*"))


@pytest.mark.fault
@pytest.mark.parametrize("name", DATASETS)
def test_a_kill_leaves_the_earlier_file(
    name: str, tmp_path: Path, says: Callable[[object], None]
) -> None:
    done, before, after = save(name, tmp_path, KILL)
    says(f"status {done.returncode}, the earlier file stays")
    assert done.returncode == -signal.SIGXFSZ
    assert after == before


@pytest.mark.parametrize("name", DATASETS)
def test_without_an_accident_the_file_is_new(name: str, tmp_path: Path) -> None:
    (tmp_path / "save.py").write_text(script(name, tmp_path, "pass"))
    run_path(str(tmp_path / "save.py"))
    after = (tmp_path / DATASETS[name][0]).read_bytes()
    assert after != (tmp_path / "reference").read_bytes()
    assert not list(tmp_path.glob(".part-*"))


def test_a_table_has_the_same_bytes_however_its_rows_come(tmp_path: Path) -> None:
    """In one batch, and in batches of any size, as threads of DuckDB would give them."""
    connection, rows = sql.connection(), 3 * ROWS + 100
    table = connection.sql(
        "select range as number, 'song ' || range % 1000 as name, [range, 1] as list "
        "from range($rows)",
        params={"rows": rows},
    )
    whole = table.to_arrow_table().combine_chunks()
    sizes = np.random.default_rng(1).integers(1, 90_000, 50)
    parts = [whole.slice(end - size, size) for end, size in zip(sizes.cumsum(), sizes, strict=True)]
    pieces = pa.concat_tables(part for part in parts if len(part))
    assert len(pieces) == rows
    for name, given in (("a", whole), ("b", pieces)):
        write_parquet(connection.from_arrow(given), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert connection.read_parquet(str(tmp_path / "a")).to_arrow_table().equals(whole)


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_files_may_be_read_by_whom_the_umask_says(umask: int, mode: int, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    code = (
        f"import os; os.umask({umask})\nfrom next_song.datasets.files import whole_file\n"
        f"with whole_file({str(path)!r}) as part: part.write_text('a')"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert oct(path.stat().st_mode & 0o777) == oct(mode)


def test_a_file_that_a_library_keeps_to_itself_may_be_read_by_others(tmp_path: Path) -> None:
    with whole_file(str(tmp_path / "a")) as part:
        part.touch(0o600)  # as safetensors does
    assert oct((tmp_path / "a").stat().st_mode & 0o777) == oct(MODE)
