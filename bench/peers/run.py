#!/usr/bin/env python3
"""Run the same job in each program, one at a time, and print a table: run.py EXPORTS [--only floor,polars,...] [--repeat 3] [--keep DIR]
CPU seconds are user + system of the whole process tree; the peak is the largest sum of resident memory over the tree, looked at every 50 ms.
Wall and CPU are the best of the repeats; the ratios are the median over the turns, each against the floor of its own turn.
Linux only (it reads /proc and adopts orphaned grandchildren, such as Spark's JVM). Needs: pip install -r requirements.txt"""
import argparse, ctypes, os, shutil, statistics, sys, tempfile, threading, time

here = os.path.dirname(os.path.abspath(__file__))
SCRIPTS = {"floor": "duckdb_floor.py", "polars": "polars_job.py", "pandas": "pandas_job.py", "dbt": "dbt_job/job.py", "spark": "spark_job.py"}
# each program: what to execute for a folder of exports and an output folder
PEERS = {name: lambda exports, out, script=script: [sys.executable, f"{here}/{script}", exports, out] for name, script in SCRIPTS.items()}
PAGE, me = os.sysconf("SC_PAGE_SIZE"), os.getpid()

def tree_rss():
    parents, rss = {}, {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
        except OSError: continue
        parents[int(pid)], rss[int(pid)] = int(fields[1]), int(fields[21]) * PAGE
    total, level = 0, {me}
    while level := {c for c, up in parents.items() if up in level}: total += sum(rss[c] for c in level)
    return total

def measure(name, command, log):
    peak, stop = [0], threading.Event()
    def watch():
        while not stop.wait(0.05): peak[0] = max(peak[0], tree_rss())
    start = time.monotonic()
    child = os.fork()
    if child == 0:
        try:
            os.dup2(os.open(log, os.O_CREAT | os.O_WRONLY | os.O_TRUNC), 1); os.dup2(1, 2)
            os.execvp(command[0], command)
        finally: os._exit(127)  # the program is not there: the child must not go on as a second parent
    watcher = threading.Thread(target=watch); watcher.start()
    cpu, status, wall = 0.0, None, None
    while True:
        try: pid, st, use = os.wait4(-1, 0)
        except ChildProcessError: break
        cpu += use.ru_utime + use.ru_stime
        if pid == child: status, wall = st, time.monotonic() - start
    stop.set(); watcher.join()
    if status != 0: sys.exit(f"{name} failed ({' '.join(command)}):\n" + open(log).read()[-3000:])
    return wall, cpu, peak[0] / 1e6

def main(programs):
    p = argparse.ArgumentParser(); p.add_argument("exports"); p.add_argument("--only", default=",".join(programs)); p.add_argument("--repeat", type=int, default=3)
    p.add_argument("--keep", help="keep the outputs, each in a folder below this one")
    a = p.parse_args()
    names, runs, folders = a.only.split(","), {}, []
    if unknown := [n for n in names if n not in programs]: p.error(f"--only: expected some of {', '.join(programs)}, found {', '.join(unknown)}")
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER: what a child leaves behind becomes ours, and counts
    for turn in range(a.repeat):  # in turns: a machine that slows down slows them all
        for name in names:
            folder = tempfile.mkdtemp(prefix=f"peers-{name}-")
            folders.append(folder)
            out = f"{a.keep}/{name}" if a.keep else f"{folder}/out"
            if os.path.exists(out):
                folders.append(tempfile.mkdtemp(prefix="before-", dir=a.keep))
                os.rename(out, folders[-1])
            os.makedirs(out)
            runs.setdefault(name, []).append(measure(name, programs[name](a.exports, out), f"{folder}/log"))
            print(f"turn {turn + 1} {name}: " + "%.1f s wall, %.1f s CPU, %.0f MB" % runs[name][-1], file=sys.stderr, flush=True)
    for folder in folders: shutil.rmtree(folder)  # not sooner: for a minute ext4 looks at each removed file whenever it makes one
    print("| program | wall s | CPU s | peak MB | wall, times the floor | CPU, times the floor |\n|---|---:|---:|---:|---:|---:|")
    for name in names:
        def times(i): return f"{statistics.median(r[i] / f[i] for r, f in zip(runs[name], runs['floor'])):.2f}" if "floor" in runs else ""
        wall, cpu, peak = min(r[0] for r in runs[name]), min(r[1] for r in runs[name]), max(r[2] for r in runs[name])
        print(f"| {name} | {wall:.1f} | {cpu:.1f} | {peak:.0f} | {times(0)} | {times(1)} |")

if __name__ == "__main__": main(PEERS)
