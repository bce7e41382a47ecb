"""What a run does with its rules for a cluster's sake."""

from types import SimpleNamespace

import pytest

from causeway.cluster import driver
from causeway.cluster.asked import PLACE, Asked, read
from causeway.cluster.driver import Driver
from causeway.cluster.partitions import parse_partitions
from causeway.cluster.stop import stopping
from causeway.errors import InputError


class Job:
    """A job that asks a GB for an hour, alone or with others of its group."""

    threads, is_local = 1, False

    def __init__(self, rule, asked, group=None):
        self.rule, self.resources, self.groupid = rule, asked, group

    def is_group(self):
        return self.groupid is not None


class Resource:
    """As Snakemake has it: a value, or a function of the attempt."""

    def __init__(self, value=None, function=None):
        self.value, self.function = value, function

    def is_evaluable(self):
        return self.function is not None


@pytest.fixture
def workflow():
    def make(executor="slurm", remote=False, account=None, **resources):
        asked = {"mem_mb": Resource(1000), "runtime": Resource(60), "slurm_partition": "cpu"}
        rules = [
            SimpleNamespace(
                name=name,
                resources=asked | resources,
                restart_times=2,
                ruleinfo=SimpleNamespace(retries=2),
            )
            for name in ("train", "draw", "judge")
        ]
        first = {"mem_mb": 1000, "runtime": 60, "slurm_partition": "cpu", "slurm_account": account}
        jobs = [Job(rule, first) for rule in rules]
        # Side by side they ask the sum of the memory.
        ends = Job(None, first | {"mem_mb": 1250}, "ends")
        groups = {jobs[1]: ends, jobs[2]: ends}
        dag = SimpleNamespace(needrun_jobs=lambda: jobs, get_job_group=groups.get)
        return SimpleNamespace(
            rules=rules,
            dag=dag,
            remote_exec=remote,
            is_main_process=not remote,
            executor_plugin=SimpleNamespace(name=executor),
            executor_settings=SimpleNamespace(partition_config=None),
            scheduler=SimpleNamespace(_executor=SimpleNamespace(run_uuid="run")),
        )

    return make


@pytest.fixture
def cluster(tmp_path, monkeypatch):
    """A cluster of one node with an empty queue."""
    monkeypatch.chdir(tmp_path)
    nodes = parse_partitions(["cpu*|n1|8|1500|(null)|2:30:00"])
    monkeypatch.setattr(driver, "read_partitions", lambda: nodes)
    monkeypatch.setattr(driver.orphans, "ask", lambda *words: [])


def test_every_rule_asks_more_when_it_is_tried_again(workflow):
    flow = workflow(runtime=Resource(function=lambda wildcards, attempt: 7))
    stated = flow.rules[0].resources["runtime"]
    Driver(flow)
    asked = flow.rules[0].resources
    assert asked["mem_mb"]({}, attempt=2) == 2000
    assert asked["runtime"] is stated, "what a rule or profile computes is left to it"


def test_requests_stop_growing_while_attempts_go_on(workflow):
    flow = workflow()
    Driver(flow)
    asked = flow.rules[0].resources["mem_mb"]
    assert [asked({}, attempt=attempt) for attempt in (2, 3, 4, 25)] == [2000, 3000, 3000, 3000]


@pytest.mark.parametrize(("stated", "expected"), [(Resource(24), 24), (Resource(None), 2)])
def test_a_profile_sets_the_retries_of_a_rule(workflow, stated, expected):
    flow = workflow(retries=stated)
    Driver(flow)
    assert flow.rules[0].restart_times == expected


@pytest.mark.parametrize(
    "stated", [Resource(-1), Resource("often"), Resource(function=lambda wildcards: 7)]
)
def test_retries_that_are_no_number_are_refused(workflow, stated):
    with pytest.raises(InputError, match=r"set-resources\.train\.retries: is no number"):
        Driver(workflow(retries=stated))


def test_what_rules_ask_is_told_to_who_wants_to_know(workflow, tmp_path, monkeypatch):
    Driver(workflow())
    monkeypatch.setenv(PLACE, str(tmp_path / "asked.json"))
    Driver(workflow(runtime=Resource(function=lambda wildcards, attempt: 7)))
    assert read(tmp_path / "asked.json")["train"] == Asked(1000, None, 3)
    Driver(workflow(retries=Resource(24)))
    assert read(tmp_path / "asked.json")["train"] == Asked(1000, 60, 25)


@pytest.mark.parametrize(("remote", "expected"), [(False, 2), (True, 0)])
def test_jobs_leave_new_attempts_to_the_driver(workflow, remote, expected):
    flow = workflow(remote=remote)
    Driver(flow)
    assert flow.rules[0].restart_times == expected


def test_requests_grow_to_what_the_partition_has(workflow, cluster):
    flow = workflow()
    Driver(flow).start()
    asked = flow.rules[0].resources
    assert [asked["mem_mb"]({}, attempt=attempt) for attempt in (1, 2)] == [1000, 1500]
    assert [asked["runtime"]({}, attempt=attempt) for attempt in (2, 3)] == [120, 150]


def test_rules_of_a_group_grow_to_what_their_sum_may_be(workflow, cluster):
    flow = workflow()
    Driver(flow).start()
    for rule in flow.rules[1:]:
        asked = [rule.resources["mem_mb"]({}, attempt=attempt) for attempt in (1, 2, 3)]
        assert asked == [1000, 1200, 1200], "1500 MB of the node to 1250 MB of the group"


def test_an_account_that_is_not_filled_in_is_told(workflow, cluster):
    with pytest.raises(InputError, match=r"slurm_account: .* 'ACCOUNT'.* delete the line"):
        Driver(workflow(account="ACCOUNT")).start()


def test_a_job_that_fits_nowhere_stops_the_run(workflow, cluster, monkeypatch):
    small = parse_partitions(["cpu*|n1|8|500|(null)|infinite"])
    monkeypatch.setattr(driver, "read_partitions", lambda: small)
    with pytest.raises(InputError, match="rule train asks"):
        Driver(workflow()).start()


def test_other_executors_are_left_alone(workflow, monkeypatch):
    monkeypatch.setenv("PATH", "")
    Driver(workflow(executor="local")).start()


@pytest.mark.parametrize(
    ("rows", "told"),
    [(["7|NonZeroExitCode"], False), (["7|NonZeroExitCode", "8|JobLaunchFailure"], True)],
)
def test_a_folder_that_the_nodes_do_not_see_is_told(workflow, cluster, monkeypatch, rows, told):
    monkeypatch.setattr(driver, "ask", lambda *words: rows)
    run = Driver(workflow())
    if told:
        with pytest.raises(InputError, match=r"job 8 could not be started.* --directory"):
            run.explain()
    else:
        run.explain()


def test_an_error_ends_the_run_with_its_message_alone():
    with pytest.raises(SystemExit) as ended, stopping():
        raise InputError("profile", "asks too much", "Ask less")
    assert ended.value.code == "Error: profile: asks too much. Ask less."
