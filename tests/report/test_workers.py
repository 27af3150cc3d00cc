from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from cxkit.report.workers import WorkerDiedError, each

# Spawned workers import what they call by name; `eval` is everywhere.
DIE = "__import__('os').kill(__import__('os').getpid(), 9)"


def results(tasks, **options):
    return dict(each(eval, tasks, **options))


@pytest.mark.slow
def test_each_task_comes_back_with_its_result_or_its_error():
    found = results(["1 + 1", "1 / 0", "2 + 2"], jobs=2)
    assert found["1 + 1"] == 2
    assert found["2 + 2"] == 4
    assert isinstance(found["1 / 0"], ZeroDivisionError)


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 3])
def test_a_worker_that_dies_takes_no_other_task_with_it(jobs):
    tasks = ["1 + 1", DIE, "__import__('time').sleep(0.3) or 3", "4", "5"]
    started = []
    found = results(tasks, jobs=jobs, on_start=started.append)
    assert isinstance(found.pop(DIE), WorkerDiedError)
    assert sorted(found.values()) == [2, 3, 4, 5]
    assert sorted(started) == sorted(tasks)


@pytest.mark.slow
def test_a_worker_that_leaves_is_a_failure_and_not_ours():
    found = results(["__import__('sys').exit(0)", "1"], jobs=1)
    assert found["1"] == 1
    assert isinstance(found["__import__('sys').exit(0)"], RuntimeError)


def test_any_executor_will_do():
    with ThreadPoolExecutor(2) as threads:
        found = results(["1 + 1", "1 / 0"], jobs=2, executor=threads)
    assert found["1 + 1"] == 2
    assert isinstance(found["1 / 0"], ZeroDivisionError)


def test_no_more_tasks_are_handed_out_than_are_worked_on():
    out, most = 0, 0

    def started(_):
        nonlocal out, most
        out += 1
        most = max(most, out)

    with ThreadPoolExecutor(4) as threads:
        for _ in each(eval, [f"{i} + 1" for i in range(20)], jobs=3, executor=threads, on_start=started):
            out -= 1
    assert most <= 4


@pytest.mark.slow
def test_leaving_in_the_middle_ends_the_workers():
    ended = each(eval, ["1", "__import__('time').sleep(600)"], jobs=2)
    assert next(ended) == ("1", 1)
    ended.close()
