#!/usr/bin/env bash
# The flow on Batch with its data in S3, an endpoint, a query, and everything deleted again.
# The commands are those of docs/aws.md; `make aws` runs them against localaws.
set -euo pipefail

endpoint=next-song-rehearsal
scratch=$(mktemp -d)
export TMPDIR=$scratch # TensorFlow leaves files there
tidy() { # an endpoint costs money for as long as it is up: delete it also after a failure
    next-song endpoints 2>/dev/null | grep -q "=$endpoint " && next-song delete "$endpoint"
    rm -rf "$scratch"
}
trap tidy EXIT

# the log of a run has hundreds of lines: of each step, show that it ended; after a failure, the rest
echo "The flow runs on Batch; each line below is a job that has ended"
if ! python flows/next_song_flow.py run --with batch --max-workers 4 \
    --deploy true --endpoint "$endpoint" --run-id-file "$scratch/run" "$@" 2>&1 |
    tee "$scratch/log" | sed -unE 's/^[-0-9]+ ([:0-9]+)\S* \[[0-9]+\/(.*) \(pid .* Task finished succ.*/\1  \2/p'; then
    tail -n 40 "$scratch/log"
    exit 1
fi
if grep -q "Card render failed" "$scratch/log"; then
    echo "a card failed:" && grep -A 8 "Card render failed" "$scratch/log" && exit 1
fi

# what the run made, by Metaflow's Client API
python - "$(cat "$scratch/run")" >"$scratch/archive" <<'PYTHON'
import sys
from metaflow import Run, namespace

namespace(None)
data = Run(f"NextSongFlow/{sys.argv[1]}").data
print(data.model_archive)
print(f"\nRun       {sys.argv[1]}\nArchive   {data.model_archive}", file=sys.stderr)
print(f"Champion  {data.champion['model']}", file=sys.stderr)
print(f"Test      hit rate {data.test_scorecard['hit_rate']}", file=sys.stderr)
PYTHON
archive=$(cat "$scratch/archive")

echo "Endpoint  $(next-song endpoints)"
song=$(next-song songs --model "$archive" --ids --most 1 love)
echo "After     $song"
next-song recommend --model "$archive" --endpoint "$endpoint" -k 3 "$song"
next-song delete "$endpoint"
next-song endpoints # says that nothing is left
