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
    "replaces_the_judge_module": "import sys, autograder.desk.check as n\nsys.modules['autograder.judging.judge'] = None\nn.judge = lambda *a, **k: 8.0",
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
    + "from autograder.sandbox.wire import Wire\nfrom autograder.judging.script import Call, Question, to_plain\n"
    "from autograder.judging.live import from_live, to_live\n"
    "def softmax(x, axis=-1):\n    w = Wire(wire())\n"
    "    w.send(kind='ask', questions=[to_plain(Question('softmax', Call({'x': from_live(x), 'axis': axis}), held=False))])\n"
    "    return to_live(w.receive()['answers'][0]['value'])",
    "looks_for_expected_values_in_memory": "import gc, numpy as np\n"
    "found = [o for o in gc.get_objects() if type(o).__name__ in ('Key', 'Expected', 'Case', 'Verdict')]\n"
    "def softmax(x, axis=-1):\n    return found[0].value if found else x",
    "looks_for_expected_values_in_frames": "import inspect\ndef softmax(x, axis=-1):\n"
    "    for f in inspect.stack():\n        for v in f.frame.f_locals.values():\n"
    "            if hasattr(v, 'expected'): return v.expected.value\n    return x",
    "replaces_the_player": "import autograder.judging.player as p\np.LocalPlayer.__call__ = lambda s, c: 1.0\nsoftmax = lambda x, axis=-1: x",
    "runs_after_the_notebook": "import atexit, threading\natexit.register(lambda: open('late', 'w').write('x'))\n"
    "threading.Timer(0.1, lambda: globals().update(softmax=None)).start()",
    "patches_the_player_to_say_nothing_changed": "import autograder.judging.player as p, autograder.sandbox.inside as i\n"
    "p.bytes_of = lambda v: 0\np.disturb = lambda: {}\np.restore = lambda s: ()\ni.to_plain = lambda r: {'value': 1.0, 'error': None, 'gradients': {}, 'changed': (),"
    " 'random_changed': (), 'printed': '', 'warnings': (), 'used': ()}",
    "asks_for_later_exercises": WIRE
    + "from autograder.sandbox.wire import Wire\nfrom autograder.judging.script import Call, Question, to_plain\n"
    "from autograder.judging.live import from_live, to_live\ndef ask(name):\n    def asked(*args):\n        w = Wire(wire())\n"
    "        call = Call({str(i): from_live(a) for i, a in enumerate(args)})\n"
    "        w.send(kind='ask', questions=[to_plain(Question(name, call, held=False)), to_plain(Question(name, call))])\n"
    "        a = w.receive()['answers'][0]\n        return to_live(a['value'])\n    return asked\n"
    "softmax_with_temperature, softmax_jacobian, entropy = map(ask, ['softmax_with_temperature', 'softmax_jacobian', 'entropy'])\n"
    "softmax = ask('x')",
    "keeps_what_it_saw_for_the_next": "import os, tempfile\nseen = []\ndef softmax(x, axis=-1):\n"
    "    for f in ('kept', '/tmp/kept', '/dev/shm/kept', '/var/tmp/kept'):\n        try: open(f, 'ab').write(x.tobytes())\n"
    "        except OSError: pass\n    return x",
    "raises_the_limits": "import resource\nfor n in dir(resource):\n    if n.startswith('RLIMIT_'):\n        try: resource.setrlimit("
    "getattr(resource, n), (-1, -1))\n        except (OSError, ValueError): pass",
    "traces_every_line": "import sys\ndef t(f, e, a):\n    f.f_locals.update(score=8.0, value=1.0)\n    return t\nsys.settrace(t)",
    "answers_with_a_liar_about_its_class": "class L:\n    __class__ = property(lambda s: float)\n    shape, dtype = (), 'float64'\n"
    "    def __float__(s): return 1.0\nsoftmax = lambda x, axis=-1: L()",
    "hands_in_the_stand_in": "from autograder.course.softmax import standins\nsoftmax = standins.softmax",
    "hands_in_a_later_stand_in": "from autograder.course.softmax import standins\n"
    "softmax = lambda x, axis=-1: standins.softmax_with_temperature(x, 1.0, axis)",
    "takes_the_stand_in_out_of_its_wrapper": "import inspect\nfrom autograder.course.softmax import standins\nf = standins.softmax\n"
    "inner = [c.cell_contents for c in f.__closure__ or ()] + list(vars(f).values()) + [inspect.unwrap(f)]\n"
    "softmax = next((g for g in inner if callable(g) and g is not f), f)",
    "takes_the_stand_in_out_of_the_registry": "import autograder.judging.standins as s, autograder.course.softmax.standins\ns._refused, s._gone = frozenset(), {}\n"
    "softmax = next(f for place, f in s._functions.items() if place.endswith('.softmax.standins.softmax'))",
    "looks_for_the_stand_in_in_memory": "import gc, types\nimport autograder.course.softmax.standins\n"
    "softmax = next((o for o in gc.get_objects() if isinstance(o, types.FunctionType) and o.__name__ == 'softmax' "
    "and o.__code__.co_filename.endswith('standins.py')), None)",
    "has_the_stand_in_answer_while_another_is_checked": "from autograder.course.softmax import standins\nimport numpy as np\n"
    "seen = {}\ntry: seen = {3: standins.softmax(np.arange(3.0))}\nexcept Exception as e: print(type(e).__name__)\n"
    "softmax = lambda x, axis=-1: seen[3] * 0 + standins.softmax(x, axis)",
    "calls_the_library": "import torch\nsoftmax = lambda x, axis=-1: torch.as_tensor(x * 1.0).softmax(axis).numpy().astype(x.dtype)",
    "calls_the_library_by_another_name": "import torch\nf = torch.nn.functional.__dict__['soft' + 'max']\n"
    "softmax = lambda x, axis=-1: f(torch.as_tensor(x * 1.0), axis).numpy().astype((x * 1.0).dtype)",
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
        "asks_for_the_hidden_key": "from autograder.desk.trusted import hidden_key\nprint(hidden_key('softmax'))",
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

