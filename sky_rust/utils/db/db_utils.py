"""For type checkers and linters alone: at run time, `sky_rust._mirror` makes this module."""

from sky.utils.db.db_utils import *
from sky.utils.db.db_utils import (
    _DB_TIMEOUT_S as _DB_TIMEOUT_S,
    _IDLE_IN_TRANSACTION_TIMEOUT_MS as _IDLE_IN_TRANSACTION_TIMEOUT_MS,
    _IDLE_IN_TRANSACTION_TIMEOUT_SQL as _IDLE_IN_TRANSACTION_TIMEOUT_SQL,
    _NO_POOL_CONNECT_TIMEOUT_SECONDS as _NO_POOL_CONNECT_TIMEOUT_SECONDS,
    _db_creation_lock as _db_creation_lock,
    _install_idle_in_transaction_timeout as _install_idle_in_transaction_timeout,
    _make_asyncpg_creator as _make_asyncpg_creator,
    _max_connections as _max_connections,
    _pooler_configured as _pooler_configured,
    _postgres_engine_cache as _postgres_engine_cache,
    _read_connection_count_env as _read_connection_count_env,
    _resolve_conn_string as _resolve_conn_string,
    _rewrite_hostport as _rewrite_hostport,
    _sqlite_engine_cache as _sqlite_engine_cache,
)
