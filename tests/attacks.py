"""Hostile and broken submissions, named by what they do and sorted by what they are after.

Each is the code of one cell in an otherwise blank notebook of lesson 04, in the place of the answer to `softmax`. None may gain a
point, learn an answer, touch a file, or outlast its limits; after each, an honest submission beside it scores as it should.
"""

WIRE = """
import socket, os, stat
def wire():
    for fd in range(3, 64):
        try:
            if stat.S_ISSOCK(os.fstat(fd).st_mode):
                return socket.socket(fileno=os.dup(fd))
        except OSError:
            pass
"""

GAIN = {
    "patches_allclose": "import numpy as np\nnp.allclose = np.array_equal = lambda *a, **k: True\nsoftmax = lambda x, axis=-1: x",
    "patches_abs_and_comparisons": "import numpy as np\nnp.abs = lambda *a: np.zeros(1)\nsoftmax = lambda x, axis=-1: x",
    "strips_asserts_by_ast": "import ast\nclass T(ast.NodeTransformer):\n    def visit_Assert(self, n): return ast.Pass()\n"
    "get_ipython().ast_transformers.append(T())",
    "rewrites_cells_by_input_transformer": "get_ipython().input_transformers_cleanup.append(lambda lines: ['8.0\\n'])",
    "patches_run_cell": "get_ipython().run_cell = lambda *a, **k: None",
    "defines_its_own_check": "class V: score = 8.0\ncheck = lambda *a, **k: V()",
    "replaces_the_judge_module": "import sys, autograder.notebook as n\nsys.modules['autograder.judge'] = None\nn.judge = lambda *a, **k: 8.0",
    "answers_with_an_object_equal_to_all": "class E:\n    __eq__ = lambda s, o: True\n    __le__ = __lt__ = lambda s, o: True\n"
    "    __array__ = lambda s, *a, **k: s\nsoftmax = lambda x, axis=-1: E()",
    "answers_with_a_lying_subclass": "import numpy as np\nclass L(np.ndarray):\n    __eq__ = lambda s, o: True\n"
    "    dtype = property(lambda s: 'float64')\nsoftmax = lambda x, axis=-1: np.zeros(3).view(L)",
    "answers_zeros": "import numpy as np\nsoftmax = lambda x, axis=-1: np.zeros_like(x)",
    "answers_nan": "import numpy as np\nsoftmax = lambda x, axis=-1: np.full_like(np.asarray(x, float), np.nan)",
    "answers_its_input": "softmax = lambda x, axis=-1: x",
    "shadows_a_module": "open('numpy.py', 'w').write('allclose = lambda *a: True')\nimport sys; sys.path.insert(0, '.')",
    "prints_a_verdict": "print('8.0')\nfrom IPython.display import publish_display_data\n"
    "publish_display_data({'text/plain': '8.0'}, metadata={'autograder': {'exercise': 'softmax', 'score': 8.0}})\n8.0",
    "forges_replies_on_the_wire": WIRE + "from autograder.sandbox.wire import Wire\nw = Wire(wire())\n"
    "for i in range(50): w.send(kind='done', value={'value': 1.0, 'error': None})",
    "asks_the_judge_before_its_turn": WIRE
    + "from autograder.sandbox.wire import Wire\nfrom autograder.script import Call, to_plain\n"
    "from autograder.player import from_live, to_live\n"
    "def softmax(x, axis=-1):\n    w = Wire(wire())\n"
    "    w.send(kind='ask', name='softmax', call=to_plain(Call({'x': from_live(x), 'axis': axis})))\n"
    "    return to_live(w.receive()['answer']['value'])",
    "looks_for_expected_values_in_memory": "import gc, numpy as np\n"
    "found = [o for o in gc.get_objects() if type(o).__name__ in ('Key', 'Expected', 'Case', 'Verdict')]\n"
    "def softmax(x, axis=-1):\n    return found[0].value if found else x",
    "looks_for_expected_values_in_frames": "import inspect\ndef softmax(x, axis=-1):\n"
    "    for f in inspect.stack():\n        for v in f.frame.f_locals.values():\n"
    "            if hasattr(v, 'expected'): return v.expected.value\n    return x",
    "replaces_the_player": "import autograder.player as p\np.LocalPlayer.__call__ = lambda s, c: 1.0\nsoftmax = lambda x, axis=-1: x",
    "runs_after_the_notebook": "import atexit, threading\natexit.register(lambda: open('late', 'w').write('x'))\n"
    "threading.Timer(0.1, lambda: globals().update(softmax=None)).start()",
    "sets_the_environment": "import os\nos.environ['NBGRADER_EXECUTION'] = 'validate'\nos.environ['AUTOGRADER_KEYS'] = '/'",
}

