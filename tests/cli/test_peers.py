"""bench/peers/run with peers of our own: small programs, alone on a PATH, print what the real ones printed."""

import os
import signal
import subprocess
import sys
import unittest

from support import HANG_LIMIT_S, PROGRAM, ROOT, CliTest, rows_of

RUN = ROOT / "bench/peers/run"
sys.path.insert(0, str(RUN.parent))
import measuring  # noqa: E402
from adapters import open_mpi, perf_bench  # noqa: E402

# Reads the words after which what is asked for stands; waits, with an end, until each side has been pinned.
COMMON = f"""#!{sys.executable} -IS
import os, re, signal, socket, sys, time
words = sys.argv[1:]
def after(name):
    return words[words.index(name) + 1]
def await_pinning():
    end = time.monotonic() + {HANG_LIMIT_S}
    while len(os.sched_getaffinity(0)) > 1 and time.monotonic() < end:
        os.sched_yield()
    (cpu,) = os.sched_getaffinity(0)
    return cpu
def in_pair():
    "Forks the other side, which tells its CPU; both CPUs."
    read, write = os.pipe()
    if os.fork() == 0:
        os.write(write, str(await_pinning()).encode())
        os._exit(0)
    return await_pinning(), int(os.read(read, 10))
def serve(port):
    "One connection, as a server for one test has it."
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", int(port)))
        listener.listen()
        listener.settimeout({HANG_LIMIT_S})
        listener.accept()
def connect(port):
    socket.create_connection(("127.0.0.1", int(port)), {HANG_LIMIT_S}).close()
"""

STRESS_NG = """
if "--version" in words:
    print("stress-ng, version 0.15.06 (gcc 12.2.0, x86_64 Linux 6.1)"); sys.exit()
stressor = os.fork()
if stressor:
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(stressor, 0)[1]))
first, second = in_pair()
assert first != second
name = words[0][2:]
extra = {"pipe": "mb-per-sec-pipe-write-rate: 120.822544", "msg": "",
         "fifo": "fifo-4096-byte-writes-per-sec: 112229.521951"}[name]
open(after("--yaml"), "w").write(f'''---
metrics:
    - stressor: {name}
      bogo-ops: 494800
      bogo-ops-per-second-usr-sys-time: 458739.837587
      bogo-ops-per-second-real-time: 246748.376181
      wall-clock-time: 2.005282
      cpu-usage-per-instance: 53.788304
      {extra}

...
''')
"""

UCX_INFO = 'print("# Version 1.13.1\\n# Git branch \'<unknown>\', revision 0000000")\n'

UCX_PERFTEST = """
if "-t" not in words:
    serve(after("-p")); sys.exit()
connect(after("-p"))
assert len(os.sched_getaffinity(0)) == 1
if os.environ["UCX_TLS"] == "cma,posix,self":
    print("[vm:14479:0]   perftest_run.c:334  UCX  ERROR Failed to run test: Destination is unreachable", file=sys.stderr)
    sys.exit(255)
print("iterations,50.0_percentile_lat,avg_lat,overall_lat,avg_bw,overall_bw,avg_mr,overall_mr")
if after("-t") == "tag_bw":
    print("5000,0.140,146.664,146.664,426.14,426.14,6818,6818")
else:
    print("20000,2.735,35.827,38.095,109.03,102.54,27912,26250")
"""

PERF = """
if words == ["--version"]:
    print("perf version 6.1.192"); sys.exit()
first, second = in_pair()
assert first != second
print('''# Running 'sched/pipe' benchmark:
# Executed 20000 pipe operations between two processes

     Total time: 0.137 [sec]

       6.870350 usecs/op
         145552 ops/sec''')
"""

IPERF3 = """
if "--version" in words:
    print("iperf 3.12 (cJSON 1.7.15)"); sys.exit()
if "--server" in words:
    serve(after("--port")); sys.exit()
connect(after("--port"))
print('''{"start": {"version": "iperf 3.12"}, "end": {
  "sum_sent": {"seconds": 1.004114, "bytes": 280043520, "bits_per_second": 2231169130.1983643, "sender": true},
  "sum_received": {"seconds": 1.015788, "bytes": 280002560, "bits_per_second": 2205204708.069007, "sender": true}}}''')
"""

MPICC = 'open(after("-o"), "w").write("compiled")\n'

