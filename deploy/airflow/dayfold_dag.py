"""One night of Dayfold as a DAG of Airflow 3: in a pod of its own, or on the machine of the worker.

Copy it into the folder of DAGs and keep one of the two. The as-of date is the day before the run. Airflow tries a task that
failed again, whatever its exit code; that does no harm, because a night publishes all or nothing. docs/operations.md says what
to do about each exit code.
"""

from datetime import datetime, timedelta

from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG
from kubernetes.client import models as k8s

CONFIG = "/etc/dayfold/dayfold.yaml"
AS_OF = "{{ (dag_run.run_after - macros.timedelta(days=1)) | ds }}"
DEFAULTS = {"retries": 3, "retry_delay": timedelta(minutes=10), "execution_timeout": timedelta(hours=4)}
EACH_NIGHT = {
    "schedule": "0 3 * * *",
    "start_date": datetime(2026, 1, 1),
    "catchup": False,  # a night makes up for those before it
    "max_active_runs": 1,
    "default_args": DEFAULTS,
    "tags": ["dayfold"],
}

with DAG("dayfold_in_a_pod", **EACH_NIGHT):
    KubernetesPodOperator(
        task_id="nightly",
        name="dayfold",
        image="dayfold:0.1.0",
        arguments=["nightly", "--config", CONFIG, "--date", AS_OF, "--json"],
        env_from=[k8s.V1EnvFromSource(secret_ref=k8s.V1SecretEnvSource(name="dayfold"))],
        container_resources=k8s.V1ResourceRequirements(
            requests={"cpu": "500m", "memory": "512Mi"}, limits={"memory": "512Mi"}
        ),
        volumes=[
            k8s.V1Volume(name="config", config_map=k8s.V1ConfigMapVolumeSource(name="dayfold")),
            k8s.V1Volume(name="scratch", empty_dir=k8s.V1EmptyDirVolumeSource(size_limit="10Gi")),
        ],
        volume_mounts=[
            k8s.V1VolumeMount(name="config", mount_path="/etc/dayfold", read_only=True),
            k8s.V1VolumeMount(name="scratch", mount_path="/scratch"),
        ],
        on_finish_action="delete_succeeded_pod",
    )

with DAG("dayfold_on_this_machine", **EACH_NIGHT):
    BashOperator(
        task_id="nightly",
        bash_command=f"run-job nightly --config {CONFIG} --date {AS_OF} --json",
        skip_on_exit_code=None,
    )
