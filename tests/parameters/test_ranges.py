"""The values that each parameter may have: the ends of its range, and what is beyond them."""

from typing import Any

import pytest

from next_song.errors import InputError
from next_song.grid import base_parameters
from next_song.parameters import (
    Alarms,
    Autoscaling,
    Cleaning,
    DataCapture,
    Deployment,
    DuckDB,
    Export,
    Guardrails,
    PairCounts,
    Parameters,
    Protocol,
    Recommendation,
    Sample,
    Selection,
    Serverless,
    Sessions,
    Split,
    Vpc,
    Word2Vec,
)

BASE = base_parameters()
GUARDRAILS = BASE["deployment"]["guardrails"]
GIVEN: dict[type[Parameters], dict[str, Any]] = {
    Alarms: GUARDRAILS["alarms"],
    Autoscaling: {"min_instances": 1, "max_instances": 4, "invocations_per_instance": 600},
    Cleaning: BASE["cleaning"],
    DataCapture: {"percent": 100},
    Deployment: BASE["deployment"],
    DuckDB: BASE["duckdb"],
    Export: BASE["export"],
    Guardrails: GUARDRAILS,
    PairCounts: BASE["song_pairs"],
    Protocol: BASE["protocol"],
    Recommendation: BASE["recommendation"],
    Sample: BASE["sample"],
    Selection: BASE["selection"],
    Serverless: {"memory_mib": 4096, "max_concurrency": 5},
    Sessions: BASE["sessions"],
    Split: BASE["split"],
    Vpc: {"subnets": ["subnet-1"], "security_groups": ["sg-1"]},
    Word2Vec: BASE["modeling"]["near"]["word2vec"],
}


class Many(Sample):
    """With many songs."""


class Few(Sample):
    """With one artist and one genre."""


GIVEN |= {
    Many: BASE["sample"] | {"songs": 2 * 10**6},
    Few: BASE["sample"] | {"artists": 1, "genres": 1},
}
COUNT = ([1, 2**31 - 1], [0, 2**31, 1.0, "1", True])
SEED = ([0, 2**32 - 1], [-1, 2**32])
YES = ([True, False], [1, "yes", None])
RANGES: list[tuple[type[Parameters], str, tuple[list[Any], list[Any]]]] = [
    (Alarms, "client_errors", ([0.001, 1], [0, 1.001])),
    (Alarms, "server_errors", ([0.001, 1], [0, 1.001])),
    (Alarms, "p99_ms", ([0.5, 10**6], [0])),
    (Autoscaling, "min_instances", ([1], [0])),
    (Autoscaling, "max_instances", ([1], [0])),
    (Autoscaling, "invocations_per_instance", ([1], [0])),
    (Cleaning, "min_plays", COUNT),
    (Cleaning, "min_songs", ([1, 3], [0, 10**6])),
    (Cleaning, "max_songs", ([3, 2**31 - 1], [2, 2**31])),
    (Cleaning, "keep_repeats_in_a_row", YES),
    (DataCapture, "percent", ([1, 100], [0, 101])),
    (Deployment, "instance_count", ([1, 50], [0])),
    (Deployment, "wait_minutes", ([1], [0])),
    (Deployment, "instance_type", (["ml.m5.large", "ml.inf2.xlarge"], ["m5.large", "ml.", ""])),
    (Deployment, "endpoint", (["a", "a-b", "A1" * 18], ["", "-a", "a-", "a_b", "a" * 37])),
    (Deployment, "only_if_better_than_baselines", YES),
    (Deployment, "only_if_not_worse_than_production", YES),
    (
        DuckDB,
        "memory_limit",
        (
            ["128MB", "123 MiB", "128000KB", "125000KiB", "0.12GiB", "1TB"],
            ["127.9999MB", "122 MiB", "124999KiB", "0.0001TB", "128", "GB", "1.5.0GB"],
        ),
    ),
    (Export, "k", COUNT),
    (Export, "examples", ([0, 3], [-1])),
    (Export, "precision", (["float32", "float16"], ["float64"])),
    (Export, "sets", ([{}, {"a": "file.txt"}], [{"": "file.txt"}])),
    (Guardrails, "percent", ([10, 50], [9, 51])),
    (Guardrails, "bake_seconds", ([60, 3600], [59, 3601])),
    (Guardrails, "shift", (["canary", "linear", "all_at_once"], ["none"])),
    (PairCounts, "near", ([2, 10_000], [1, 10_001])),
    (PairCounts, "window", ([1, 10_000], [0, 10_001])),
    (PairCounts, "most", COUNT),
    (Protocol, "k", ([[1], [10, 2**31 - 1]], [[], [0], [1, 1], [2**31]])),
    (Protocol, "max_validation_queries", COUNT),
    (Protocol, "looks", ([1, 100], [0, 101, 1.0])),
    (Protocol, "seed", SEED),
    (Protocol, "scores_mib", COUNT),
    (Protocol, "targets", (["last", "every"], ["first"])),
    (Recommendation, "k", COUNT),
    (Recommendation, "exclude_set", ([None, "a"], [""])),
    (Recommendation, "only_set", ([None, "a"], [""])),
    (Recommendation, "per_artist", ([None, 1], [0])),
    (
        Recommendation,
        "shard",
        ([None, "1/1", "3/3"], ["0/1", "2/1", "1/0", "1", "1/3/", "01/3", "1/9999999999"]),
    ),
    (Sample, "seed", SEED),
    (Sample, "playlists", ([100], [99])),
    (Sample, "songs", ([900, 2**22 - 1], [899, 2**22])),
    (Sample, "artists", ([12, 8000], [11, 8001])),
    (Many, "artists", ([12, 10**6], [10**6 + 1])),
    (Few, "songs", ([100], [99])),
    (Few, "artists", ([1], [0])),
    (Sample, "genres", ([1, 900], [0, 901])),
    (Sample, "mean_length", ([3, 1000], [2.9, 1000.1])),
    (Sample, "playlists_per_user", ([1, 1000], [0.9, 1000.1])),
    (Sample, "noise", ([0, 1], [-0.1, 1.1])),
    (Sample, "dirty", ([0, 0.5], [-0.1, 0.51])),
    (Selection, "k", COUNT),
    (Selection, "metric", (["hit_rate", "mrr", "ndcg"], ["recall"])),
    (Selection, "refit", (["continue", "anew"], ["never"])),
    (Selection, "start_from", ([None, "m"], [""])),
    (Serverless, "memory_mib", (list(range(1024, 6145, 1024)), [512, 3000, 7168])),
    (Serverless, "max_concurrency", ([1, 200], [0, 201])),
    (Sessions, "gap_minutes", ([None, 0.5], [0])),
    (Sessions, "min_seconds", ([0, 30.5], [-1])),
    (Sessions, "time_zone", (["UTC", "Europe/Berlin"], ["Berlin", ""])),
    (Split, "validation", ([0.01, 0.89], [0, 0.9, 1, float("nan"), float("inf")])),
    (Split, "by", (["hash", "time", "leave_last", "column"], ["random"])),
    (Vpc, "subnets", ([["a"], ["a"] * 16], [[], ["a"] * 17])),
    (Vpc, "security_groups", ([["a"], ["a"] * 5], [[], ["a"] * 6])),
    (Word2Vec, "sg", ([0, 1], [2])),
    (Word2Vec, "vector_size", ([1, 4096], [0, 4097])),
    (Word2Vec, "window", ([1, 10_000], [0, 10_001])),
    (Word2Vec, "epochs", ([1, 100_000], [0, 100_001])),
    (Word2Vec, "negative", ([1, 1000], [0, 1001])),
    (Word2Vec, "ns_exponent", ([-5, 5], [-5.1, 5.1])),
    (Word2Vec, "sample", ([0, 1], [-0.1, 1.1])),
    (Word2Vec, "min_count", COUNT),
    (Word2Vec, "alpha", ([0.001, 1], [0, 1.001])),
    (Word2Vec, "seed", SEED),
    (Word2Vec, "workers", ([1, 1024], [0, 1025])),
]
IDS = [f"{kind.__name__}.{name}" for kind, name, _ in RANGES]


