"""What a server of a team's has: clusters, jobs, a catalog, a configuration. Run in a home of its own.

`seed.py write` writes it, `seed.py enable` enables a cloud once the server runs. SkyPilot itself writes everything but
the catalog, which it would download.
"""

from __future__ import annotations

import hashlib
import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from sky_rust.testing import _yaml

CLUSTERS = 20
JOBS = 60
TASK = """
name: train
num_nodes: 2
resources: {infra: aws/us-east-1, instance_type: m5.large, disk_size: 512, ports: [8080], labels: {team: nlp}}
envs: {MODEL: llama, LR: "1e-5"}
secrets: {TOKEN: hf_abcdefghijklmnop}
run: torchrun train.py --model $MODEL --lr $LR
"""

#: A file of the catalog -> its columns, and its rows.
_CATALOG = {
    "vms.csv": (
        "InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,GpuInfo,Price,SpotPrice,Region,AvailabilityZone,"
        "Arch,LocalDiskType,NVMeSupported,LocalDiskSize,LocalDiskCount",
        *(
            f"m5.{size},,,{cpus},{4 * cpus},,{0.048 * cpus},{0.02 * cpus},us-east-1,us-east-1{zone},x86_64,,,,"
            for zone in "abc"
            for size, cpus in (("large", 2), ("xlarge", 4), ("8xlarge", 32))
        ),
    ),
    "images.csv": (
        "Tag,Region,OS,OSVersion,ImageId,CreationDate,BaseImageId",
        *(
            f"skypilot:custom-{at}-ubuntu,us-east-1,ubuntu,22.04,ami-0123456789abcdef0,20250101,"
            for at in ("cpu", "gpu")
        ),
    ),
    "instance_quota_mapping.csv": ("InstanceType,OnDemandInstanceCode,SpotInstanceCode", "p4d.24xlarge,L-1,L-2"),
    "az_mappings-default.csv": (
        "AvailabilityZoneName,AvailabilityZone",
        *(f"us-east-1{at},us-east-1{at}" for at in "abc"),
    ),
}


def skypilots(module: str) -> Any:
    """A module of SkyPilot's, imported."""
    return import_module(f"sky.{module}")


def configuration() -> dict[str, Any]:
    """A team's configuration, for a server that runs jobs' controllers itself."""
    tree: dict[str, Any] = _yaml.configuration_tree()
    return {**tree, "jobs": {"controller": {"consolidation_mode": True}}}


def write_catalog() -> None:
    """The instances that AWS has, in one region."""
    folder = Path.home() / ".sky" / "catalogs" / skypilots("skylet.constants").CATALOG_SCHEMA_VERSION
    for name, lines in _CATALOG.items():
        path, noted = folder / "aws" / name, folder / ".meta" / "aws" / f"{name}.md5"
        for one in (path, noted):
            one.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n")
        noted.write_text(
            hashlib.md5(path.read_bytes()).hexdigest()
        )  # SkyPilot downloads it again where that is another


def write_clusters() -> None:
    """Clusters that are up, on AWS."""
    import sky

    state, provision, backends = skypilots("global_user_state"), skypilots("provision.common"), skypilots("backends")
    for at in range(CLUSTERS):
        name = f"train-{at}"
        head = provision.InstanceInfo(
            instance_id=name, internal_ip=f"10.0.0.{at}", external_ip=f"192.0.2.{at}", tags={"Name": name}
        )
        handle = backends.CloudVmRayResourceHandle(
            cluster_name=name,
            cluster_name_on_cloud=f"{name}-abcd",
            cluster_yaml=None,
            launched_nodes=1,
            launched_resources=sky.Resources(infra="aws/us-east-1/us-east-1a", instance_type="m5.large"),
            stable_internal_external_ips=[(head.internal_ip, head.external_ip)],
            stable_ssh_ports=[22],
            cluster_info=provision.ClusterInfo(
                instances={name: [head]}, head_instance_id=name, provider_name="aws", provider_config={}
            ),
        )
        state.add_or_update_cluster(name, handle, requested_resources=None, ready=True)


def write_jobs() -> None:
    """Jobs that have failed."""
    state, constants = skypilots("jobs.state"), skypilots("skylet.constants")
    for at in range(JOBS):
        job = state.set_job_info_without_job_id(
            f"train-{at}", constants.SKYPILOT_DEFAULT_WORKSPACE, "sky jobs launch train.yaml", None, None, "abcdef01"
        )
        state.set_pending(job, 0, f"train-{at}", "1x[H100:8]", json.dumps({"git_commit": "abc"}))
        state.set_failed(job, 0, state.ManagedJobStatus.FAILED, "CUDA out of memory", end_time=1_700_000_000.0)
        state.scheduler_set_done(job, idempotent=True)


def enable_cloud() -> None:
    """Has AWS enabled, as a check of credentials would: a server that begins without any disables it."""
    state, clouds, check = skypilots("global_user_state"), skypilots("clouds.cloud"), skypilots("check")
    state.set_allowed_clouds(check._get_workspace_allowed_clouds("default"), "default")
    for capability in clouds.ALL_CAPABILITIES:
        state.set_enabled_clouds(["AWS"], capability, "default")


def write() -> None:
    """Writes everything into the home folder."""
    write_catalog()
    skypilots("global_user_state").add_or_update_user(skypilots("models").User(id="abcdef01", name="ann"))
    write_clusters()
    write_jobs()
    Path.home().joinpath(".sky", "config.yaml").write_text(json.dumps(configuration()))  # JSON is YAML


if __name__ == "__main__":
    {"write": write, "enable": enable_cloud}[sys.argv[1]]()
