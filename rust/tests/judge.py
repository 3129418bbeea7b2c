"""Verifies the functions that are named, with always the same calls; exit status 1 at the first that isn't the same."""

import sys

from sky_rust.testing import verify

for name in sys.argv[1:]:
    verdict = verify(name, seed=0, retry=True, shrink=False)
    print(verdict)
    if verdict.result != "same":
        sys.exit(1)