@pytest.mark.parametrize(("kind", "name", "values"), RANGES, ids=IDS)
def test_the_ends_of_a_range_are_in_it_and_what_is_beyond_is_refused(
    kind: type[Parameters], name: str, values: tuple[list[Any], list[Any]]
) -> None:
    for value in values[0]:
        assert getattr(kind.model_validate(GIVEN[kind] | {name: value}), name) == value
    for value in values[1]:
        with pytest.raises(InputError) as error:
            kind.model_validate(GIVEN[kind] | {name: value})
        assert "\n" not in error.value.message


@pytest.mark.parametrize("kind", GIVEN)
def test_a_name_that_there_is_not_is_refused_and_nothing_changes_parameters(
    kind: type[Parameters],
) -> None:
    with pytest.raises(InputError, match="extra inputs are not permitted"):
        kind.model_validate(GIVEN[kind] | {"other": 1})
    made = kind.model_validate(GIVEN[kind])
    with pytest.raises(Exception, match="frozen"):
        setattr(made, next(iter(GIVEN[kind])), None)


@pytest.mark.parametrize(
    ("count", "fits"), [(1, False), (2, True), (3, True), (4, True), (5, False)]
)
def test_an_endpoint_starts_with_as_many_instances_as_its_scaling_allows(
    count: int, fits: bool
) -> None:
    scaling = GIVEN[Autoscaling] | {"min_instances": 2}
    given = GIVEN[Deployment] | {"instance_count": count, "autoscaling": scaling}
    if fits:
        assert Deployment.model_validate(given).instance_count == count
    else:
        with pytest.raises(InputError, match="instance_count"):
            Deployment.model_validate(given)


@pytest.mark.parametrize(("shard", "numbered"), [(None, (-1, 1)), ("1/1", (0, 1)), ("3/7", (2, 7))])
def test_shards_are_numbered_from_0(shard: str | None, numbered: tuple[int, int]) -> None:
    given = GIVEN[Recommendation] | {"shard": shard}
    assert Recommendation.model_validate(given).shard_of == numbered
