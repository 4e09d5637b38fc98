/** Promises that are rejected when the object they depend on goes away. */
export class Pending {
  readonly #rejections = new Set<(error: unknown) => void>();

  /** The outcome of some work, or the error that `abort` is given before the work is done. */
  until<T>(work: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#rejections.add(reject);
      const done = (): boolean => this.#rejections.delete(reject);
      work.then(
        (value) => done() && resolve(value),
        (error) => done() && reject(error),
      );
    });
  }

  /** Reject all that has not come to an end. */
  abort(error: unknown): void {
    const rejections = [...this.#rejections];
    this.#rejections.clear();
    for (const reject of rejections) reject(error);
  }
}
