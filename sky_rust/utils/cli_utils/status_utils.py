"""For type checkers and linters alone: at run time, `sky_rust._mirror` makes this module."""

from sky.utils.cli_utils.status_utils import *
from sky.utils.cli_utils.status_utils import (
    _ClusterCostReportRecord as _ClusterCostReportRecord,
    _ClusterRecord as _ClusterRecord,
    _get_autostop as _get_autostop,
    _get_command as _get_command,
    _get_duration as _get_duration,
    _get_estimated_cost_for_cost_report as _get_estimated_cost_for_cost_report,
    _get_head_ip as _get_head_ip,
    _get_infra as _get_infra,
    _get_last_event as _get_last_event,
    _get_launched as _get_launched,
    _get_name as _get_name,
    _get_price_for_cost_report as _get_price_for_cost_report,
    _get_resources as _get_resources,
    _get_resources_for_cost_report as _get_resources_for_cost_report,
    _get_status as _get_status,
    _get_status_colored as _get_status_colored,
    _get_status_for_cost_report as _get_status_for_cost_report,
    _get_status_value_for_cost_report as _get_status_value_for_cost_report,
    _get_user_hash as _get_user_hash,
    _get_user_name as _get_user_name,
    _get_workspace as _get_workspace,
    _is_pending_autostop as _is_pending_autostop,
)