READ |= {
    name: f"{code}\nsoftmax = lambda x, axis=-1: x"
    for name, code in {
        "reads_what_others_left": "import os\nprint([os.path.join(d, f) for p in ('.', '/tmp', '/dev/shm', '/var') for d, _, fs in os.walk(p) for f in fs])",
        "looks_for_other_processes": "import os\nassert os.getpid() == 1 and os.getppid() == 0\nprint(os.listdir('/proc'))",
        "maps_memory_of_others": "import mmap, os\nfor n in (1, 2, 3):\n    try: os.open(f'/proc/{n}/mem', os.O_RDWR); raise SystemExit('open')\n"
        "    except OSError: pass",
        "meets_others_at_an_abstract_socket": "import socket\ns = socket.socket(socket.AF_UNIX); s.bind('\\0meet')",
        "shares_memory_by_name": "from multiprocessing import shared_memory\nshared_memory.SharedMemory('x', create=True, size=9)",
        "shares_memory_of_system_v": "import ctypes\nassert ctypes.CDLL(None).shmget(77, 4096, 0o1666) >= 0, 'shmget failed'",
        "signals_by_locks": "import fcntl, numpy\nfcntl.flock(open(numpy.__file__), fcntl.LOCK_SH)",
        "signals_by_record_locks": "import fcntl, struct, numpy\nfcntl.fcntl(open(numpy.__file__), fcntl.F_SETLK, struct.pack('hhqqi', 0, 0, 0, 0, 0))",
        "uses_the_keyring": "import ctypes\nassert ctypes.CDLL(None).syscall(250, 0, -3, 1) >= 0, 'keyctl failed'",
        "takes_the_descriptors_of_others": "import os\nprint([os.readlink(f'/proc/self/fd/{i}') for i in range(50)])",
        "opens_a_device": "print(open('/dev/mem', 'rb').read(1))",
        "asks_what_is_in_memory": "import ctypes, mmap, numpy\nf = open(numpy.__file__, 'rb')\nm = mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ)\n"
        "at = ctypes.c_void_p(ctypes.CDLL(None).mmap(None, 4096, 1, 1, f.fileno(), 0) or 0)\n"
        "assert ctypes.CDLL(None).syscall(27, at, 4096, ctypes.create_string_buffer(1)) == 0, 'refused'",
        "asks_how_much_is_in_memory": "import ctypes, numpy\nr, found = (ctypes.c_uint64 * 2)(0, 4096), (ctypes.c_uint64 * 5)()\n"
        "assert ctypes.CDLL(None).syscall(451, open(numpy.__file__).fileno(), r, found, 0) == 0, 'refused'",
        "reads_only_what_is_in_memory": "import os, numpy\nprint(os.preadv(open(numpy.__file__, 'rb').fileno(), [bytearray(9)], 0, os.RWF_NOWAIT))",
        "has_a_file_forgotten": "import os, numpy\nos.posix_fadvise(open(numpy.__file__, 'rb').fileno(), 0, 0, os.POSIX_FADV_DONTNEED)",
        "has_a_file_read": "import ctypes, numpy\nassert ctypes.CDLL(None).readahead(open(numpy.__file__).fileno(), 0, 4096) == 0, 'refused'",
        "has_pages_put_out": "import mmap, numpy\nf = open(numpy.__file__, 'rb')\nmmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ).madvise(21)",
        "opens_by_handle": "import ctypes\nassert ctypes.CDLL(None).syscall(303, 3, b'', 0, 0, 0) == 0, 'refused'",
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
    "limits_the_grader": "import os, resource\nfor pid in (os.getppid() or 2, 2):\n    try: resource.prlimit(pid, resource.RLIMIT_CPU, (0, 0))\n"
    "    except OSError: pass\nimport ctypes\nassert ctypes.CDLL(None).prlimit(1 << 20, 0, b'\\0' * 16, None) == 0",
    "has_the_grader_signalled": "import fcntl, os\nfcntl.fcntl(0, fcntl.F_SETOWN, os.getppid() or 2)",
    "has_the_grader_signalled_by_high_bits": "import ctypes\nassert ctypes.CDLL(None).syscall(72, 0, ctypes.c_ulong(8 + (1 << 32)), 2) == 0, 'refused'",
    "takes_rights_away": "import os\nfor p in (ROOT, ROOT + '/gradebook.db', '.', '/tmp'):\n    os.chmod(p, 0)",
    "changes_times": "import os\nos.utime(ROOT + '/nbgrader_config.py', (0, 0))",
    "truncates": "import os\nos.truncate(ROOT + '/nbgrader_config.py', 0)",
    "unmounts_its_scratch": "import ctypes, os\nassert ctypes.CDLL(None).umount2(os.getcwd().encode(), 2) == 0, 'refused'\nprint(os.listdir('.'))",
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
    "stops_reading_while_it_asks": WIRE
    + "from autograder.sandbox.wire import Wire\nfrom autograder.judging.script import Call, Question, to_plain\nimport numpy as np\n"
    "from autograder.judging.live import from_live\ndef entropy(p):\n    w = Wire(wire())\n    while True:\n"
    "        w.send(kind='ask', questions=[to_plain(Question('softmax', Call({'x': from_live(np.zeros(8000)), 'axis': -1}), held=False))])",
    "answers_just_in_time": "import time\ndef softmax(x, axis=-1):\n    time.sleep(0.45)\n    return x\n"
    "softmax_with_temperature = softmax_jacobian = entropy = softmax",
    "drips_its_reply": WIRE
    + "import time\ndef softmax(x, axis=-1):\n    w = wire()\n    w.sendall((10**6).to_bytes(8, 'little'))\n"
    "    while True:\n        w.sendall(b'x')\n        time.sleep(0.1)",
    "asks_without_end": WIRE
    + "from autograder.sandbox.wire import Wire\nfrom autograder.judging.script import Call, Question, to_plain\n"
    "def softmax(x, axis=-1):\n    w = Wire(wire())\n    while True:\n        w.send(kind='ask', questions=[to_plain(Question('x', Call({})))])\n        w.receive()",
    "waits_in_a_destructor": "class D:\n    def __del__(self):\n        while True: pass\nd = D()\ndel d",
    "waits_at_the_end": "import atexit, time\natexit.register(lambda: time.sleep(1000))",
    "ignores_every_signal": "import signal, time\nfor s in signal.valid_signals():\n    try: signal.signal(s, signal.SIG_IGN)\n"
    "    except (OSError, ValueError): pass\ntime.sleep(1000)",
    "hangs_when_shown": "class R:\n    def __repr__(self):\n        while True: pass\nR()",
    "hangs_when_raised": "class E(Exception):\n    def __str__(self):\n        while True: pass\nraise E",
    "leaves_threads_working": "import threading\ndef work():\n    while True: pass\nfor _ in range(20): threading.Thread(target=work, daemon=True).start()",
    "hangs_when_called": "def softmax(x, axis=-1):\n    while True:\n        try:\n            while True: pass\n        except BaseException: pass",
    "sends_a_byte_out_of_band_and_no_more": WIRE + "w = wire()\nw.send(b'x', socket.MSG_OOB)\n"
    "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
    "sends_bytes_out_of_band_when_called": WIRE
    + "def softmax(x, axis=-1):\n    w = wire()\n    w.send(b'x', socket.MSG_OOB)\n"
    "    w.send(b'y', socket.MSG_OOB)\n    while True:\n        try:\n            while True: pass\n        except BaseException: pass",
}

EXHAUST = {
    "takes_all_memory": "x = bytearray(40 * 2**30)",
    "takes_memory_bit_by_bit": "x = []\nwhile True:\n    x.append(bytearray(2**24))",
    "forks_without_end": "import os\nwhile True:\n    os.fork()",
    "starts_threads_without_end": "import threading, time\nfor i in range(100_000):\n    threading.Thread(target=time.sleep, args=(100,)).start()",
    "starts_small_threads_without_end": "import threading, time\nthreading.stack_size(32768)\nfor i in range(100_000):\n"
    "    threading.Thread(target=time.sleep, args=(100,), daemon=True).start()",
    "makes_files_in_memory": "import os\nx = []\nwhile True:\n    x.append(os.memfd_create('x')); os.write(x[-1], bytes(2**24))",
    "fills_pipes": "import os, fcntl\nwhile True:\n    r, w = os.pipe(); os.set_blocking(w, False); os.write(w, bytes(2**20))",
    "makes_folders_in_folders": "import os\nfor i in range(5_000):\n    os.mkdir('d'); os.chdir('d')",
    "makes_folders_that_cannot_be_listed": "import os\nos.mkdir('d', 0o300)\nopen('d/kept', 'w').write('x')",
    "makes_a_sparse_file": "open('big', 'wb').truncate(2**45)",
    "answers_many_large_arrays": "import numpy as np\nsoftmax = lambda x, axis=-1: [np.zeros(400_000)] * 1\n"
    "softmax_with_temperature = softmax_jacobian = entropy = softmax",
    "answers_millions_of_lists": WIRE + "from autograder.judging.values import save\nimport json\ndef softmax(x, axis=-1):\n"
    "    d = save({}, metadata={'tree': '{\"$dict\":{\"kind\":\"done\",\"value\":[' + '[],' * 7_000_000 + '[]]}}'})\n"
    "    wire().sendall(len(d).to_bytes(8, 'little') + d)",
    "answers_a_list_in_a_list": WIRE + "from autograder.judging.values import save\ndef softmax(x, axis=-1):\n"
    "    d = save({}, metadata={'tree': '{\"$dict\":{\"kind\":\"done\",\"value\":' + '[' * 900 + ']' * 900 + '}}'})\n"
    "    wire().sendall(len(d).to_bytes(8, 'little') + d)",
    "asks_for_a_huge_answer": WIRE
    + "from autograder.sandbox.wire import Wire\nfrom autograder.judging.script import Call, Question, to_plain\nimport numpy as np\n"
    "from autograder.judging.live import from_live\ndef entropy(p):\n    w = Wire(wire())\n"
    "    def ask(name, args): w.send(kind='ask', questions=[to_plain(Question(name, Call(args), held=False))])\n"
    "    ask('softmax_jacobian', {'w': from_live(np.zeros(8192)), 'x': 2**60})\n"
    "    ask('softmax', {'x': from_live(np.zeros((8192, 1))), 'axis': [10**12] * 9})\n"
    "    w.receive(); w.receive()\n    return 0.0\nsoftmax = softmax_jacobian = softmax_with_temperature = lambda *a: 0",
    "shows_images_without_end": "import matplotlib.pyplot as plt\nfrom IPython.display import Image, display\nimport os\n"
    "for i in range(60): display(Image(data=b'\\x89PNG\\r\\n\\x1a\\n' + os.urandom(500_000), format='png'))",
    "shows_a_million_things": WIRE
    + "from autograder.sandbox.wire import Wire\nWire(wire()).send(kind='done', value={'shown': [{'text/plain': 'x'}] * 300_000})",
    "shows_a_text_without_end": WIRE
    + "from autograder.sandbox.wire import Wire\nWire(wire()).send(kind='done', value={'stdout': 'x' * 10**7, "
    "'shown': [{'text/plain': 'y' * 10**5}] * 100, 'error': {'ename': 'z' * 10**6, 'evalue': 'z' * 10**6}})",
    "nests_code": "x = " + "(" * 5_000 + ")" * 5_000,
    "nests_functions": "f = " + "lambda: " * 900 + "0",
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
    "shows_pictures_in_every_cell": "import base64, zlib\nfrom IPython.display import Image, display\n"
    "part = lambda k, d: len(d).to_bytes(4, 'big') + k + d + zlib.crc32(k + d).to_bytes(4, 'big')\nimport os\n"
    "b = b'\\x89PNG\\r\\n\\x1a\\n' + part(b'IHDR', bytes([0, 0, 0, 9] * 2 + [8, 0, 0, 0, 0])) + part(b'IDAT', os.urandom(1_500_000)) + part(b'IEND', b'')\n"
    "for _ in range(7): display(Image(data=b, format='png'))",
    "replies_with_millions_of_lists": WIRE
    + "from autograder.judging.values import save\nimport json\ndef softmax(x, axis=-1):\n"
    "    d = save({}, metadata={'tree': '{\"$dict\":{\"kind\":\"done\",\"value\":[' + '[],' * 1_000_000 + '[]]}}'})\n"
    "    wire().sendall(len(d).to_bytes(8, 'little') + d)\n    return x",
    "replies_with_one_array_a_thousand_times": WIRE
    + "import json, numpy as np\nfrom autograder.judging.values import save\n"
    "def softmax(x, axis=-1):\n    a = {'$array': 'a', 'dtype': 'float64', 'backend': 'numpy'}\n"
    "    tree = {'$dict': {'kind': 'done', 'value': {'$dict': {'value': [a] * 1000, 'error': None, 'gradients': None, 'changed': [],"
    " 'random_changed': [], 'printed': '', 'warnings': []}}}}\n"
    "    d = save({'a': np.zeros(400_000)}, metadata={'tree': json.dumps(tree)})\n"
    "    wire().sendall(len(d).to_bytes(8, 'little') + d)\n    return x",
    "names_a_changed_input_by_megabytes": "import autograder.sandbox.inside as i\nold = i.to_plain\n"
    "i.to_plain = lambda r: old(r) | {'changed': ('x' * 10**6,) * 3, 'warnings': ('w' * 10**5,) * 5}\nsoftmax = lambda x, axis=-1: x",
    "answers_ever_new_sizes": "import numpy as np\nsizes = iter(range(10_000, 20_000))\n"
    "softmax = softmax_with_temperature = softmax_jacobian = lambda *a, **k: np.zeros(next(sizes))",
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
    "prints_half_a_character": "print('\\ud800')\n'\\udfff'",
    "raises_half_a_character": "raise ValueError('\\ud800')\nsoftmax = 1",
    "prints_control_characters": "print(bytes(range(256)).decode('latin1') + '\\x1b]0;x\\x07\\x1b[2J' + '\\u202e')",
    "answers_half_a_character": "softmax = lambda x, axis=-1: '\\ud800'",
    "asks_with_nonsense": WIRE
    + "from autograder.sandbox.wire import Wire\nfrom autograder.judging.values import Held, Opaque, Other\ndef softmax(x, axis=-1):\n"
    "    w = Wire(wire())\n    for call in (3, None, {}, {'args': {'f': Held('nobody', {'x': Opaque('0')})}, 'layout': 'plain', 'step': 0, 'keeps': []},\n"
    "            {'args': {'f': Other('x')}, 'layout': 'none', 'cotangent': {'a': [1]}, 'step': -1, 'keeps': [9**9]}, {'args': [], 'layout': 'plain'}):\n"
    "        for name, method in (['softmax'], ''), ('softmax', '__class__'), ('softmax', ''):\n"
    "            for held in True, False, 3:\n"
    "                w.send(kind='ask', questions=[dict(name=name, call=call, method=method, held=held), call]); w.receive()\n"
    "    for questions in (3, None, [], [[]] * 1000):\n        w.send(kind='ask', questions=questions); w.receive()\n    return x\nentropy = softmax",
    "replies_with_nonsense": WIRE
    + "from autograder.sandbox.wire import Wire\ndef softmax(x, axis=-1):\n    w = Wire(wire())\n"
    "    w.send(kind='done', value={'value': {}, 'error': {'kind': 3}, 'changed': 3}); w.send(kind='done')\n    return x",
    "redefines_print_and_print_bombs": "print = display = repr = str = type = len = lambda *a, **k: 1 / 0\nimport builtins\n"
    "builtins.print = print\nbuiltins.isinstance = print",
    "sends_pictures_that_are_none": WIRE
    + "from autograder.sandbox.wire import Wire\nimport base64\nb = lambda d: base64.b64encode(b'\\x89PNG\\r\\n\\x1a\\n' + d).decode()\n"
    "Wire(wire()).send(kind='done', value={'shown': [{'image/png': p} for p in (b(b''), b(b'\\xff' * 40), b(b'\\0\\0\\0\\rIHDR' + b'\\xff' * 17),"
    " '=', 'x', 3, None, [], b(b'\\0\\0\\0\\0IEND\\0\\0\\0\\0'))]})",
    "clears_its_namespace": "get_ipython().user_ns.clear()",
    "breaks_sys": "import sys\nsys.modules.clear(); sys.path.clear(); sys.stdout = None",
    "is_no_python": "def softmax(x:\n    return \x00",
    "holds_an_unknown_magic": "%no_such_magic\n!rm -rf /",
    "answers_an_empty_array_of_three_dimensions": "import numpy as np\nsoftmax = lambda x, axis=-1: np.zeros((0, 2, 3))",
    "answers_numbers_beyond_64_bits": "softmax = gap_for_weight = entropy = lambda *a, **k: 10**400",
    "answers_a_number_of_20_digits": "softmax = gap_for_weight = entropy = lambda *a, **k: 10**20",
    "names_things_by_half_a_character": "import autograder.sandbox.inside as i\nold = i.to_plain\n"
    "h = 'x' + chr(0xd800)\n"
    "i.to_plain = lambda r: old(r) | {'changed': (h, 'x'), 'random_changed': (h,), 'printed': h, 'warnings': (h,)}\n"
    "softmax = lambda x, axis=-1: {h: [h, x]}",
    "raises_half_a_character_when_called": "def softmax(x, axis=-1):\n    raise type('E' + chr(0xdfff), (Exception,), {})(chr(0xd800))",
}

LEAK = {
    "prints_the_history": "print(In, Out)\n%history",
    "prints_the_environment": "import os\nprint(dict(os.environ), os.getcwd(), __file__ if '__file__' in globals() else '')",
    "prints_its_inputs": "def softmax(x, axis=-1):\n    print(x.tolist(), axis)\n    return x",
    "raises_its_inputs": "def softmax(x, axis=-1):\n    raise ValueError(repr(x.tolist()) + repr(axis))",
    "warns_of_its_inputs": "import warnings\ndef softmax(x, axis=-1):\n    warnings.warn(repr(x.tolist()))\n    return x",
    "returns_its_inputs_as_text": "softmax = lambda x, axis=-1: repr(x.tolist())",
    "collects_inputs_and_prints_them_later": "seen = []\ndef softmax(x, axis=-1):\n    seen.append(repr(x))\n    return x",
    "keeps_inputs_in_a_prediction": "import threading, time\nseen = []\ndef softmax(x, axis=-1):\n"
    "    seen.append(repr(x.ravel()[-3:].tolist()))\n    return x\ndef late():\n    while True:\n        time.sleep(0.005)\n"
    "        if seen: softmax.__globals__.update(longer_row=seen[-1], growing_scale=seen[len(seen) // 2])\n"
    "threading.Thread(target=late, daemon=True).start()",
    "names_a_class_by_its_inputs": "def softmax(x, axis=-1):\n    raise type(repr(x.tolist()), (Exception,), {})",
    "answers_a_class_named_by_its_inputs": "def softmax(x, axis=-1):\n    return type(repr(x.tolist()), (), {})()",
    "becomes_a_class_named_by_its_inputs": "def softmax(x, axis=-1):\n    softmax.__globals__['entropy'] = softmax.__globals__['gap_for_weight'] = "
    "type(repr(x.tolist()), (), {})()\n    return x",
    "answers_a_dtype_named_by_its_inputs": "import numpy as np\ndef softmax(x, axis=-1):\n"
    "    return np.zeros(1, dtype=[(repr(x.tolist()), float)])",
    "answers_keys_named_by_its_inputs": "def softmax(x, axis=-1):\n    return {repr(x.tolist()): 1.0}",
    "changes_an_input_named_by_another": "import autograder.judging.player as p\nold = p.LocalPlayer.__call__\ndef new(s, c):\n    r = old(s, c)\n"
    "    object.__setattr__(r, 'changed', (repr(c.args),))\n    return r\np.LocalPlayer.__call__ = new\nsoftmax = lambda x, axis=-1: x",
    "prints_below_python": "import os, ctypes\ndef softmax(x, axis=-1):\n    for fd in (1, 2): os.write(fd, repr(x.tolist()).encode())\n"
    "    ctypes.CDLL(None).puts(repr(x.tolist()).encode())\n    return x",
    "draws_its_inputs_and_hides_text_in_the_file": "import matplotlib.pyplot as plt\nfrom IPython.display import Image, display\nseen = []\n"
    "def softmax(x, axis=-1):\n    seen.append(x.tolist())\n    plt.title(repr(seen)[:100])\n    return x\n"
    "plt.savefig('f.png', metadata={'Author': 'SECRET ' + ROOT})\nplt.plot([1, 2])\nplt.savefig('g.png', metadata={'Author': 'SECRET'})\n"
    "display(Image('g.png'))",
    "prints_places": "import sys, numpy, autograder, os, site, tempfile\nprint(sys.prefix, sys.path, sys.argv, numpy.__file__, autograder.__file__,"
    " os.getcwd(), site.getsitepackages(), tempfile.gettempdir(), sys.executable, numpy)\nimport warnings\n"
    "warnings.warn_explicit('w', UserWarning, numpy.__file__, 1)\nraise ImportError(f'no x in {numpy.__file__}')",
    "answers_places": "import numpy\nsoftmax = lambda x, axis=-1: numpy.__file__",
    "raises_places_when_called": "import numpy\ndef softmax(x, axis=-1):\n    print(numpy.__file__)\n    from numpy import nothing",
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
