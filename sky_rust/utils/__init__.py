"""The mirrors: `from sky_rust.utils import common_utils` instead of `from sky.utils import common_utils`.

Every module below `sky.utils` is here under its own name, with everything in it; importing one that has natives
attaches them. `sky_rust._mirror` makes these modules at run time. The files in this folder are for type checkers and
linters alone.
"""

from sky_rust._mirror import PATH, set_up_mirrors

#: No folder, so that Python looks for no mirror among the files.
__path__ = PATH

set_up_mirrors()
