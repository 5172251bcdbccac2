/** A value that components read and listen to. */

export class Store<S extends object> {
  private readonly listeners = new Set<() => void>();

  constructor(private current: S) {}

  get = (): S => this.current;

  /** Takes over the given fields; nobody is told when none of them differs. */
  set(patch: Partial<S>): void {
    const keys = Object.keys(patch) as (keyof S)[];
    if (keys.every((key) => Object.is(this.current[key], patch[key]))) return;
    this.current = { ...this.current, ...patch };
    for (const listener of [...this.listeners]) listener();
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
}
