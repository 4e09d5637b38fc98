/** Jobs that run one after the other, in slices, so that the page stays alive between them. */

import type { Pauses } from "./pace.js";

/** Work; it may be interrupted at each of its pauses. */
export type Job = () => Pauses;

/** How long a slice may take before the event loop has its turn, in milliseconds. */
const SLICE = 8;

interface WithYield {
  readonly scheduler?: { yield?(): Promise<void> };
}

/** So long continuations may go before timers, messages and frames, in milliseconds: a person does not notice it. */
const PRECEDENCE = 50;

/** When the event loop last had a turn in which nothing went before what waits. */
let lastTurn = Number.NEGATIVE_INFINITY;

/**
 * Lets the event loop do what has been waiting.
 *
 * What goes on after `scheduler.yield()` goes before timers and messages, so that a loop of nothing else starves them. A
 * message stands in line with them, but comes late where there is much to do: hence now and then.
 */
export async function nextTask(): Promise<void> {
  const { scheduler } = globalThis as WithYield;
  if (scheduler?.yield && performance.now() - lastTurn < PRECEDENCE) return scheduler.yield();
  await message();
  lastTurn = performance.now();
}

function message(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close(); // an open port would keep a process alive
      resolve();
    };
    port2.postMessage(undefined);
  });
}

/** Does work in slices, between which the event loop has its turns. */
export async function paced(work: Pauses): Promise<void> {
  let sliceEnd = performance.now() + SLICE;
  for (const _ of work) {
    if (performance.now() < sliceEnd) continue;
    await nextTask();
    sliceEnd = performance.now() + SLICE;
  }
}

export class Timeline {
  #jobs: Job[] = [];
  #next = 0;
  #running = false;

  /** @param failed is told what a job threw; the jobs after it are dropped */
  constructor(readonly failed: (error: unknown) => void) {}

  /** Whether no job is running or waiting. */
  get idle(): boolean {
    return !this.#running;
  }

  /** Runs a job once all earlier ones are done, never before this returns. */
  add(job: Job): void {
    this.#jobs.push(job);
    if (this.#running) return;
    this.#running = true;
    void this.#run();
  }

  /** Forgets the jobs that wait, and breaks off the one that runs. */
  clear(): void {
    this.#jobs = [];
    this.#next = 0;
  }

  /** The next job; those that are done are dropped many at a time, since each drop moves all that wait. */
  #take(): Job | undefined {
    const job = this.#jobs[this.#next++];
    if (!job) this.clear();
    if (this.#next === 1024) {
      this.#jobs.splice(0, 1024);
      this.#next = 0;
    }
    return job;
  }

  async #run(): Promise<void> {
    await nextTask();
    let sliceEnd = performance.now() + SLICE;
    try {
      for (let job = this.#take(); job; job = this.#take()) {
        const jobs = this.#jobs;
        for (const _ of pausesOf(job)) {
          if (performance.now() < sliceEnd) continue;
          await nextTask();
          if (this.#jobs !== jobs) break; // all were cleared meanwhile
          sliceEnd = performance.now() + SLICE;
        }
      }
    } catch (error) {
      this.clear();
      this.failed(error);
    } finally {
      this.#running = false;
    }
  }
}

/** The pauses of a job, and one after it. */
function* pausesOf(job: Job): Pauses {
  yield* job();
  yield;
}
