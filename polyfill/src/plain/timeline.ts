/** Jobs that run one after the other, in slices, so that the page stays alive between them. */

/** Work in steps; it may be interrupted after each. */
export type Job = () => Iterable<void> | void;

/** How long a slice may take before the event loop has its turn, in milliseconds. */
const SLICE = 8;

interface WithYield {
  readonly scheduler?: { yield?(): Promise<void> };
}

/** Lets the event loop do what has been waiting. */
export function nextTask(): Promise<void> {
  const { scheduler } = globalThis as WithYield;
  if (scheduler?.yield) return scheduler.yield();
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close(); // an open port would keep a process alive
      resolve();
    };
    port2.postMessage(undefined);
  });
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
        for (const _ of stepsOf(job)) {
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

/** A pause after each step of a job, and at least one. */
function* stepsOf(job: Job): Iterable<void> {
  const steps = job();
  if (steps) yield* steps;
  else yield;
}
