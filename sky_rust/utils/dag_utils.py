"""For type checkers and linters alone: at run time, `sky_rust._mirror` makes this module."""

from sky.utils.dag_utils import *
from sky.utils.dag_utils import (
    _ENTRYPOINT_STRING_AS_DAG_MESSAGE as _ENTRYPOINT_STRING_AS_DAG_MESSAGE,
    _JOB_GROUP_HEADER_FIELDS as _JOB_GROUP_HEADER_FIELDS,
    _JOB_GROUP_REQUIRED_HEADER_FIELDS as _JOB_GROUP_REQUIRED_HEADER_FIELDS,
    _is_job_group_configs as _is_job_group_configs,
    _load_chain_dag as _load_chain_dag,
    _load_job_group as _load_job_group,
    _validate_time_duration as _validate_time_duration,
)
