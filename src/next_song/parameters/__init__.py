"""The parameters of conf/: their names, types and ranges, checked before a run begins."""

from next_song.parameters.base import Count, DuckDB, Parameters, Seed, Share
from next_song.parameters.data_engineering import (
    Cleaning,
    Columns,
    Names,
    PairCounts,
    Reading,
    Sessions,
    Split,
)
from next_song.parameters.deployment import (
    Alarms,
    Autoscaling,
    DataCapture,
    Deployment,
    Guardrails,
    Serverless,
    Vpc,
)
from next_song.parameters.export import Export, Precision, Recommendation
from next_song.parameters.modeling import Word2Vec, Word2VecGrid
from next_song.parameters.sample import Sample
from next_song.parameters.selection import BASELINES, START_FROM, Protocol, Selection

__all__ = [
    "BASELINES",
    "START_FROM",
    "Alarms",
    "Autoscaling",
    "Cleaning",
    "Columns",
    "Count",
    "DataCapture",
    "Deployment",
    "DuckDB",
    "Export",
    "Guardrails",
    "Names",
    "PairCounts",
    "Parameters",
    "Precision",
    "Protocol",
    "Reading",
    "Recommendation",
    "Sample",
    "Seed",
    "Selection",
    "Serverless",
    "Sessions",
    "Share",
    "Split",
    "Vpc",
    "Word2Vec",
    "Word2VecGrid",
]
