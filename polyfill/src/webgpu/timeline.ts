/** Keeps calls in their order where one of them takes time. */
export class Timeline {
  #waiting: Promise<unknown> | undefined;

  /** Whether calls have to wait, so that what they were given must be copied. */
  get isBusy(): boolean {
    return this.#waiting !== undefined;
  }

  /** Do something now, or once all earlier calls are done; it must not throw. */
  run(action: () => void): void {
    if (this.#waiting) this.hold(this.#waiting.then(action));
    else action();
  }

  /** The same for what gives a promise; only its start waits for others, and only its start is waited for. */
  ask<T>(action: () => Promise<T>): Promise<T> {
    return new Promise((resolve) => this.run(() => resolve(action())));
  }

  /** Let all later calls wait for something, which must not reject. */
  hold(work: Promise<void>): void {
    const waiting = Promise.all([this.#waiting, work]).then(() => {
      if (this.#waiting === waiting) this.#waiting = undefined;
    });
    this.#waiting = waiting;
  }
}
