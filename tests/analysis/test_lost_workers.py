"""What a probabilistic run survives: killed workers, a killed process, Ctrl-C from the keyboard."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from test_probabilistic import needs_dask, needs_zarr, run, same

from hecon.inputs.streams import PAGE

MANY = 30 * PAGE
ROOT = Path(__file__).resolve().parents[2]
#: A run of many pages, as a user's script: where it is said by a line for each page that is done.
SCRIPT = """
import signal
import sys
import hecon as he
from linear import inputs, outcome

def tell(done, count):
    print(done, flush=True)

if __name__ == "__main__":
    # A shell that runs these tests in its background has its children ignore Ctrl-C; a terminal does not.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        he.run_psa(inputs(), {draws}, 5, model=outcome, store={store!r}, engine={engine!r}, workers=2, progress=tell)
    except he.Interrupted as stop:
        print(stop.partial.draws if stop.partial else 0, stop)
        sys.exit(130)
"""


@pytest.fixture(scope="module")
def plain():
    return run(MANY)


def killer(pids, every=3):
    """A callback that kills one process of these at every third call."""
    left, calls = list(pids), []

    def kill(done, count):
        calls.append(done)
        if left and len(calls) % every == 0:
            os.kill(left.pop(), signal.SIGKILL)

    return kill, left


@pytest.mark.slow
@needs_dask
def test_every_worker_of_a_dask_cluster_may_be_killed(plain):
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster:
        kill, left = killer([worker.pid for worker in cluster.workers.values()])
        engine = f"dask://{cluster.scheduler_address.removeprefix('tcp://')}"
        same(run(MANY, engine=engine, workers=None, progress=kill), plain)
    assert not left


@pytest.mark.slow
def test_every_worker_process_may_be_killed(plain):
    import multiprocessing

    killed = []

    def kill(done, count):
        alive = [child.pid for child in multiprocessing.active_children() if child.pid not in killed]
        if len(killed) < 2 and alive:
            killed.append(alive[0])
            os.kill(alive[0], signal.SIGKILL)

    same(run(MANY, engine="processes", progress=kill), plain)
    assert len(killed) == 2


def started(tmp_path, engine="threads"):
    """Start the script in a process of its own."""
    script = tmp_path / "script.py"
    store = str(tmp_path / "psa")
    script.write_text(SCRIPT.format(draws=MANY, store=store, engine=engine))
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests/analysis"), os.environ.get("PYTHONPATH", "")])
    # A session of its own, so that Ctrl-C reaches its workers too, as from a terminal, and nothing else.
    return subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            env={**os.environ, "PYTHONPATH": path}, start_new_session=True)  # fmt: skip


def ended(process):
    """What a process wrote until it ended; one that does not end is killed with its workers."""
    try:
        return process.communicate(timeout=60)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.slow
@needs_zarr
@pytest.mark.parametrize("engine", ["threads", "processes", pytest.param("dask", marks=needs_dask)])
def test_ctrl_c_leaves_a_partial_result_and_the_run_goes_on(plain, tmp_path, engine):
    process = started(tmp_path, engine)
    for _ in range(3):
        process.stdout.readline()
    os.killpg(process.pid, signal.SIGINT)
    out, err = ended(process)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    said = out.splitlines()[-1]
    assert f"draws; the same run with the same store ({tmp_path / 'psa'}) goes on from there" in said
    told = []
    same(run(MANY, store=tmp_path / "psa", progress=lambda done, count: told.append(done)), plain)
    assert 3 * PAGE <= int(said.split()[0]) == told[0] < MANY
    assert len(told) < MANY // PAGE


@pytest.mark.slow
@needs_zarr
def test_a_killed_process_loses_no_page_that_was_told(plain, tmp_path):
    process = started(tmp_path)
    done = max(int(process.stdout.readline()) for _ in range(4))
    process.kill()
    ended(process)
    told = []
    same(run(MANY, store=tmp_path / "psa", progress=lambda done, count: told.append(done)), plain)
    assert told[0] >= done


@pytest.mark.slow
def test_a_script_without_a_guard_is_told_what_it_lacks(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import hecon as he\nfrom linear import inputs, outcome\n"
        "he.run_psa(inputs(), 10, model=outcome, engine='processes', workers=1)\n"
    )
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests/analysis"), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=120,
                          env={**os.environ, "PYTHONPATH": path})  # fmt: skip
    assert "HeconError: the workers end before they have done anything" in done.stderr
    assert "if __name__ == '__main__':" in done.stderr


#: A run with a store in a process that is ended before or after one rename, and then the same run again; until a run
#: comes through whole.
KILLED = """
import os
import pathlib
import shutil
import signal
import sys
import traceback
import hecon as he
from linear import inputs, outcome
from test_probabilistic import same

FOLDER, HOW, EVERY = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
COUNT = {draws}


def draws(**more):
    return he.run_psa(inputs(), COUNT, 5, model=outcome, workers=2, **more)


def deadly(at):
    count = iter(range(10**9))

    def around(function):
        def moved(*arguments, **options):
            for moment in ("before", "after"):
                done = function(*arguments, **options) if moment == "after" else None
                if next(count) == at:
                    os.kill(os.getpid(), HOW)
            return done

        return moved

    for name in ("replace", "rename", "rmdir"):
        setattr(os, name, around(getattr(os, name)))


def stop(*_):
    raise KeyboardInterrupt


def in_a_process(work):
    process = os.fork()
    if process:
        return os.waitpid(process, 0)[1]
    status = 1
    try:
        for sign in (signal.SIGINT, signal.SIGTERM):
            signal.signal(sign, stop)
        work()
        status = 0
    except Exception:
        traceback.print_exc()
    finally:
        os._exit(status)


def killed(at):
    deadly(at)
    draws(store=FOLDER)


def goes_on():
    same(draws(store=FOLDER), draws())
    assert not list(FOLDER.parent.glob(".hecon-*")), list(FOLDER.parent.iterdir())


kills = 0
for at in range(0, 10**6, EVERY):
    shutil.rmtree(FOLDER, ignore_errors=True)
    whole = in_a_process(lambda: killed(at)) == 0
    for left in FOLDER.parent.glob(".hecon-*"):
        os.utime(left, (0, 0))
    assert in_a_process(goes_on) == 0, at
    kills += not whole
    if whole:
        break
print(kills)
"""


@pytest.mark.slow
@needs_zarr
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no processes of that kind")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_store_killed_at_a_rename_goes_on_to_the_same_draws(tmp_path, how):
    script = tmp_path / "killed.py"
    script.write_text(KILLED.format(draws=3 * PAGE))
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests/analysis"), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run([sys.executable, str(script), str(tmp_path / "psa"), str(int(how)), "13"], text=True,
                          capture_output=True, timeout=300, env={**os.environ, "PYTHONPATH": path})  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert int(done.stdout) >= 3
