"""What one submission's process does to the next, and to one beside it: nothing."""

from __future__ import annotations

import os
import signal
import time

import pytest

from autograder.sandbox import process
from autograder.sandbox import session as judges_end
from autograder.sandbox.process import Warm
from autograder.sandbox.session import Crashed

from .attacks import WIRE

NUMPY = ("numpy",)
BUSY = "while True:\n    try:\n        while True: pass\n    except BaseException: pass"


@pytest.fixture(scope="module")
def warm():
    with Warm(NUMPY) as started:
        yield started


def works(session) -> bool:
    return session.run("print(6 * 7)", 10)["stdout"] == "42\n"


@pytest.mark.parametrize("count", [1, 2, 100])
def test_bytes_out_of_band_do_not_stop_the_grader(warm, monkeypatch, count):
    monkeypatch.setattr(judges_end, "GRACE", 1.0)
    start = time.monotonic()
    session = warm.session()
    with pytest.raises(Crashed):
        session.run(f"{WIRE}w = wire()\nfor _ in range({count}): w.send(b'x', socket.MSG_OOB)\n{BUSY}", 1)
    session.close()
    assert works(warm.session())
    assert time.monotonic() - start < 30


def test_threads_of_one_submission_leave_its_neighbour_those_it_may_have(warm):
    with Warm(NUMPY) as other:
        hoarding = warm.session()
        threads = "threading.Thread(target=time.sleep, args=(100,), daemon=True).start()"
        said = hoarding.run(f"import threading, time\nthreading.stack_size(65536)\nfor _ in range(1000): {threads}", 20)
        assert "can't start new thread" in said["error"]["evalue"]
        honest = other.session()
        work = "list(pool.map(lambda x: time.sleep(0.02), range(100)))\nprint(threading.active_count())"
        said = honest.run(
            "import threading, time\nfrom concurrent.futures import ThreadPoolExecutor\n"
            f"with ThreadPoolExecutor(100) as pool:\n    {work.replace(chr(10), chr(10) + '    ')}",
            20,
        )
        hoarding.close()
        honest.close()
    assert said["error"] is None
    assert int(said["stdout"]) > 10


def test_a_warm_process_that_is_killed_is_started_anew(warm):
    session = warm.session()
    os.kill(warm._process.pid, signal.SIGKILL)
    assert works(session)
    session.close()
    assert works(warm.session())


def test_a_warm_process_that_no_longer_answers_is_started_anew(warm, monkeypatch):
    monkeypatch.setattr(process, "FORK", 2.0)
    os.kill(warm._process.pid, signal.SIGSTOP)
    assert works(warm.session())


def test_a_session_left_open_is_ended_by_the_next(warm):
    left = warm.session()
    assert works(warm.session())
    with pytest.raises(Crashed):
        works(left)


def test_what_a_process_says_in_all_is_bounded(warm, monkeypatch):
    monkeypatch.setattr(judges_end, "MOST_IN_ALL", 150_000)
    session = warm.session()
    session.run("print('x' * 50_000)", 10)
    session.run("print('x' * 50_000)", 10)
    with pytest.raises(Crashed, match="more than is read"):
        session.run("print('x' * 50_000)\nimport sys\nprint('y' * 50_000, file=sys.stderr)", 10)
    session.close()