MPIRUN = """
if "--version" in words:
    print("mpirun (Open MPI) 4.1.4"); sys.exit()
assert open(words[-4]).read() == "compiled"
if words[-3] == "latency":
    print("latency_p50_s 3.1e-06\\nlatency_mean_s 4.25e-06")
else:
    print("bytes_per_s 3.5e+09")
"""

# As `ipcsort micro` writes its rows: the header is that of the real one, which a test below reads too.
IPCSORT = """
if words == ["--version"]:
    print("ipcsort 0.1.0 (5c9a5ad353e7)"); sys.exit()
os.mkdir(after("--output"))
assert after("--placement") == "cross" and after("--memory") == "hot" and after("--repetitions") == "1"
family, transport, size = after("--measure"), after("--transports"), int(after("--sizes"))
failed = transport == "tcp_loopback"
values = ("0.0001", "2e9", "") if family == "throughput" else ("0.0001", "1e8", "0.00005")
with open(after("--output") + "/micro.csv", "w") as file:
    file.write("family,transport,options,bytes,repetition,error,real_time_s,bytes_per_s,latency_p50_s\\n")
    if family == "throughput":
        file.write(f"throughput,memcpy_two_copies,,{size},0,,1,1,\\n")
    name, _, options = transport.partition(":")
    file.write(f"{family},{name},{options},{size},0," + ("no route," if failed else "," + values[0]) +
               (",,\\n" if failed else f",{values[1]},{values[2]}\\n"))
sys.exit(3 if failed else 0)
"""

HANGS = """
if any("version" in word for word in words):
    print("perf version 6.1.192"); sys.exit()
signal.signal(signal.SIGTERM, signal.SIG_IGN)
in_pair()
if os.fork() == 0:
    os.setpgid(0, 0)
    open(os.environ["READY"], "a").close()
while True:
    signal.pause()
"""

PEERS = {"stress-ng": STRESS_NG, "ucx_info": UCX_INFO, "ucx_perftest": UCX_PERFTEST, "perf": PERF, "iperf3": IPERF3,
         "mpicc": MPICC, "mpirun": MPIRUN}


