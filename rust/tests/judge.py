"""Verifies functions, always with the same calls; exit status 1 at the first whose verdict isn't "same".

judge.py sky|reference NAME...      against the SkyPilot that is installed, or as if none were
"""

import sys

against, *names = sys.argv[1:]
if against == "reference":
    sys.modules["sky"] = None  # type: ignore[assignment]

from sky_rust._registry import FUNCTIONS  # noqa: E402
from sky_rust.testing import verify  # noqa: E402

by_file = {function.identifier: function.name for function in FUNCTIONS}
for name in names:
    verdict = verify(by_file[name], seed=0, retry=True, shrink=False)
    print(verdict)
    if verdict.result != "same":
        sys.exit(1)
