"""Throws bytes at the one function that marks responses: what a student types must never harm, crash or hang it.

A script, not collected by pytest; `test_hostile_responses.py` has a few thousand such cases of its own.

    python tests/fuzz_responses.py --seconds 300                             led by what is reached, with atheris (`pip install atheris`)
    python tests/fuzz_responses.py --reader latex --count 10000 --seed 7     drawn at random, without it

A request that is answered wrongly, slowly or not at all is printed, and ends the run. It belongs into `tests/hostile.py`.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

MOST_MEMORY = 1024  # megabytes that all of it may take together


def main() -> None:
    """See the module's text."""
    parser = argparse.ArgumentParser(description="Throw hostile responses at the marking of responses.")
    parser.add_argument("--reader", choices=("plain", "latex", "both"), default="both")
    parser.add_argument("--seconds", type=int, default=60, help="how long, led by what is reached")
    parser.add_argument("--count", type=int, help="draw so many at random instead")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    if asked.count is None:
        _led(asked.reader, asked.seconds, asked.seed)
    else:
        _drawn(asked.reader, asked.count, asked.seed)


def _drawn(reader: str, count: int, seed: int) -> None:
    from tests import fuzzing

    fuzzing.watch()
    times = []
    for request in fuzzing.drawn(count, seed, reader):
        try:
            times.append(fuzzing.timed(request))
        except BaseException:
            _tell(request)
            raise
    times.sort()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    assert memory < MOST_MEMORY, f"{memory} MB"
    half, slowest = (1000 * times[place] for place in (len(times) // 2, -1))
    sys.stdout.write(f"{count} requests: half below {half:.2f} ms, the slowest {slowest:.1f} ms; {memory} MB\n")


def _tell(request: dict[str, Any]) -> None:
    sys.stderr.write(f"found: {json.dumps(request, ensure_ascii=False)}\n")


def _led(reader: str, seconds: int, seed: int) -> None:
    import atheris

    with atheris.instrument_imports(include=["grader", "solvers"]):
        from tests import fuzzing

    def look(data: bytes) -> None:
        request = fuzzing.request_of(data, reader)
        try:
            # Counting what is reached takes several times as long as reaching it.
            fuzzing.timed(request, slowest=10 * fuzzing.SLOWEST)
        except BaseException:
            _tell(request)
            raise

    fuzzing.watch()
    limits = [f"-max_total_time={seconds}", f"-rss_limit_mb={MOST_MEMORY}", "-max_len=120"]
    places = [f"-seed={seed}", f"-artifact_prefix={tempfile.gettempdir()}/"]
    atheris.Setup([sys.argv[0], *limits, *places], look)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