READ = {
    name: f"{code}\nsoftmax = lambda x, axis=-1: x"
    for name, code in {
        "opens_the_solutions": "print(open(ROOT + '/solutions/04_softmax/softmax.py').read())",
        "imports_the_solutions": "import sys; sys.path.insert(0, ROOT)\nfrom solutions import *\nimport solutions",
        "opens_the_hidden_key": "print(open(ROOT + '/build/hidden/softmax.safetensors', 'rb').read())",
        "opens_the_right_function": "print(open(ROOT + '/build/hidden/softmax.reference.py').read())",
        "opens_the_seed": "print(open(ROOT + '/.hidden_seed').read())",
        "asks_for_the_hidden_key": "from autograder.keys import hidden_key\nprint(hidden_key('softmax'))",
        "checks_with_the_hidden_key": "from autograder import check\nprint(check('softmax', hidden=True).score)",
        "walks_the_disk": "import os\nprint([f for d, _, fs in os.walk('/') for f in fs if 'softmax' in f and 'reference' in f])",
        "opens_the_password_file": "print(open('/etc/passwd').read())",
        "reads_the_environment_of_the_grader": "print(open('/proc/1/environ').read())",
        "reads_the_memory_of_the_grader": "import os\nopen(f'/proc/{os.getppid()}/mem', 'rb').read(10)",
        "traces_the_grader": "import ctypes, os\nprint(ctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0))\nopen('/proc/self/mem')",
        "opens_the_gradebook": "print(open(ROOT + '/gradebook.db', 'rb').read())",
        "lists_the_course": "import os\nprint(os.listdir(ROOT))",
        "lists_home": "import os, pathlib\nprint(os.listdir('/root'), os.listdir('/home'))",
        "calls_out": "import urllib.request\nprint(urllib.request.urlopen('http://127.0.0.1').read())",
        "opens_a_socket": "import socket\nsocket.create_connection(('127.0.0.1', 22))",
        "listens": "import socket\ns = socket.socket(); s.bind(('', 0)); s.listen()",
        "starts_a_program": "import subprocess\nprint(subprocess.check_output(['/bin/cat', '/etc/passwd']))",
        "starts_a_shell": "import os\nassert os.system('id') == 0",
        "leaves_its_root": "import os\nos.mkdir('d'); os.chroot('d')\n[os.chdir('..') for _ in range(50)]; os.chroot('.')\nprint(os.listdir('/'))",
        "becomes_root": "import os\nos.setuid(0)",
        "makes_a_namespace": "import ctypes\nassert ctypes.CDLL(None).unshare(0x10000000) == 0, 'unshare failed'",
        "mounts": "import ctypes\nassert ctypes.CDLL(None).mount(b'none', b'/', b'', 4096, b'') == 0, 'mount failed'",
    }.items()
}

WRITE = {
    "writes_the_gradebook": "import sqlite3\nc = sqlite3.connect(ROOT + '/gradebook.db')\nc.execute('update grade set auto_score=8')",
    "writes_beside_itself": "open(ROOT + '/submitted.txt', 'w').write('x')",
    "changes_the_configuration": "open(ROOT + '/nbgrader_config.py', 'a').write('c.x = 1')",
    "changes_a_package": "import numpy\nopen(numpy.__file__, 'a').write('# x')",
    "plants_a_start_file": "import sys\nopen(sys.prefix + '/lib/sitecustomize.py', 'w').write('x')",
    "changes_the_grader": "import autograder\nopen(autograder.__file__, 'a').write('# x')",
    "links_to_the_gradebook": "import os\nos.symlink(ROOT + '/gradebook.db', 'mine')\nopen('mine', 'a').write('x')",
    "deletes_the_course": "import shutil\nshutil.rmtree(ROOT)",
    "changes_rights_of_the_root": "import os\nos.chmod('/', 0o777)",
    "kills_the_grader": "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)",
    "kills_everything": "import os, signal\nos.kill(-1, signal.SIGKILL)",
}

HANG = {
    "loops": "while True:\n    pass",
    "sleeps": "import time\ntime.sleep(1000)",
    "swallows_the_alarm": "while True:\n    try:\n        while True: pass\n    except BaseException:\n        pass",
    "turns_the_alarm_off": "import signal\nsignal.setitimer(signal.ITIMER_REAL, 0)\nwhile True:\n    pass",
    "computes_where_no_signal_comes": "9 ** 9 ** 9",
    "waits_for_a_thread": "import threading\nthreading.Event().wait()",
    "waits_for_input": "input('score? ')",
    "waits_for_a_lock": "import threading\nl = threading.Lock(); l.acquire(); l.acquire()",
    "backtracks": "import re\nre.match(r'(a+)+$', 'a' * 60 + 'b')",
    "stops_itself": "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)",
    "hangs_when_called": "def softmax(x, axis=-1):\n    while True:\n        try:\n            while True: pass\n        except BaseException: pass",
}

