"""The faults: cosmic-ray's operators on Python, and a short list of replacements in SQL."""

import re
from dataclasses import dataclass
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator

PAIRS = {
    "ReplaceBinaryOperator": ["Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "BitAnd_BitOr"],
    "ReplaceComparisonOperator": [
        *("Lt_LtE", "LtE_Lt", "Gt_GtE", "GtE_Gt", "Lt_Gt", "Gt_Lt"),
        *("Eq_NotEq", "NotEq_Eq", "Is_IsNot", "IsNot_Is"),
    ],
    "ReplaceUnaryOperator": ["Delete_USub", "Delete_Not", "Delete_Invert"],
}
PYTHON = [f"{operator}_{pair}" for operator, pairs in PAIRS.items() for pair in pairs] + [
    *("AddNot", "ReplaceTrueWithFalse", "ReplaceFalseWithTrue", "ReplaceAndWithOr"),
    *("ReplaceOrWithAnd", "ReplaceBreakWithContinue", "ReplaceContinueWithBreak"),
    *("NumberReplacer", "ZeroIterationForLoop"),
]
TERM = r"(?:[^\n,()]|\([^\n()]*\))+"
REVERSED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "<>", "<>": "="}
SQL = {
    "comparison reversed": (r" (<=|>=|<>|<|>|=) ", lambda found: f" {REVERSED[found[1]]} "),
    "tie-break removed": (rf"(order by {TERM}), {TERM}", r"\1"),
    "union all for union": (r"\bunion all\b", "union"),
    "an order dropped": (r"\n\norder by [^\n]+(?=\n*\Z)", ""),
    "the order reversed": (r"\bdesc\b", "asc"),
}
WAITING = "(PATIENCE|POLL_SECONDS|LEASE_SECONDS|MOST_AWAY|BACKLOG)"
PORTIONS = (
    "(PIECE|BATCH|PART|BLOCK|BLOCK_BYTES|ROWS|DICTIONARY|PLAYS_OF_A_PART|PLAYLISTS_AT_ONCE"
    "|SCORES_MIB|LONGEST_LINE)"
)
# what is not drawn: faults that change nothing which a test could await, by `kind: line`, with the
# place of the fault in the line; and why
HARMLESS = {
    r"\bzip\(.*\bstrict=~True": "the lengths are equal: strict guards later changes",
    r"\bif ~TYPE_CHECKING": "only type checkers read it",
    r"\b(autograph|verbose|ignore_cleanup_errors)=~": "nothing to rewrite, to read, to clean up",
    r"\b(found|expected)\b.*\[:~\d\d+\]": "a message is cut one character earlier or later",
    r"_(Lt_LtE|LtE_Lt|Gt_GtE|GtE_Gt): .*\brng\.[^&|]*~": "no number that is drawn is the bound",
    rf": {WAITING} = .*~\d": "it says how long something waits",
    rf": {PORTIONS} = .*~\d": "the same is read, asked or drawn, in other portions",
    r"\bmaxsize=~\d": "a cache keeps more or less",
    r"~\*,": "no fault: cosmic-ray takes the star before parameters with names for a product",
}


@dataclass(frozen=True)
class Fault:
    """One fault in one file: the place-th one of its kind there, from 0."""

    path: Path
    kind: str
    place: int

    def text(self) -> str:
        """Returns the file with the fault."""
        code = self.path.read_text("utf-8")
        if self.path.suffix == ".py":
            return str(mutate_code(code, get_operator(f"core/{self.kind}")(), self.place))
        pattern, instead = SQL[self.kind]
        match = list(re.finditer(pattern, _without_comments(code)))[self.place]
        made = instead(match) if callable(instead) else match.expand(instead)
        return code[: match.start()] + made + code[match.end() :]

    def line(self) -> str:
        """Returns the first line that differs: its number, and how it reads without and with it."""
        before, after = self.path.read_text("utf-8").split("\n"), self.text().split("\n")
        pairs = enumerate(zip(before, [*after, *before], strict=False), 1)
        number, old, new = next((number, *pair) for number, pair in pairs if pair[0] != pair[1])
        return f"{number}: {old.strip()} -> {new.strip() if len(after) == len(before) else ''}"


def faults(path: Path) -> list[Fault]:
    """Returns every fault that can be put into a file but HARMLESS ones, in order of kinds."""
    code = path.read_text("utf-8")
    if path.suffix == ".py":
        nodes = list(ast_nodes(get_ast(code)))
        places = {kind: _places(nodes, kind, code.split("\n")) for kind in PYTHON}
    else:
        code = _without_comments(code)
        places = {kind: [*range(len(re.findall(rule[0], code)))] for kind, rule in SQL.items()}
    return [Fault(path, kind, place) for kind, found in places.items() for place in found]


def _places(nodes: list[object], kind: str, lines: list[str]) -> list[int]:
    operator = get_operator(f"core/{kind}")()
    starts = [start for node in nodes for start, _ in operator.mutation_positions(node)]
    marked = [f"{lines[line - 1][:column]}~{lines[line - 1][column:]}" for line, column in starts]
    left_out = re.compile("|".join(HARMLESS))
    return [place for place, code in enumerate(marked) if not left_out.search(f"{kind}: {code}")]


def _without_comments(code: str) -> str:
    return re.sub(r"--[^\n]*", lambda found: "~" * len(found[0]), code)
