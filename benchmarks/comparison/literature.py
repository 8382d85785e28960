"""Published figures on the same splits, none of them measured here, and where they stand.

Each row says what its model was trained on: a model that learned from validation as well is to be
compared with the champion after its refit, another with the champion before it.
"""

from dataclasses import dataclass

TRAINING = "training"
BOTH = "training + validation"


@dataclass(frozen=True)
class Published:
    """A row of a table. figures: the first of FIGURES, None where the source has none.

    second_hand: the source is not by the authors of the model. why_not: why the figures cannot
    stand beside the others; empty if they can.
    """

    model: str
    source: str
    trained_on: str
    figures: tuple[float | None, ...]
    second_hand: bool = False
    why_not: str = ""


GCE = "[GCE-GNN's paper](https://arxiv.org/abs/2106.05081)"
ESASREC = "[eSASRec's repository](https://github.com/blondered/transformer_benchmark)"
S3REC = "[S3-Rec's repository](https://github.com/RUCAIBox/CIKM2020-S3Rec)"
BSAREC = "[its log](https://github.com/yehjin-shin/BSARec/tree/main/src/output)"
LEAK = (
    "the prefixes of a test session share its id, so that the method finds the session itself, "
    "with the target, among its neighbours"
)
LATER = "tables of later papers"

PUBLISHED: dict[str, list[Published]] = {
    "nowplaying": [
        Published("GCE-GNN", GCE, BOTH, (0.224, 0.084)),
        Published("GCE-GNN", "an independent rerun", BOTH, (0.2242, 0.0855), second_hand=True),
        Published("SR-GNN", GCE, BOTH, (0.189, 0.075), second_hand=True),
        Published("NARM", GCE, BOTH, (0.186, 0.069), second_hand=True),
        Published("GRU4Rec", GCE, BOTH, (0.079, 0.045), second_hand=True),
        Published("FPMC", GCE, BOTH, (0.074, 0.028), second_hand=True),
        Published("VSTAN", "a public repository", BOTH, (0.371, None), True, LEAK),
        Published("STAN", "a public repository", BOTH, (0.291, None), True, LEAK),
    ],
    "diginetica": [
        Published("Mssen", LATER, BOTH, (0.552, 0.196), second_hand=True),
        Published("GCE-GNN", GCE, BOTH, (0.542, 0.190)),
        Published("S2-DHCN", LATER, BOTH, (0.532, 0.184), second_hand=True),
        Published("NARM", LATER, BOTH, (0.497, 0.162), second_hand=True),
    ],
    "beauty": [
        Published("BSARec", BSAREC, TRAINING, (0.1008, 0.0611, 0.1373)),
        Published("FEARec", "a rerun by others", TRAINING, (0.0986, 0.0597), second_hand=True),
        Published("LRURec", "a rerun by others", TRAINING, (0.0956, 0.0572), second_hand=True),
        Published("eSASRec", ESASREC, TRAINING, (0.0928, 0.0523)),
        Published("SASRec, sampled softmax", ESASREC, TRAINING, (0.0921, 0.0531)),
        Published("HSTU", ESASREC, TRAINING, (0.0788, 0.0439), second_hand=True),
        Published("S3-Rec", S3REC, TRAINING, (0.0647, 0.0327)),
        Published("SASRec", S3REC, TRAINING, (0.0605, 0.0318), second_hand=True),
        Published("BERT4Rec", S3REC, TRAINING, (0.0347, 0.0170), second_hand=True),
        Published("GRU4Rec", S3REC, TRAINING, (0.0283, 0.0137), second_hand=True),
    ],
    "toys": [
        Published("SASRec, sampled softmax", ESASREC, TRAINING, (0.0970, 0.0580)),
        Published("eSASRec", ESASREC, TRAINING, (0.0939, 0.0538)),
        Published("HSTU", ESASREC, TRAINING, (0.0778, 0.0450), second_hand=True),
        Published("S3-Rec", S3REC, TRAINING, (0.0700, 0.0376)),
    ],
    "online_retail": [],
    "movielens": [],
}

# What a reader must know before comparing the rows of a data set
SESSIONS = (
    "The published models were trained on the whole training split, as the champion is after its "
    "refit. [GCE-GNN's public code](https://github.com/CCIIPLab/GCE-GNN/blob/master/main.py) "
    "reports the best epoch on the test split, for each metric by itself; here nothing is chosen "
    "on the test split."
)
LEAVE_LAST = (
    "The published models were trained without the validation item of each sequence, as the "
    "champion is before its refit: compare them with that row."
)
NOTES = {"nowplaying": SESSIONS, "diginetica": SESSIONS, "beauty": LEAVE_LAST, "toys": LEAVE_LAST}
