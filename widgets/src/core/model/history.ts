/** Undo and redo over immutable values: one step per gesture, no step where nothing changed. */
import { equal } from "./json.js";

export interface HistoryStep<T> {
  value: T;
  label: string;
}

const LIMIT = 500;

export class History<T> {
  private past: HistoryStep<T>[] = [];
  private future: HistoryStep<T>[] = [];
  private gesture: string | undefined;

  constructor(private current: T) {}

  get value(): T {
    return this.current;
  }

  /** Label of what undo would take back, undefined when there is nothing. */
  get undoLabel(): string | undefined {
    return this.past.at(-1)?.label;
  }

  get redoLabel(): string | undefined {
    return this.future.at(-1)?.label;
  }

  /**
   * Moves on to `value`. Changes with the same `gesture` in a row are one step; a change back to where the gesture
   * began takes its step away again. Returns false when nothing changed.
   */
  push(value: T, label: string, gesture?: string): boolean {
    if (equal(value, this.current)) return false;
    const last = this.past.at(-1);
    if (gesture !== undefined && gesture === this.gesture && last) {
      if (equal(value, last.value)) {
        this.past.pop();
        this.gesture = undefined;
      } else {
        last.label = label;
      }
    } else {
      this.past.push({ value: this.current, label });
      if (this.past.length > LIMIT) this.past.shift();
      this.gesture = gesture;
    }
    this.current = value;
    this.future = [];
    return true;
  }

  undo(): HistoryStep<T> | null {
    return this.move(this.past, this.future);
  }

  redo(): HistoryStep<T> | null {
    return this.move(this.future, this.past);
  }

  private move(from: HistoryStep<T>[], to: HistoryStep<T>[]): HistoryStep<T> | null {
    const step = from.pop();
    if (!step) return null;
    to.push({ value: this.current, label: step.label });
    this.current = step.value;
    this.gesture = undefined;
    return step;
  }
}
