"""The mirrors: `from sky_rust.utils import common_utils` instead of `from sky.utils import common_utils`.

Every module below `sky.utils` is here under its own name, with everything in it; importing one that has natives
attaches them. See `sky_rust._mirror`.
"""

from sky_rust._mirror import set_up_mirrors

set_up_mirrors()
