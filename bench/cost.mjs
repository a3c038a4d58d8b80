// What a process has cost so far, as the operating system tells it.

import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";

const linux = process.platform === "linux";
const tick = linux ? 1e6 / Number(execFileSync("getconf", ["CLK_TCK"])) : 10_000; // microseconds

/** How the CPU time is known here, for the foot of the table. */
export const source = () => (!linux ? "ps, 10 ms steps" : threadMicros(process.pid) === undefined ? `utime + stime, ${tick / 1000} ms steps` : "utime + stime, refined by schedstat");

/**
 * CPU time of all threads, user and system, in microseconds.
 *
 * `utime + stime` counts in steps of 10 ms, coarse for one start of a process. Where the kernel also tells each thread's time in
 * nanoseconds, and no ended thread has taken its share along, their sum is the same figure, finer.
 */
export function cpuMicros(pid) {
  if (!linux) return psMicros(pid);
  const coarse = statMicros(pid);
  const fine = threadMicros(pid);
  return fine !== undefined && fine + 2 * tick > coarse ? fine : coarse;
}

/** Resident memory in bytes. */
export function residentBytes(pid) {
  const kilobytes = linux ? /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "latin1"))[1] : ps(pid, "rss=");
  return Number(kilobytes) * 1024;
}

function statMicros(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const [utime, stime] = stat.slice(stat.lastIndexOf(")") + 2).split(" ").slice(11); // the name before may hold spaces
  return (Number(utime) + Number(stime)) * tick;
}

function threadMicros(pid) {
  try {
    const nanos = readdirSync(`/proc/${pid}/task`).map((thread) => Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "latin1").split(" ")[0]));
    return nanos.reduce((sum, each) => sum + each, 0) / 1000 || undefined;
  } catch {
    return undefined;
  }
}

function psMicros(pid) {
  const [seconds, minutes = 0, hours = 0] = ps(pid, "time=").split(":").reverse().map(Number);
  return (hours * 3600 + minutes * 60 + seconds) * 1e6;
}

function ps(pid, what) {
  try {
    return execFileSync("ps", ["-o", what, "-p", String(pid)], { encoding: "latin1" }).trim();
  } catch {
    throw new Error("CPU time and memory of another process cannot be read on this system: neither /proc nor ps");
  }
}