class Peers(CliTest):
    def setUp(self):
        super().setUp()
        self.bin = self.root / "bin"
        self.bin.mkdir()
        (self.bin / "taskset").symlink_to("/usr/bin/taskset")
        self.ipcsort = self.fake("fake-ipcsort", IPCSORT)

    def fake(self, name, text):
        path = self.bin / name
        path.write_text(COMMON + text)
        path.chmod(0o755)
        return path

    def peers(self, *names):
        for name in names or PEERS:
            self.fake(name, PEERS[name])

    def environment(self, **extra):
        return super().environment(PATH=str(self.bin), READY=str(self.root / "ready"), **extra)

    def words(self, *words):
        return [str(RUN), "--ipcsort", str(self.ipcsort), "--output", "out", "--repetitions", "1", *words]

    def measured(self, *words, code=0):
        done = self.run_program(*self.words(*words), program=sys.executable, code=code)
        return done, rows_of(self.work / "out/peers.csv"), rows_of(self.work / "out/peers_runs.csv")

    def only(self, rows, **wanted):
        [row] = [row for row in rows if all(row[name] == value for name, value in wanted.items())]
        return row

    def test_figures_of_every_peer(self):
        self.peers()
        done, rows, runs = self.measured("--sizes", "4K", code=3)
        for wanted, value in (
                ({"peer": "stress-ng", "mechanism": "pipe", "message_bytes": "512"}, 120.822544 * 2**20),
                ({"peer": "stress-ng", "mechanism": "fifo", "message_bytes": "4096"}, 4096 * 112229.521951),
                ({"peer": "stress-ng", "mechanism": "msg", "message_bytes": "4096"}, 4096 * 494800 / 2.005282),
                ({"peer": "ucx_perftest", "mechanism": "posix", "ours": "memfd_ring", "measure": "throughput"}, 426.14 * 2**20),
                ({"peer": "ucx_perftest", "mechanism": "posix", "ours": "memfd_ring", "measure": "latency"}, 2 * 2.735e-6),
                ({"peer": "perf bench", "message_bytes": "4"}, 6.870350e-6),
                ({"peer": "iperf3"}, 280002560 / 1.015788),
                ({"peer": "Open MPI", "mechanism": "cma"}, 3.5e9),
                ({"peer": "Open MPI", "ours": "memfd_ring", "measure": "latency"}, 3.1e-6)):
            with self.subTest(wanted):
                row = self.only(rows, **wanted)
                rate = row["measure"] == "throughput"
                name = "bytes_per_s" if rate else "latency_s"
                self.assertAlmostEqual(float(row[f"peer_{name}_median"]) / value, 1, places=7)
                self.assertEqual({row[f"{side}_{'latency_s' if rate else 'bytes_per_s'}_median"] for side in ("peer", "ours")}, {""})
                if row["ours"] == "tcp_loopback":
                    continue
                ours = 2e9 if rate else 1e-4 if row["latency_statistic"] == "mean" else 5e-5
                self.assertEqual((row["status"], row["n"], float(row[f"ours_{name}_median"])), ("ok", "1", ours))
                for part in ("median", "min", "max"):
                    self.assertAlmostEqual(float(row[f"ratio_{part}"]) / (ours / value), 1, places=7)
        self.assertEqual({row["peer_version"] for row in rows}, {"0.15.06", "1.13.1", "6.1.192", "3.12", "4.1.4"})
        self.assertEqual({row["latency_statistic"] for row in rows}, {"", "p50", "mean"})

        # What went wrong on either side is a row with the reason.
        refused = self.only(rows, peer="ucx_perftest", mechanism="cma")
        self.assertEqual((refused["status"], refused["n"], refused["ratio_median"]), ("error", "0", ""))
        self.assertIn("Destination is unreachable", refused["reason"])
        ours_failed = self.only(rows, peer="iperf3")
        self.assertEqual((ours_failed["status"], ours_failed["ours_bytes_per_s_median"]), ("error", ""))
        self.assertIn("no route", ours_failed["reason"])

        # Every peer's cell once and every transport of ours once, neighbours with what is comparable.
        keys = [(run["side"], run["subject"], run["mechanism"], run["measure"], run["message_bytes"]) for run in runs]
        self.assertEqual(len(keys), len(set(keys)))
        self.assertEqual({(row["peer"], row["mechanism"], row["measure"]) for row in rows},
                         {key[1:4] for key in keys if key[0] == "peer"})
        self.assertEqual({(row["ours"], row["measure"], row["message_bytes"]) for row in rows},
                         {key[2:] for key in keys if key[0] == "ours"})
        conditions = [key[3:] for key in keys]
        changes = sum(one != other for one, other in zip(conditions, conditions[1:]))
        self.assertEqual(changes, len(set(conditions)) - 1)
        for run in runs:
            self.assertIn("taskset -c ", run["command"])
        for word in ("ratio", "127 MB/s", "5.5 us", "6.9 us", "Destination is unreachable", "no route", "What differs",
                     "out/peers.csv"):
            self.assertIn(word, done.stdout)

    def test_a_ratio_is_of_the_runs_of_one_block(self):
        self.peers("perf")
        _, rows, runs = self.measured("--peers", "perf", "--repetitions", "3")
        self.assertEqual(self.only(rows, ours="pipe")["n"], "3")
        self.assertEqual([run["sequence"] for run in runs], [str(at) for at in range(6)])
        self.assertEqual([run["block"] for run in runs], list("001122"))
        cell = perf_bench.Cell("perf bench", "sched pipe", "latency_mean_s", 4, ("pipe",), "")
        subject = measuring.Subject("perf bench", "6.1")

        def run(block, job, seconds, status="ok"):
            return measuring.Run(block, 0, job, status, measuring.Figures(latency_mean_s=seconds), 0.0, "", "late" if not seconds else "")

        peer, ours = measuring.peer_job(cell), measuring.our_job(cell, "pipe")
        row = measuring.row_of(cell, "pipe", subject, [
            run(0, peer, 1.0), run(0, ours, 2.0), run(1, ours, 30.0), run(1, peer, 10.0), run(2, peer, 5.0),
            run(2, ours, None, "timeout"), run(3, peer, 2.0), run(3, ours, 8.0), run(4, peer, 7.0)])
        self.assertEqual((row["status"], row["n"]), ("ok", 3))
        self.assertEqual([row[f"ratio_{part}"] for part in ("median", "min", "max")], [3.0, 2.0, 4.0])
        self.assertEqual([row[f"peer_latency_s_{part}"] for part in ("median", "min", "max")], [2.0, 1.0, 10.0])
        self.assertIn("1 of 4 runs: late", row["reason"])

    def test_the_order_of_a_block_is_the_seed_s(self):
        jobs = measuring.jobs_of(open_mpi.cells([64, 4096, 65536]))
        orders = {(seed, block): measuring.block_order(jobs, seed, block) for seed in (7, 8) for block in (0, 1)}
        for key, order in orders.items():
            self.assertEqual(order, measuring.block_order(list(jobs), *key))
            self.assertEqual(set(order), set(jobs))
            conditions = [job.condition for job in order]
            self.assertEqual(sum(one != other for one, other in zip(conditions, conditions[1:])), len(set(conditions)) - 1)
        self.assertEqual(len({tuple(order) for order in orders.values()}), 4)

    def test_absent_peers_are_named_with_their_package(self):
        self.peers("perf")
        done, rows, _ = self.measured("--sizes", "4K,64K")
        for peer, package in (("stress-ng", "stress-ng"), ("ucx_perftest", "ucx-utils"), ("iperf3", "iperf3"),
                              ("Open MPI", "openmpi-bin libopenmpi-dev")):
            absent = [row for row in rows if row["peer"] == peer]
            self.assertEqual({row["status"] for row in absent}, {"absent"})
            self.assertIn(f"install {package}", absent[0]["reason"])
            self.assertIn(f"{peer}: absent", done.stdout)
        self.assertEqual(self.only(rows, peer="perf bench")["status"], "ok")

    def test_nothing_there_at_all(self):
        done, rows, runs = self.measured(code=3)
        self.assertEqual(({row["status"] for row in rows}, runs), ({"absent"}, []))
        self.assertIn("nothing was measured", done.stderr)
        listed = self.run_program(str(RUN), "--list", program=sys.executable).stdout
        self.assertIn("install linux-perf", listed)
        self.assertIn("stress-ng takes 8 to 4096 bytes", listed)

    def test_sizes_that_a_peer_cannot_have(self):
        self.peers("stress-ng")
        _, rows, runs = self.measured("--peers", "stress-ng", "--sizes", "64K")
        for mechanism in ("fifo", "msg"):
            row = self.only(rows, mechanism=mechanism)
            self.assertEqual((row["status"], row["n"]), ("unsupported", "0"))
        self.assertEqual({run["message_bytes"] for run in runs}, {"512"})

    def test_output_that_is_not_known_is_an_error(self):
        broken = {"stress-ng": (STRESS_NG.replace("120.822544", "966.58"), "bytes an operation, not 512"),
                  "perf": (PERF.replace("usecs/op", "furlongs"), "no usecs/op"),
                  "iperf3": (IPERF3.replace('"sum_received"', '"sum"'), "end.sum_received"),
                  "ucx_perftest": (UCX_PERFTEST.replace("overall_bw", "bw"), "no figures")}
        self.fake("ucx_info", UCX_INFO)
        for name, (text, _) in broken.items():
            self.fake(name, text)
        _, rows, runs = self.measured("--peers", "stress-ng,perf,iperf3,ucx", "--sizes", "64K", code=3)
        for peer, mechanism, name in (("stress-ng", "pipe", "stress-ng"), ("perf bench", "sched pipe", "perf"),
                                      ("iperf3", "tcp", "iperf3"), ("ucx_perftest", "sysv", "ucx_perftest")):
            row = self.only(rows, peer=peer, mechanism=mechanism, measure="latency" if name == "perf" else "throughput",
                            **({"ours": "xsi_shm_sem"} if mechanism == "sysv" else {}))
            self.assertEqual(row["status"], "error")
            self.assertIn(broken[name][1], row["reason"])

    def test_a_program_that_cannot_be_compiled(self):
        self.fake("mpirun", MPIRUN)
        self.fake("mpicc", 'print("fatal error: mpi.h: No such file", file=sys.stderr); sys.exit(1)\n')
        _, rows, runs = self.measured("--peers", "openmpi", "--sizes", "4K", code=3)
        self.assertEqual(({row["status"] for row in rows}, runs), ({"error"}, []))
        self.assertIn("mpi.h", rows[0]["reason"])

    def test_a_hang_is_a_timeout_and_leaves_nothing(self):
        self.fake("perf", HANGS)
        done, rows, runs = self.measured("--peers", "perf", "--time-limit", "5s", code=3)
        row = self.only(rows, peer="perf bench")
        self.assertEqual((row["status"], row["n"]), ("timeout", "0"))
        self.assertIn("took longer than 5 s", row["reason"])
        self.assertEqual(sorted(run["status"] for run in runs), ["ok", "timeout"])
        self.assertIn("timeout", done.stdout)

    def test_a_server_that_never_listens(self):
        self.fake("iperf3", 'print("iperf 3.12") if "--version" in words else signal.pause()\n')
        _, rows, _ = self.measured("--peers", "iperf3", "--sizes", "4K", "--time-limit", "500ms", code=3)
        self.assertEqual(self.only(rows, peer="iperf3")["status"], "timeout")

    def test_an_interrupt_keeps_what_was_measured(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number):
                self.peers("mpicc", "mpirun")
                self.fake("perf", HANGS)
                output = f"out{int(number)}"
                process = self.start(*self.words("--peers", "perf,openmpi", "--sizes", "4K", "--output", output),
                                     program=sys.executable)
                ready = self.root / "ready"
                self.wait_until(ready.exists, "the peer that hangs has begun")
                ready.unlink()
                process.send_signal(number)
                printed, said = process.communicate(timeout=HANG_LIMIT_S)
                self.assertEqual(process.returncode, 128 + number, said)
                self.assertIn("interrupted", said)
                rows, runs = rows_of(self.work / output / "peers.csv"), rows_of(self.work / output / "peers_runs.csv")
                self.assertEqual(self.only(rows, peer="perf bench")["status"], "not_run")
                self.assertEqual({run["status"] for run in runs} - {"ok"}, set())
                self.assertIn("Rows: ", printed)

    def test_the_time_budget_ends_it_between_runs(self):
        self.peers("mpicc", "mpirun")
        process = self.start(*self.words("--peers", "openmpi", "--sizes", "4K", "--repetitions", "1000", "--time-budget", "1s"),
                             program=sys.executable)
        _, said = process.communicate(timeout=HANG_LIMIT_S)
        rows, runs = rows_of(self.work / "out/peers.csv"), rows_of(self.work / "out/peers_runs.csv")
        self.assertLess(int(runs[-1]["block"]), 999)
        self.assertEqual({run["status"] for run in runs}, {"ok"})
        self.assertIn("time budget of 1s", said)
        # How far it came is the machine's affair; what it did not come to says so.
        self.assertLessEqual({row["status"] for row in rows}, {"ok", "not_run"})
        self.assertEqual(process.returncode, 0 if any(row["status"] == "ok" for row in rows) else 3, said)

    def test_the_real_program_is_read(self):
        self.peers("perf")
        self.ipcsort = PROGRAM
        _, rows, _ = self.measured("--peers", "perf")
        row = self.only(rows, peer="perf bench")
        self.assertEqual((row["status"], row["ours"], row["n"]), ("ok", "pipe", "1"), row["reason"])
        self.assertGreater(float(row["ours_latency_s_median"]), 0)

    def test_what_cannot_be_is_refused(self):
        for words, says in ((("--sizes", "0"), "'0'"), (("--sizes", "1G"), "'1G'"), (("--sizes", "4K,,"), "''"),
                            (("--peers", "netperf"), "'netperf'"), (("--repetitions", "0"), "--repetitions"),
                            (("--repetitions", "x"), "'x'"), (("--seed", "-1"), "--seed"),
                            (("--time-budget", "0"), "--time-budget"), (("--time-limit", "soon"), "'soon'"),
                            (("--ipcsort", "/dev/null"), "/dev/null"), (("--ipcsort", "/bin/true"), "/bin/true"),
                            (("--output", ""), "--output"),
                            (("--output", "/dev/null/x"), "/dev/null/x")):
            with self.subTest(words):
                option, value = words
                done = self.run_program(*self.words(f"{option}={value}"), program=sys.executable, code=2)
                self.assertRegex(done.stderr, r"(?:\A|\n)(?:peers|bench/peers/run): [^\n]+\n\Z")
                self.assertIn(says, done.stderr)
                self.assertEqual(done.stdout, "")
        self.assertEqual([path for path in self.work.rglob("*") if path.is_file()], [])
        self.write("peers.csv", "")
        done = self.run_program(*self.words("--output", "."), program=sys.executable, code=2)
        self.assertIn("peers.csv is there already", done.stderr)

    def test_two_cpus_are_needed(self):
        one_cpu = ["/usr/bin/taskset", "-c", str(min(os.sched_getaffinity(0))), sys.executable]
        done = subprocess.run([*one_cpu, *self.words()], cwd=self.work, env=self.environment(), capture_output=True, text=True,
                              timeout=HANG_LIMIT_S)
        self.assertEqual(done.returncode, 2)
        self.assertIn("two CPUs", done.stderr)


if __name__ == "__main__":
    unittest.main()