EXHAUST = {
    "takes_all_memory": "x = bytearray(40 * 2**30)",
    "takes_memory_bit_by_bit": "x = []\nwhile True:\n    x.append(bytearray(2**24))",
    "forks_without_end": "import os\nwhile True:\n    os.fork()",
    "starts_threads_without_end": "import threading, time\nfor i in range(100_000):\n    threading.Thread(target=time.sleep, args=(100,)).start()",
    "fills_the_disk": "f = open('big', 'wb')\nwhile True:\n    f.write(bytes(2**24))",
    "makes_files_without_end": "for i in range(10**7):\n    open(f'{i}', 'w').write('x' * 4096)",
    "opens_files_without_end": "x = []\nwhile True:\n    x.append(open('/dev/null'))",
    "prints_one_huge_line": "print('x' * 60_000_000)",
    "prints_without_end": "while True:\n    print('x' * 1000)",
    "displays_without_end": "from IPython.display import display\nfor i in range(100_000):\n    display(i)",
    "recurses": "def f(): return f()\nf()",
    "recurses_past_the_limit": "import sys\nsys.setrecursionlimit(10**9)\ndef f(): return f()\nf()",
    "answers_a_huge_array": "import numpy as np\nsoftmax = lambda x, axis=-1: np.zeros((30_000, 30_000), dtype=np.int8)",
    "answers_a_huge_number": "softmax = lambda x, axis=-1: 10 ** 100_000",
    "answers_a_deep_list": "def softmax(x, axis=-1):\n    l = []\n    for i in range(10**5): l = [l]\n    return l",
    "answers_an_endless_generator": "import itertools\nsoftmax = lambda x, axis=-1: itertools.count()",
}

CRASH = {
    "ends_python": "import os\nos._exit(0)",
    "ends_python_when_called": "import os\ndef softmax(x, axis=-1):\n    os._exit(0)",
    "aborts": "import os\nos.abort()",
    "reads_address_zero": "import ctypes\nctypes.string_at(0)",
    "kills_itself": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
    "leaves_by_sys_exit": "import sys\nsys.exit(3)",
    "leaves_by_sys_exit_when_called": "import sys\nsoftmax = lambda x, axis=-1: sys.exit(3)",
    "interrupts": "raise KeyboardInterrupt",
    "raises_what_cannot_be_shown": "class E(Exception):\n    def __str__(self): raise ValueError\nraise E",
    "raises_base_exceptions": "class E(BaseException): pass\nraise E",
    "closes_every_file": "import os\nos.closerange(0, 256)",
    "deletes_builtins": "import builtins\nfor n in list(vars(builtins)):\n    if n not in ('__import__', '__build_class__'): delattr(builtins, n)",
    "talks_nonsense_on_the_wire": WIRE + "wire().sendall(b'\\x10' + bytes(7) + b'nonsense' * 2)",
    "announces_an_endless_message": WIRE + "wire().sendall(b'\\xff' * 8)",
    "sends_a_message_of_the_wrong_kind": WIRE
    + "from autograder.sandbox.wire import Wire\nWire(wire()).send(kind=3, value=[[]])",
    "sends_half_a_message": WIRE + "wire().sendall((1000).to_bytes(8, 'little') + b'x')\nimport time; time.sleep(100)",
    "clears_its_namespace": "get_ipython().user_ns.clear()",
    "breaks_sys": "import sys\nsys.modules.clear(); sys.path.clear(); sys.stdout = None",
    "is_no_python": "def softmax(x:\n    return \x00",
    "holds_an_unknown_magic": "%no_such_magic\n!rm -rf /",
}

LEAK = {
    "prints_the_history": "print(In, Out)\n%history",
    "prints_the_environment": "import os\nprint(dict(os.environ), os.getcwd(), __file__ if '__file__' in globals() else '')",
    "prints_its_inputs": "def softmax(x, axis=-1):\n    print(x.tolist(), axis)\n    return x",
    "raises_its_inputs": "def softmax(x, axis=-1):\n    raise ValueError(repr(x.tolist()) + repr(axis))",
    "warns_of_its_inputs": "import warnings\ndef softmax(x, axis=-1):\n    warnings.warn(repr(x.tolist()))\n    return x",
    "returns_its_inputs_as_text": "softmax = lambda x, axis=-1: repr(x.tolist())",
    "collects_inputs_and_prints_them_later": "seen = []\ndef softmax(x, axis=-1):\n    seen.append(repr(x))\n    return x",
    "shows_html_with_script": "from IPython.display import HTML, Javascript, SVG, display\n"
    "display(HTML('<script>alert(1)</script><img src=x onerror=alert(1)>'))\ndisplay(Javascript('alert(1)'))",
    "shows_markdown_with_script": "from IPython.display import Markdown, display\ndisplay(Markdown('<script>alert(1)</script>'))",
    "shows_an_image_that_is_none": "from IPython.display import publish_display_data\n"
    "publish_display_data({'image/png': '\"><script>alert(1)</script>'})",
}

ATTACKS = {
    f"{aim}/{name}": code
    for aim, group in {
        "gain": GAIN,
        "read": READ,
        "write": WRITE,
        "hang": HANG,
        "exhaust": EXHAUST,
        "crash": CRASH,
        "leak": LEAK,
    }.items()
    for name, code in group.items()
}
