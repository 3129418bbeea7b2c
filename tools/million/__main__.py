"""The command: `python -m tools.million NAME [COUNT] [SEED]`."""

from __future__ import annotations

import sys

from tools.million import main

if __name__ == "__main__":
    name, count, seed = (*sys.argv[1:], *("validate_schema", "1000000", "0")[len(sys.argv) - 1 :])[:3]
    sys.exit(main(name, int(count), int(seed)))
