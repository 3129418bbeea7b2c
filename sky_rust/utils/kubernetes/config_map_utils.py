"""For type checkers and linters alone: at run time, `sky_rust._mirror` makes this module."""

from sky.utils.kubernetes.config_map_utils import *
from sky.utils.kubernetes.config_map_utils import (
    _CONFIGMAP_SYNC_TIMEOUT as _CONFIGMAP_SYNC_TIMEOUT,
    _KUBE_SERVICE_ACCOUNT_PATH as _KUBE_SERVICE_ACCOUNT_PATH,
    _get_configmap_name as _get_configmap_name,
    _get_kubernetes_namespace as _get_kubernetes_namespace,
)
