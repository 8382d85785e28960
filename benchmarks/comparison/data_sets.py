"""The public data sets of docs/RESULTS.md: the figures that are shown, and the protocol."""

from typing import Any

Shown = list[tuple[str, str]]
Run = dict[str, Any]  # what results.py measured on one data set
Runs = dict[str, Run]

FIGURES: dict[str, Shown] = {
    "nowplaying": [("hit_rate", "20"), ("mrr", "20"), ("hit_rate", "100")],
    "diginetica": [("hit_rate", "20"), ("mrr", "20"), ("hit_rate", "100")],
    "beauty": [("hit_rate", "10"), ("ndcg", "10"), ("hit_rate", "20")],
    "toys": [("hit_rate", "10"), ("ndcg", "10"), ("hit_rate", "20")],
    "online_retail": [("hit_rate", "10"), ("mrr", "10"), ("hit_rate", "20")],
    "movielens": [("hit_rate", "20"), ("mrr", "20"), ("hit_rate", "10")],
}
SESSIONS = (
    "every item of a test session after its first is a target, all items are ranked, and repeats "
    "are allowed."
)
LEAVE_LAST = (
    "the last item of each sequence is the test target, the one before it the validation target; "
    "all items are ranked except those of the history."
)
PROTOCOL = {
    "nowplaying": f"#nowplaying sessions as split by Wang et al. (GCE-GNN, SIGIR 2020): {SESSIONS}",
    "diginetica": "Search sessions of a shop as split by Wang et al. (GCE-GNN, SIGIR 2020): "
    f"{SESSIONS}",
    "beauty": f"Amazon Beauty 5-core as in S3-Rec (CIKM 2020): {LEAVE_LAST}",
    "toys": f"Amazon Toys and Games 5-core as in S3-Rec (CIKM 2020): {LEAVE_LAST}",
    "online_retail": "Purchases of a shop's customers, as in Caselles-Dupré et al. (RecSys 2018): "
    f"{LEAVE_LAST} Two of five targets had been bought before, so they are misses in every row.",
    "movielens": f"MovieLens 100K, the films that each person rated, in order: {LEAVE_LAST} "
    "Nothing was tuned on it.",
}
