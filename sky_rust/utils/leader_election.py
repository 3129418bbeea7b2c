"""For type checkers and linters alone: at run time, `sky_rust._mirror` makes this module."""

from sky.utils.leader_election import *
from sky.utils.leader_election import (
    _HOLDER_ID as _HOLDER_ID,
    _LEASE_TABLE as _LEASE_TABLE,
    _RENEW_STATEMENT_TIMEOUT_MS as _RENEW_STATEMENT_TIMEOUT_MS,
    _postgres_available as _postgres_available,
)
